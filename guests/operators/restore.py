"""After a backup was restored or copied: hold what may have gone out, then open the gate.

What this database calls open may have been sent by the one that it was copied from. So the time
from the backup to now is lived once more, tick by tick, with the plan and the judge of every day;
only that what would have gone is held, as unclear, instead of handed over.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min

from guests.models import Installation, Invitation, OutgoingEmail, State
from guests.operators import memory
from guests.operators.pulse import make_installation
from guests.outbox import gate
from guests.outbox.claim import Batch, claim
from guests.outbox.commit import Prepared, decide
from guests.outbox.tick import tick
from guests.reasons import Reason
from parties.models import Party

# How finely the time is lived again; ticks were not much further apart.
_STEP = timedelta(minutes=1)
_BATCH = 200

log = structlog.get_logger(__name__)


class NotRelived(Exception):
    """A part of a tick broke; nothing is sent until it was done again. The text says which."""


@dataclass(slots=True)
class Restored:
    """What was done: how many mails of each party were held, and the time that was lived again.

    `since` is None if there was nothing to do.
    """

    since: datetime | None = None
    held: Counter[int] = field(default_factory=Counter)


def restore(now: datetime, since: datetime | None = None) -> Restored:
    """Hold every mail that may have gone after `since`, and take the database over.

    `since` (UTC): when the backup was made; None: the last tick that it knows of. Again, before
    anything else happened: does nothing. Cut short: does the rest the next time. Raises NotRelived.
    """
    row = _shut(now, asked=since is not None)
    if row is None:
        return Restored()
    done = Restored(since=min(since or row.ticked_at or now, now))
    _hold_what_was_under_way(done)
    _relive(done, now)
    _take_over(row, done.since or now, now)
    log.info("restored", held=done.held.total(), parties=len(done.held))
    return done


def _shut(now: datetime, *, asked: bool) -> Installation | None:
    """Close the gate for every process until this is done; None if it has been done already."""
    known = memory.remembered()
    make_installation()
    with transaction.atomic():
        row = Installation.objects.select_for_update().get(pk=Installation.ONLY)
        fresh = row.restored_at is not None and row.ticks == 0
        if fresh and not asked and not gate.of_row(row, known):
            return None
        row.went_back_at = row.went_back_at or now
        row.save(update_fields=["went_back_at"])
    return row


def _hold_what_was_under_way(done: Restored) -> None:
    """Mails that the copied database was just handing over, or was to send again."""
    mails = OutgoingEmail.objects
    again = mails.filter(state=State.UNCERTAIN, reason="")
    handing = mails.filter(state=State.HANDING)
    for rows in (again, handing):
        parties = Counter(rows.values_list("party", flat=True))
        # The token stays: what a sender of this very database saw itself settles it.
        rows.update(state=State.UNCERTAIN, reason=Reason.RESTORED, lease_until=None)
        done.held += parties
    _forget_no_bytes()
    mails.filter(state=State.CLAIMED).update(state=State.QUEUED, claim_token=None, lease_until=None)


def _relive(done: Restored, now: datetime) -> None:
    moment = done.since or now
    while True:
        _tick(moment)
        while _hold_ready(done, moment):
            _tick(moment)
        if moment >= now:
            return
        moment = min(max(_next(moment, now), moment + _STEP), now)


def _tick(moment: datetime) -> None:
    failed = tick(moment).failed
    if failed:
        raise NotRelived(", ".join(failed))


def _hold_ready(done: Restored, moment: datetime) -> int:
    """Decide about the mails that are ready; returns how many were held."""
    held = 0
    while (batch := claim(moment, _BATCH)).mails:
        going = [mail for mail in batch.mails if _goes(mail, batch, moment)]
        _hold(batch.token)
        done.held.update(mail.party_id for mail in going)
        held += len(going)
    return held


def _goes(mail: OutgoingEmail, batch: Batch, moment: datetime) -> bool:
    prepared = Prepared(
        b"",
        mail.body_sha256,
        mail.composed_at or moment,
        mail.party.revision,
        again=mail.body is not None,
    )
    with transaction.atomic():
        return decide(mail, batch.token, moment, prepared)


def _hold(token: uuid.UUID) -> None:
    held = OutgoingEmail.objects.filter(claim_token=token, state=State.HANDING)
    held.update(state=State.UNCERTAIN, reason=Reason.RESTORED, claim_token=None, lease_until=None)
    _forget_no_bytes()


def _forget_no_bytes() -> None:
    """Nothing is kept of what was never composed here."""
    held = OutgoingEmail.objects.filter(state=State.UNCERTAIN, reason=Reason.RESTORED)
    held.filter(body_sha256="", composed_at__isnull=False).update(body=None, composed_at=None)


def _next(moment: datetime, now: datetime) -> datetime:
    """When something happens after `moment`; `now` if nothing does before."""
    found = (
        Invitation.objects.filter(next_mail_at__gt=moment).aggregate(at=Min("next_mail_at")),
        Party.objects.filter(next_look_at__gt=moment).aggregate(at=Min("next_look_at")),
        OutgoingEmail.objects.filter(state=State.QUEUED, not_before__gt=moment).aggregate(
            at=Min("not_before")
        ),
    )
    return min((one["at"] for one in found if one["at"] is not None), default=now)


def _take_over(row: Installation, since: datetime, now: datetime) -> None:
    """From here on the database is this installation's, under a seal of its own."""
    row.instance_id = settings.INSTANCE_ID
    row.seal, row.ticks = uuid.uuid4(), 0
    row.went_back_at = None
    row.restored_from, row.restored_at = min(row.restored_from or since, since), now
    row.ticked_at, row.seen_at, row.beat_at = now, None, None
    row.boot, row.clock, row.paused_until = "", None, None
    row.save()
    memory.remember(row.seal, 0)
