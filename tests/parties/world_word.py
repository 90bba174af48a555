"""The word that the plan gives, asked of what went out. Nothing of it is taken from the product."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from parties.schedule import Kind
from tests.parties.world_things import Handed

TWENTY_HOURS = timedelta(hours=20)
SPACED = (Kind.REMINDER, Kind.FOLLOW_UP)
BY_DAY = (*SPACED, Kind.STILL_ON)
TO_THE_END = (Kind.CANCELLED, Kind.CONFIRMATION)


def keeps_its_word(handed: Iterable[Handed]) -> None:
    """No mail of the plan at night or after the start, no reminder after reply-by, none of the
    spaced ones within 20 hours of another to the address, never more than three reminders."""
    spaced: dict[str, list[datetime]] = defaultdict(list)
    reminders: Counter[tuple[str, int]] = Counter()
    for one in handed:
        if one.kind not in TO_THE_END:
            assert one.at < one.starts_at
        if one.kind in BY_DAY:
            assert 8 <= one.at.astimezone(ZoneInfo(one.zone)).hour < 20
        if one.kind == Kind.REMINDER:
            assert one.at < one.reply_by_at
            reminders[one.address, one.party] += 1
        if one.kind in SPACED:
            spaced[one.address].append(one.at)
    assert all(number <= 3 for number in reminders.values())
    for moments in spaced.values():
        assert all(later - earlier >= TWENTY_HOURS for earlier, later in pairwise(sorted(moments)))
