"""Writing down what became of a try: conditional UPDATEs, so that only the holder's word counts."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BigAutoField, DateTimeField, F, QuerySet, UUIDField
from django.db.models import PositiveSmallIntegerField as CodeField

from guests.bouncing import mark_bounced
from guests.compiled import Slot, Update
from guests.deliveries.hearing import mailbox_full
from guests.models import OutgoingEmail, State
from guests.outbox import places, stamps
from guests.outbox.outcome import Outcome, Result
from guests.outbox.waits import minutes
from guests.reasons import Reason
from parties.words import PLAN_KINDS

BACKOFF = (5, 15, 30, 60, 120, 240)  # minutes
JITTER = 0.2
MAX_ATTEMPTS = 12
# An unclear mail of a kind that goes again does so at most this often.
AGAIN_AT_MOST = 2
# A mail that cannot be composed is tried this often.
MAX_COMPOSING = 3

# What becomes of nearly every mail.
_SENT = Update(
    lambda: OutgoingEmail.objects.filter(
        pk=Slot("pk", BigAutoField()),
        claim_token=Slot("token", UUIDField()),
        state__in=(State.HANDING, State.UNCERTAIN),
    ).order_by(),
    state=State.SENT,
    reason="",
    smtp_code=Slot("code", CodeField()),
    claim_token=None,
    lease_until=None,
    sent_at=Slot("now", DateTimeField()),
)


def backoff(attempts: int, rng: random.Random) -> timedelta:
    """The pause after that many attempts, 20 % more or less, so that not all come back at once."""
    pause = minutes(BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1])
    return pause * rng.uniform(1 - JITTER, 1 + JITTER)


def record(
    mail: OutgoingEmail,
    token: uuid.UUID,
    outcome: Outcome,
    *,
    committed: bool,
    now: datetime,
    rng: random.Random,
    paused_until: datetime | None = None,
) -> bool:
    """Store `outcome`; False if the mail is no longer ours. `committed`: the commit point said yes.

    `paused_until`: when the server may be tried again, for an outcome that is not the mail's fault.
    """
    match outcome.result:
        case Result.SENT:
            return _SENT.run(pk=mail.pk, token=token, code=outcome.code, now=now) == 1
        case Result.STOPPED:
            return True
        case Result.UNCLEAR:
            return _silent(mail, _ours(mail, token, committed))
    changes = _changes(mail, outcome, now, rng, paused_until)
    handed_at = None
    with transaction.atomic():
        if committed:
            stamps.give_back(mail, token, now)
            handed_at = places.free_address(mail, token, now)
        if outcome.dead_address and mail.address_id is not None:
            mark_bounced(address_id=mail.address_id, now=now)
        if outcome.mailbox_full and mail.address_id is not None:
            mailbox_full(
                address_id=mail.address_id, mail_id=mail.pk, status=outcome.enhanced, now=now
            )
        if _ours(mail, token, committed).update(**changes) != 1:
            return False
        places.free_place(mail, handed_at)
    return True


def record_nothing_to_say(mail: OutgoingEmail, token: uuid.UUID) -> bool:
    """What the mail was to tell is not so any more: a newer mail tells, or there is nothing."""
    nothing = Outcome(Result.STOPPED)
    ended = _end(State.SKIPPED, Reason.SUPERSEDED, nothing)
    if mail.body_sha256:
        # An earlier try may have arrived, and its bytes were deleted since.
        ended = _end(State.UNCERTAIN, Reason.UNCLEAR, nothing)
    return _ours(mail, token, committed=False).update(**ended) == 1


def record_not_composed(
    mail: OutgoingEmail, token: uuid.UUID, now: datetime, rng: random.Random
) -> bool:
    """The mail could not be composed: a later try, or the end after MAX_COMPOSING."""
    ours = _ours(mail, token, committed=False)
    nothing = Outcome(Result.NOT_NOW)
    if mail.uncomposed + 1 >= MAX_COMPOSING:
        return ours.update(**_end(State.FAILED, Reason.NOT_COMPOSED, nothing)) == 1
    back = _back(mail, now + backoff(mail.attempts, rng), nothing)
    return ours.update(**back, uncomposed=F("uncomposed") + 1) == 1


def _silent(mail: OutgoingEmail, ours: QuerySet[OutgoingEmail]) -> bool:
    """No answer came to the final dot: held, or to go again as it is."""
    held = mail.kind in PLAN_KINDS or mail.unclear >= AGAIN_AT_MOST
    reason = str(Reason.UNCLEAR) if held else ""
    changed = ours.filter(state=State.HANDING).update(
        state=State.UNCERTAIN, reason=reason, lease_until=None, unclear=F("unclear") + 1
    )
    # `recover` may have called it so before us.
    return changed == 1 or ours.exists()


def _changes(
    mail: OutgoingEmail,
    outcome: Outcome,
    now: datetime,
    rng: random.Random,
    paused_until: datetime | None,
) -> dict[str, Any]:
    """What becomes of a mail that the server did not take."""
    match outcome.result:
        case Result.REFUSED | Result.REJECTED:
            return _end(State.FAILED, Reason.REFUSED, outcome)
        case Result.NO_SERVER:
            back = _back(mail, paused_until or now, outcome)
            return {**back, "attempts": F("attempts") - 1}
    if mail.attempts < MAX_ATTEMPTS:
        return _back(mail, now + backoff(mail.attempts, rng), outcome)
    if mail.body is not None:
        # An earlier try may have arrived: nobody is to think that it did not.
        return _end(State.UNCERTAIN, Reason.UNCLEAR, outcome)
    return _end(State.FAILED, Reason.TRIED_ENOUGH, outcome)


def _ours(mail: OutgoingEmail, token: uuid.UUID, committed: bool) -> QuerySet[OutgoingEmail]:
    # Someone may have called it unclear meanwhile; what the sender saw itself settles that.
    states = (State.HANDING, State.UNCERTAIN) if committed else (State.CLAIMED,)
    return OutgoingEmail.objects.filter(pk=mail.pk, claim_token=token, state__in=states)


def _end(state: State, reason: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "state": state,
        "reason": str(reason),
        "smtp_code": outcome.code,
        "claim_token": None,
        "lease_until": None,
    }


def _back(mail: OutgoingEmail, not_before: datetime, outcome: Outcome) -> dict[str, Any]:
    """To the queue. The server did not take it, so it may be composed anew with fresher facts;
    unless an earlier try is unclear: then it goes with the same bytes."""
    fresh = {"body": None, "body_sha256": "", "composed_at": None, "handed_at": None}
    anew = {} if mail.body is not None else fresh
    return {
        "state": State.QUEUED,
        "not_before": not_before,
        "smtp_code": outcome.code,
        "claim_token": None,
        "lease_until": None,
        **anew,
    }
