"""Picking up what a sender left behind that died, hung or lost its lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from guests.models import OutgoingEmail, State
from guests.models.mail import OutgoingEmailQuerySet
from guests.outbox.claim import lease
from guests.outbox.commit import drop_if_pointless
from guests.outbox.record import AGAIN_AT_MOST, MAX_ATTEMPTS
from guests.outbox.waits import minutes
from guests.reasons import Reason
from parties.words import PLAN_KINDS

# An unclear mail that goes again waits this long: the first one may still be on its way.
AGAIN_AFTER = 5  # minutes
_AT_ONCE = 200

# Word for word the conditions of the indexes, so that the indexes can be used.
_LEASED = Q(state__in=[State.CLAIMED, State.HANDING])
_TO_GO_AGAIN = Q(state=State.UNCERTAIN, reason="")
_HELD = Q(kind__in=sorted(kind.value for kind in PLAN_KINDS)) | Q(unclear__gte=AGAIN_AT_MOST)


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many mails were released, became unclear, go again, or were given up."""

    released: int = 0
    unclear: int = 0
    again: int = 0
    given_up: int = 0


def recover(now: datetime) -> Recovered:
    """Settle what is overdue at `now`. Twice, or in two places at once, does no more than once."""
    tried = _overdue(State.CLAIMED, now).filter(attempts__gte=MAX_ATTEMPTS)
    ended = {"claim_token": None, "lease_until": None}
    # What an earlier try may have brought there is not given up, but held.
    maybe = tried.exclude(body_sha256="").update(
        state=State.UNCERTAIN, reason=Reason.UNCLEAR, **ended
    )
    given_up = tried.update(state=State.FAILED, reason=Reason.TRIED_ENOUGH, **ended)
    # No commit point was passed, so nothing went: safe.
    released = _overdue(State.CLAIMED, now).update(
        state=State.QUEUED, claim_token=None, lease_until=None
    )
    # A sender that only slept gets as long again. The token stays for its late word.
    lost = _overdue(State.HANDING, now - lease())
    more = {"state": State.UNCERTAIN, "unclear": F("unclear") + 1}
    unclear = maybe + lost.filter(_HELD).update(reason=Reason.UNCLEAR, **more)
    unclear += lost.update(reason="", **more)
    again = OutgoingEmail.objects.filter(
        _TO_GO_AGAIN, handed_at__lte=now - minutes(AGAIN_AFTER)
    ).update(state=State.QUEUED, not_before=now, claim_token=None, lease_until=None)
    return Recovered(released, unclear, again, given_up + _expire(now))


def _overdue(state: State, moment: datetime) -> OutgoingEmailQuerySet:
    return OutgoingEmail.objects.filter(_LEASED, state=state, lease_until__lt=moment)


def _expire(now: datetime) -> int:
    """Mails whose time passed in the queue, because no server could be reached."""
    late = OutgoingEmail.objects.filter(state=State.QUEUED, expires_at__lte=now)
    return sum(
        drop_if_pointless(mail, now) for mail in late.order_by("not_before", "pk")[:_AT_ONCE]
    )
