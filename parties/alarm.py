"""How near the table is to staying empty (design, section 7). Pure: no ORM, no clock.

The alarm hangs on standing yes only, never on what is likely. It rises by itself as the days go by;
a yes makes it fall. Every moment that comes in or goes out is aware; what goes out is UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from parties.schedule import REPLY_BY_CLOCK, resolve

AMBER_BEFORE_REPLY_BY = timedelta(days=2)
"""Amber so long before the end of the reply-by day, at the same hour on the wall."""

RED_BEFORE_PARTY = timedelta(days=5)
"""Red at the end of the reply-by day, or so long before the party where that is sooner."""

BLACK_BEFORE_PARTY = timedelta(days=3)
"""Black so long before the party, where nobody has said yes."""

LIST_RESTS = timedelta(hours=24)
"""A list that nobody was invited from is still being written for this long."""


class Level(StrEnum):
    """The level of the alarm, as it is stored; from calm to the worst."""

    CALM = ""
    AMBER = "amber"
    RED = "red"
    BLACK = "black"

    @property
    def rank(self) -> int:
        """0 for calm to 3 for the worst: the words themselves do not sort so."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Table:
    """All that the alarm of a party depends on.

    `day`, `starts` and `reply_by` are local to `zone` (an IANA name). `coming` counts the children
    with a standing yes, `listed` all children on the list, invited or not. `begins_at` (UTC): from
    when somebody can be expected to answer (`begins_at`); None while nobody is on the list.
    """

    zone: str
    day: date
    starts: time
    reply_by: date
    enough: int
    coming: int
    listed: int
    begins_at: datetime | None
    cancelled: bool = False

    @property
    def starts_at(self) -> datetime:
        return resolve(self.day, self.starts, self.zone)

    @property
    def is_enough(self) -> bool:
        """As many say yes as the host hoped for, or every child on the list does."""
        return self.coming >= min(self.enough, self.listed)


def begins_at(
    *, first_invited_at: datetime | None, first_listed_at: datetime | None
) -> datetime | None:
    """From when on an alarm makes sense: with the first invitation.

    Where nobody is invited, a day after the first home was put on the list: somebody who forgot to
    send the invitations has to hear of it, and somebody who is still writing has not.
    """
    if first_invited_at is not None or first_listed_at is None:
        return first_invited_at
    return first_listed_at + LIST_RESTS


def level(table: Table, now: datetime) -> Level:
    """The level at `now`. A party that is cancelled or has begun is calm, and so is an empty list.

    For the same numbers it never falls before the party begins; with more yes it never rises.
    """
    if now >= table.starts_at:
        return Level.CALM
    reached = [found for found, at in _steps(table) if at <= now]
    return max(reached, key=lambda found: found.rank, default=Level.CALM)


def rises_above(table: Table, known: Level) -> datetime | None:
    """The first moment (UTC) at which the level is above `known`, if nobody does anything.

    It may be long past. None: never.
    """
    moments = [at for found, at in _steps(table) if found.rank > known.rank]
    first = min(moments, default=None)
    return first if first is not None and first < table.starts_at else None


def next_change(table: Table, now: datetime) -> datetime | None:
    """The next moment (UTC) after `now` at which the level rises by itself. None: never."""
    return rises_above(table, level(table, now)) if now < table.starts_at else None


def _steps(table: Table) -> Iterator[tuple[Level, datetime]]:
    """Each level that this table can reach, and from when on it holds."""
    if table.cancelled or table.begins_at is None or table.is_enough:
        return
    for found, at in _moments(table):
        if found is not Level.BLACK or table.coming == 0:
            yield found, max(at, table.begins_at)


def _moments(table: Table) -> Iterator[tuple[Level, datetime]]:
    reply_by = resolve(table.reply_by, REPLY_BY_CLOCK, table.zone)
    before_reply_by = table.reply_by - AMBER_BEFORE_REPLY_BY
    yield Level.AMBER, resolve(before_reply_by, REPLY_BY_CLOCK, table.zone)
    yield Level.RED, min(reply_by, _before(table, RED_BEFORE_PARTY))
    yield Level.BLACK, _before(table, BLACK_BEFORE_PARTY)


def _before(table: Table, days: timedelta) -> datetime:
    """So many days before the party, at the hour on the wall at which it starts."""
    return resolve(table.day - days, table.starts, table.zone)
