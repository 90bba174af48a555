"""The pulse of the installation: what each tick of a process writes down about itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from guests.models import Installation
from guests.operators import clock, memory
from guests.operators.mending import mend
from guests.operators.zones import known_rules
from guests.outbox import gate

log = structlog.get_logger(__name__)


def pulse(now: datetime, *, beat: bool) -> str:
    """Count a tick, keep the heartbeat, watch the clock. Returns why nothing may be sent, or ''.

    `beat`: Celery's beat asked for this tick. What the gate is closed for by the database itself
    changes nothing but the heartbeat, so that `ticked_at` stays the last moment of sending.
    """
    known = memory.remembered()
    make_installation()
    with transaction.atomic():
        rows = Installation.objects.select_for_update().annotate(database_now=Now())
        row = rows.get(pk=Installation.ONLY)
        went_on = _count(row, known, now)
        # What this machine's clock says while it is wrong is not to be believed by any other.
        if not settings.WATCH_CLOCK or _watch_clock(row, row.database_now):
            row.seen_at = now
        if beat:
            row.beat_at = now
        row.save()
    if went_on:
        memory.remember(row.seal, row.ticks)
    why = gate.closed()
    if not why:
        Installation.objects.filter(pk=row.pk).update(ticked_at=now)
    return why


def make_installation() -> None:
    """Make the one row, where there is none yet; the database is this installation's then."""
    Installation.objects.get_or_create(
        pk=Installation.ONLY,
        defaults={"instance_id": settings.INSTANCE_ID, "zones": known_rules()},
    )


def _count(row: Installation, known: dict[str, int], now: datetime) -> bool:
    """Raise the counter, unless the database is another's or went back; then remember that."""
    if row.instance_id != settings.INSTANCE_ID:
        return False
    if row.went_back_at is None and gate.went_back(row, known):
        row.went_back_at = now
    if row.went_back_at is not None:
        return False
    row.ticks += 1
    return True


def _watch_clock(row: Installation, database_now: datetime) -> bool:
    """Pause after each jump, there and back, counted from what the clock shows then.

    Where the database knows the time, a jump away from it pauses nobody: the gate is closed to this
    machine alone while they are apart. Returns whether the clock agrees with the database's.
    """
    reading = clock.read()
    agrees = not gate.apart(reading, database_now)
    pause_ends = reading.wall + timedelta(seconds=settings.CLOCK_PAUSE_SECONDS)
    if gate.jumped(row, reading):
        if agrees:
            row.paused_until = pause_ends
        log.error(
            "clock_jumped",
            seconds=_size(row, reading),
            paused_until=pause_ends.isoformat() if agrees else None,
        )
        if agrees and _went_back(row, reading):
            mend(reading.wall)
    elif agrees and row.paused_until is not None and row.paused_until > pause_ends:
        row.paused_until = pause_ends  # it was counted from a clock that went back since
    row.boot, row.clock = reading.boot, reading.offset
    return agrees


def _went_back(row: Installation, reading: clock.Reading) -> bool:
    if row.boot == reading.boot and row.clock is not None:
        return reading.offset < row.clock
    return row.seen_at is not None and reading.wall < row.seen_at


def _size(row: Installation, reading: clock.Reading) -> int | None:
    same = row.boot == reading.boot and row.clock is not None
    return round(reading.offset - row.clock) if same and row.clock is not None else None
