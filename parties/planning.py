"""What the lines of a plan may be: which moments suit which kind of mail (design, section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from parties.schedule import WINDOW_CLOSES, WINDOW_OPENS
from parties.words import Anchor, Kind

ANCHORS: dict[Kind, tuple[Anchor, ...]] = {
    Kind.REMINDER: (Anchor.AFTER_INVITING, Anchor.BEFORE_REPLY_BY, Anchor.HALF_WAY),
    Kind.FOLLOW_UP: (Anchor.NAMED_DAY,),
    Kind.STILL_ON: (Anchor.BEFORE_PARTY,),
}
"""From where a line of each kind may count."""

DAYS: dict[Anchor, range] = {
    # on the day of inviting a reminder would only be a second invitation
    Anchor.AFTER_INVITING: range(1, 61),
    Anchor.BEFORE_REPLY_BY: range(61),
    Anchor.HALF_WAY: range(1),
    Anchor.NAMED_DAY: range(1),
    Anchor.BEFORE_PARTY: range(15),
}
"""How many days, for each place to count from."""

ONLY_ONE = frozenset({Kind.FOLLOW_UP, Kind.STILL_ON})
"""Kinds that a home gets once, so that a second line of them would say nothing."""


@dataclass(frozen=True, slots=True)
class When:
    """The moment of a line: so many days from an anchor, at a local time (None: half-way)."""

    anchor: Anchor
    days: int = 0
    at: time | None = None


def may_go_at(clock: time) -> bool:
    """Whether a line may have this local time: never at night."""
    return WINDOW_OPENS <= clock < WINDOW_CLOSES


def is_allowed(kind: Kind, when: When) -> bool:
    """Whether a line of that kind may have this moment."""
    if when.anchor not in ANCHORS[kind] or when.days not in DAYS[when.anchor]:
        return False
    if when.at is None:
        return when.anchor is Anchor.HALF_WAY
    return may_go_at(when.at)
