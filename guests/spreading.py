"""Invitations that are more than an account may send today: each is planned for its own day.

What counts is asked at the commit point. This spares the mail server the hundreds of mails that
would be turned back there, and tells the host at once which of them will come too late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from guests import limits
from guests.models import OutgoingEmail, State
from parties.words import Kind


def spread(mails: Iterable[OutgoingEmail], now: datetime) -> int:
    """Give each invitation among these new mails, none stored yet, its turn.

    One whose turn comes too late is skipped; returns how many of them.
    """
    by_host: dict[int, list[OutgoingEmail]] = defaultdict(list)
    for mail in mails:
        if mail.kind == Kind.INVITATION and mail.state == State.QUEUED:
            by_host[mail.party.host_id].append(mail)
    return sum(_take_turns(limits.account(host), by_host[host], now) for host in sorted(by_host))


def _take_turns(host: limits.Account, mails: Sequence[OutgoingEmail], now: datetime) -> int:
    today = host.day(now)
    place = limits.used(host, now) + _waiting(host)
    skipped = 0
    for mail in mails:
        at = limits.turn(host, today, place)
        if at <= now:
            place += 1
            continue
        mail.reason = str(limits.why_full(today))
        if at < mail.expires_at:
            mail.not_before = at
            place += 1
        else:
            mail.state = State.SKIPPED
            skipped += 1
    return skipped


def _waiting(host: limits.Account) -> int:
    """How many invitations of this host wait already, for their turn or for a sender."""
    return OutgoingEmail.objects.filter(
        party__host=host.pk,
        kind=Kind.INVITATION.value,
        state__in=(State.QUEUED, State.CLAIMED),
    ).count()
