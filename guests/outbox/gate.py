"""Whether anything may be planned or sent at all: asked by each tick and before each claim.

Closed where this is not the installation that the database belongs to, where the database went back
in time (a restored backup), and while the clock cannot be trusted.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from guests.models import Installation
from guests.operators import clock, memory

# So far may a wall clock move against the running one, and lie apart from the database's (seconds).
JUMP = 120.0
APART = 30.0


class Why(StrEnum):
    """Why the gate is closed."""

    INSTANCE = "instance"
    WENT_BACK = "went_back"
    CLOCK = "clock"
    DATABASE_CLOCK = "database_clock"


_IN_WORDS = {
    Why.INSTANCE: (
        "The database belongs to an installation with another INSTANCE_ID. "
        "If this one takes its place, run manage.py after_restore."
    ),
    Why.WENT_BACK: (
        "The database is older than it was at the last tick, as after a restored backup. "
        "Run manage.py after_restore."
    ),
    Why.CLOCK: "The clock of this machine has jumped; sending waits until it keeps time.",
    Why.DATABASE_CLOCK: "The clocks of this machine and of the database differ; set them right.",
}


def closed() -> str:
    """Why nothing may go now (a `Why`); '' if the gate is open. One small query."""
    # Read before the row: what is remembered is never ahead of what is stored.
    known = memory.remembered()
    rows = Installation.objects.annotate(database_now=Now())
    row = rows.filter(pk=Installation.ONLY).first()
    if row is None:
        return ""  # nothing was ever planned here
    return of_row(row, known) or _of_clocks(row, row.database_now)


def of_row(row: Installation, known: dict[str, int]) -> str:
    """What the row itself says: another installation's, or one that went back in time."""
    if row.instance_id != settings.INSTANCE_ID:
        return Why.INSTANCE
    if row.went_back_at is not None or went_back(row, known):
        return Why.WENT_BACK
    return ""


def went_back(row: Installation, known: dict[str, int]) -> bool:
    """Whether this machine has seen the same database further on."""
    return known.get(str(row.seal), 0) > row.ticks


def jumped(row: Installation, reading: clock.Reading) -> bool:
    """Whether the clock was set since the last tick.

    After another start, or on another machine, only a clock that shows an earlier time is told; and
    not even that where the database has a clock of its own (see `apart`): which of two machines is
    wrong, they cannot know between them.
    """
    if row.clock is None or row.seen_at is None:
        return False
    if row.boot == reading.boot:
        return abs(reading.offset - row.clock) > JUMP
    if connection.vendor != "sqlite":
        return False
    return (row.seen_at - reading.wall).total_seconds() > JUMP


def apart(reading: clock.Reading, database_now: datetime) -> bool:
    """Whether the database has another idea of the time; SQLite has none of its own."""
    if connection.vendor == "sqlite":
        return False
    return abs((reading.wall - database_now).total_seconds()) > APART


def in_words(why: str) -> str:
    """The reason as an operator reads it; '' for an open gate."""
    return f"Nothing is sent. {_IN_WORDS[Why(why)]}" if why else ""


def _of_clocks(row: Installation, database_now: datetime) -> str:
    if not settings.WATCH_CLOCK:
        return ""
    reading = clock.read()
    paused = row.paused_until is not None and reading.wall < row.paused_until
    if paused or jumped(row, reading):
        return Why.CLOCK
    return Why.DATABASE_CLOCK if apart(reading, database_now) else ""
