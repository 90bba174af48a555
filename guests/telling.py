"""Bad news for hosts: mail that came back, and mails that could not go out (design, section 7).

One mail tells of all that is known when it goes: what comes to light while it still waits in the
queue is told by that same mail, so that an outage or a list of wrong addresses is one mail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from guests.blame import NOBODYS_FAULT
from guests.models import Contact, OutgoingEmail, State
from guests.models.mail import TO_TELL
from guests.outbox.waits import minutes
from guests.reasons import Reason
from parties.models import Party
from parties.schedule import host_window
from parties.words import Kind

# More may come to light within this long.
GATHER = 10  # minutes
BATCH = 200
NOBODY = "-"
"""What `OutgoingEmail.told` says where the hosts need not be told."""

log = structlog.get_logger(__name__)

_TOLD_OF = frozenset({Kind.INVITATION, Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON, Kind.CHANGED})


def mail_to_host(
    party: Party,
    host: int,
    kind: Kind,
    occasion: str,
    *,
    not_before: datetime,
    expires_at: datetime,
    now: datetime,
) -> OutgoingEmail:
    """A mail to one host of the party, not stored yet."""
    return OutgoingEmail(
        host_id=host,
        recipient_key=f"h:{host}",
        party=party,
        kind=kind.value,
        occasion=occasion,
        not_before=not_before,
        expires_at=expires_at,
        message_id=OutgoingEmail.new_message_id(settings.MAIL_DOMAIN),
        created_at=now,
    )


def tell_of_bounces(party: Party, now: datetime) -> int:
    """Queue one mail to each host about addresses of this party that no mail gets to any more.

    The caller holds the party's lock. Returns how many mails that makes.
    """
    if party.is_cancelled or party.has_started(now):
        return 0
    untold = (
        Contact.objects.current()
        .filter(
            invitation__party=party,
            invitation__withdrawn_at=None,
            invitation__invited_at__isnull=False,
            bounce_told="",
        )
        .filter(Q(address__bounced_at__isnull=False) | Q(address__complained_at__isnull=False))
    )
    ids = list(untold.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    occasion, queued = _join_or_queue(party, Kind.BOUNCED, str(ids[0]), now)
    Contact.objects.filter(pk__in=ids).update(bounce_told=occasion)
    return queued


def tell_of_missed(now: datetime) -> int:
    """Queue one mail to each host of the parties whose mails ended without going.

    What ended is found by an index, each tick, whoever ended it. Returns how many mails that makes.
    """
    queued = 0
    seen: set[int] = set()
    while parties := _parties_with_missed(seen):
        seen.update(parties)
        for pk in parties:
            queued += _tell_safely(pk, now)
    return queued


def _parties_with_missed(seen: Collection[int]) -> list[int]:
    found = OutgoingEmail.objects.filter(TO_TELL).exclude(party__in=seen)
    return sorted(set(found.order_by("party").values_list("party", flat=True)[:BATCH]))


def _tell_safely(pk: int, now: datetime) -> int:
    try:
        return _tell_of_missed(pk, now)
    except NOBODYS_FAULT:
        raise
    except Exception:
        log.exception("missed_mail_not_told", party=pk)
        return 0


@transaction.atomic
def _tell_of_missed(pk: int, now: datetime) -> int:
    party = Party.objects.select_for_update(no_key=True).get(pk=pk)
    by_answer: dict[bool, list[int]] = defaultdict(list)
    for mail in OutgoingEmail.objects.filter(TO_TELL, party=party).select_related("address"):
        by_answer[_concerns_hosts(mail, party, now)].append(mail.pk)
    OutgoingEmail.objects.filter(pk__in=by_answer[False]).update(told=NOBODY)
    missed = by_answer[True]
    if not missed:
        return 0
    occasion, queued = _join_or_queue(party, Kind.MISSED, str(min(missed)), now)
    OutgoingEmail.objects.filter(pk__in=missed).update(told=occasion)
    return queued


def _concerns_hosts(mail: OutgoingEmail, party: Party, now: datetime) -> bool:
    """Whether the hosts can still do something about a mail that ended without going."""
    if mail.kind == Kind.CANCELLED:
        return not party.is_over(now)  # whoever does not know of it comes
    if party.is_cancelled or party.has_started(now) or mail.kind not in _TOLD_OF:
        return False
    address = mail.address
    if address is not None and (address.bounced_at or address.complained_at):
        return False  # told by another mail
    # What the plan never meant to send was not missed.
    return mail.reason != Reason.NIGHT or mail.attempts > 0


def _join_or_queue(party: Party, kind: Kind, occasion: str, now: datetime) -> tuple[str, int]:
    """The occasion of the mail that tells: of one that still waits, else of a new one to each host.

    Returns it, and how many mails are new.
    """
    hosts = {host.pk for host in party.hosts()}
    waiting: dict[str, set[int]] = defaultdict(set)
    # The lock keeps a sender from composing it before we have said what it tells. One that may
    # have arrived is complete as it is.
    queued = OutgoingEmail.objects.select_for_update().filter(
        party=party, kind=kind.value, state=State.QUEUED, body_sha256=""
    )
    for mail in queued.order_by("pk"):
        waiting[mail.occasion].add(mail.host_id or 0)
    for known, told in waiting.items():
        if told >= hosts:
            return known, 0
    not_before = host_window(now + minutes(GATHER), party.timezone)
    mails = [
        mail_to_host(
            party,
            host,
            kind,
            occasion,
            not_before=not_before,
            expires_at=party.ends_at if party.is_cancelled else party.starts_at,
            now=now,
        )
        for host in sorted(hosts)
    ]
    OutgoingEmail.objects.bulk_create(mails, ignore_conflicts=True)
    return occasion, len(mails)
