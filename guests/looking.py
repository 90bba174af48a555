"""What hosts are told: new answers, in one mail for several taps, what went wrong with mail, and
the alarm.

See design, sections 4 and 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from guests import alarming
from guests.answering import heard
from guests.blame import NOBODYS_FAULT
from guests.models import Channel, Invitation, OutgoingEmail, Response
from guests.standing import standing
from guests.telling import mail_to_host, tell_of_bounces, tell_of_missed
from parties.models import Party
from parties.schedule import CONFIRM_AFTER, LAST_DAYS
from parties.words import Answer, Kind

BATCH = 100
PARKED_FOR = timedelta(hours=1)
# Where answers keep coming in, the host hears of the first one after this long.
AT_THE_LATEST = timedelta(hours=1)
# The news of the last answers is still of use for a while after the party.
KEPT_FOR = timedelta(days=1)

log = structlog.get_logger(__name__)


def look(now: datetime) -> int:
    """Queue what hosts are to hear at `now`; returns how many mails to hosts that makes."""
    queued = tell_of_missed(now)
    seen: set[int] = set()
    while True:
        ids = list(Party.objects.to_look_at(now).values_list("pk", flat=True)[:BATCH])
        fresh = [pk for pk in ids if pk not in seen]
        if not fresh:
            return queued
        seen.update(fresh)
        for pk in fresh:
            queued += _look_safely(pk, now)


def told_until(party: Party) -> int:
    """The number of the newest response that the party's hosts were told of; 0 for none."""
    occasions = OutgoingEmail.objects.filter(party=party, kind=Kind.NEWS.value).values_list(
        "occasion", flat=True
    )
    return max((int(occasion) for occasion in occasions), default=0)


def _look_safely(pk: int, now: datetime) -> int:
    try:
        return _look_at(pk, now)
    except NOBODYS_FAULT:
        raise
    except Exception:
        log.exception("party_not_looked_at", party=pk)
        Party.objects.filter(pk=pk).update(next_look_at=now + PARKED_FOR)
        return 0


@transaction.atomic
def _look_at(pk: int, now: datetime) -> int:
    party = Party.objects.select_for_update(no_key=True).get(pk=pk)
    queued = tell_of_bounces(party, now)
    alarm = alarming.sound(party, now)
    since = told_until(party)
    # What a home off the list said, or somebody at an address that was wrong, is no news.
    new = list(
        Response.objects.filter(invitation__party=party, invitation__withdrawn_at=None)
        .filter(pk__gt=since)
        .exclude(channel=Channel.HOST)
        .exclude(contact__retired_at__isnull=False)
        .order_by("pk")
    )
    mails: list[OutgoingEmail] = []
    later = _when_to_tell(party, new, now)
    if new and later is None:
        mails = [_news(party, host.pk, new[-1], now) for host in party.hosts()]
        OutgoingEmail.objects.bulk_create(mails, ignore_conflicts=True)
    moments = [moment for moment in (later, alarm.next_at) if moment is not None]
    party.next_look_at = min(moments, default=None)
    party.save(update_fields=["next_look_at", *alarming.SAVED])
    return queued + alarm.queued + len(mails)


def _when_to_tell(party: Party, new: Sequence[Response], now: datetime) -> datetime | None:
    """None: now (or there is nothing to tell); else the moment to look again."""
    if not new:
        return None
    moment = min(new[-1].created_at + CONFIRM_AFTER, new[0].created_at + AT_THE_LATEST)
    if moment <= now or _yes_withdrawn(party, new, now):
        return None
    return moment


def _yes_withdrawn(party: Party, new: Sequence[Response], now: datetime) -> bool:
    """Whether a household that came does not come any more, with the party close.

    It came if it had said so before its first new answer, to us or to the host.
    """
    if party.starts_at - now >= LAST_DAYS:
        return False
    first = {response.invitation_id: response.pk for response in reversed(new)}
    households = Invitation.objects.filter(pk__in=first).exclude(answer=Answer.ACCEPTED.value)
    return any(
        standing(said for said in heard(invitation) if said.order < first[invitation.pk]).answer
        is Answer.ACCEPTED
        for invitation in households
    )


def _news(party: Party, host: int, newest: Response, now: datetime) -> OutgoingEmail:
    return mail_to_host(
        party,
        host,
        Kind.NEWS,
        str(newest.pk),
        not_before=now,
        expires_at=party.ends_at + KEPT_FOR,
        now=now,
    )
