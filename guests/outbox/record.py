"""Writing down what became of a try: conditional UPDATEs, so that only the holder's word counts."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BigAutoField, DateTimeField, F, QuerySet, UUIDField
from django.db.models import PositiveSmallIntegerField as CodeField

from guests.compiled import Slot, Update
from guests.models import Address, OutgoingEmail, State
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
    ours = _ours(mail, token, committed)
    match outcome.result:
        case Result.SENT:
            changed = _SENT.run(pk=mail.pk, token=token, code=outcome.code, now=now)
        case Result.UNCLEAR:
            changed = ours.update(state=State.UNCERTAIN, reason=unclear(mail), lease_until=None)
        case Result.REFUSED | Result.REJECTED:
            return _refused(mail, ours, outcome, now)
        case Result.NO_SERVER:
            changed = ours.update(
                **_back(mail, paused_until or now, outcome), attempts=F("attempts") - 1
            )
        case Result.NOT_NOW if mail.attempts >= MAX_ATTEMPTS:
            changed = ours.update(**_end(State.FAILED, Reason.TRIED_ENOUGH, outcome))
        case Result.NOT_NOW:
            changed = ours.update(**_back(mail, now + backoff(mail.attempts, rng), outcome))
        case Result.STOPPED:
            return True
    return changed == 1


def record_not_composed(
    mail: OutgoingEmail, token: uuid.UUID, now: datetime, rng: random.Random
) -> bool:
    """The mail could not be composed: a later try, or the end after MAX_COMPOSING."""
    ours = _ours(mail, token, committed=False)
    nothing = Outcome(Result.NOT_NOW)
    if mail.attempts >= MAX_COMPOSING:
        return ours.update(**_end(State.FAILED, Reason.NOT_COMPOSED, nothing)) == 1
    return ours.update(**_back(mail, now + backoff(mail.attempts, rng), nothing)) == 1


def unclear(mail: OutgoingEmail) -> str:
    """The reason of an unclear mail that is held; empty for one that is to go again."""
    held = mail.kind in PLAN_KINDS or mail.attempts > AGAIN_AT_MOST
    return str(Reason.UNCLEAR) if held else ""


def _ours(mail: OutgoingEmail, token: uuid.UUID, committed: bool) -> QuerySet[OutgoingEmail]:
    # Someone may have called it unclear meanwhile; what the sender saw itself settles that.
    states = (State.HANDING, State.UNCERTAIN) if committed else (State.CLAIMED,)
    return OutgoingEmail.objects.filter(pk=mail.pk, claim_token=token, state__in=states)


def _refused(
    mail: OutgoingEmail, ours: QuerySet[OutgoingEmail], outcome: Outcome, now: datetime
) -> bool:
    with transaction.atomic():
        if outcome.dead_address and mail.address_id is not None:
            Address.objects.filter(pk=mail.address_id, bounced_at__isnull=True).update(
                bounced_at=now
            )
        return ours.update(**_end(State.FAILED, Reason.REFUSED, outcome)) == 1


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
    fresh = {"body": None, "body_sha256": "", "composed_at": None}
    anew = {} if mail.body is not None else fresh
    return {
        "state": State.QUEUED,
        "not_before": not_before,
        "smtp_code": outcome.code,
        "claim_token": None,
        "lease_until": None,
        **anew,
    }
