"""How near the table is to staying empty: which level, and when it rises by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parties.alarm import LIST_RESTS, Level, Table, begins_at, level, next_change, rises_above

CALM, AMBER, RED, BLACK = Level
LONDON = ZoneInfo("Europe/London")
ZONES = (
    "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia", "America/Havana", "UTC",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

#: Saturday 12 June 2027, 2 pm in London; answers by Monday the 7th; invited on 24 May.
TABLE = Table(
    zone="Europe/London",
    day=date(2027, 6, 12),
    starts=time(14),
    reply_by=date(2027, 6, 7),
    enough=3,
    coming=0,
    listed=22,
    begins_at=datetime(2027, 5, 24, 11, tzinfo=UTC),
)


def june(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 6, day, hour, minute, tzinfo=LONDON)


MOMENTS = [
    (june(5, 23, 58), CALM, CALM, CALM),
    (june(5, 23, 59), AMBER, AMBER, CALM),
    (june(7, 13, 59), AMBER, AMBER, CALM),
    (june(7, 14), RED, RED, CALM),
    (june(9, 13, 59), RED, RED, CALM),
    (june(9, 14), BLACK, RED, CALM),
    (june(12, 13, 59), BLACK, RED, CALM),
    (june(12, 14), CALM, CALM, CALM),
]


@pytest.mark.parametrize(
    ("now", "none", "some", "enough"), MOMENTS, ids=[f"{row[0]:%d %H:%M}" for row in MOMENTS]
)
def test_the_level_by_moment_and_how_many_say_yes(
    now: datetime, none: Level, some: Level, enough: Level
) -> None:
    assert level(replace(TABLE, coming=0), now) == none
    assert level(replace(TABLE, coming=2), now) == some
    assert level(replace(TABLE, coming=3), now) == enough


def test_an_early_reply_by_day_is_red_at_its_end() -> None:
    early = replace(TABLE, reply_by=date(2027, 6, 1))
    assert level(early, june(1, 23, 58)) == AMBER
    assert level(early, june(1, 23, 59)) == RED


def test_a_reply_by_day_that_is_the_party_itself_does_not_put_red_off() -> None:
    late = replace(TABLE, reply_by=TABLE.day)
    assert level(late, june(7, 13, 59)) == CALM
    assert level(late, june(7, 14)) == RED


NEVER = [
    ({"cancelled": True}, "cancelled"),
    ({"begins_at": None, "listed": 0}, "nobody on the list"),
    ({"coming": 9}, "more than enough"),
    ({"listed": 2, "coming": 2}, "every child on the list comes"),
]


@pytest.mark.parametrize("over", [row[0] for row in NEVER], ids=[row[1] for row in NEVER])
def test_some_parties_stay_calm(over: dict[str, int]) -> None:
    table = replace(TABLE, **over)  # type: ignore[arg-type]
    for days in range(25):
        assert level(table, june(1, 12) + days * DAY) == CALM
    assert next_change(table, june(1, 12)) is None
    assert rises_above(table, CALM) is None


def test_of_two_children_on_the_list_one_is_not_enough() -> None:
    assert level(replace(TABLE, listed=2, coming=1), june(8, 12)) == RED


@pytest.mark.parametrize(
    ("days", "expected"), [(2, BLACK), (4, RED), (5, RED), (6, CALM)], ids=lambda one: str(one)
)
def test_on_short_notice_the_alarm_begins_with_the_invitations(days: int, expected: Level) -> None:
    begins = TABLE.starts_at - days * DAY
    short = replace(TABLE, begins_at=begins, reply_by=TABLE.day - DAY)
    assert level(short, begins - MINUTE) == CALM
    assert level(short, begins) == expected


def test_it_begins_with_the_first_invitation_or_a_day_after_the_list() -> None:
    invited, listed = june(2, 9), june(1, 9)
    assert begins_at(first_invited_at=invited, first_listed_at=listed) == invited
    assert begins_at(first_invited_at=None, first_listed_at=listed) == listed + LIST_RESTS
    assert begins_at(first_invited_at=None, first_listed_at=None) is None


def test_the_levels_by_themselves_come_one_after_the_other() -> None:
    told = [(TABLE.begins_at, CALM)]
    while told[-1][0] and (then := next_change(TABLE, told[-1][0])):
        told.append((then, level(TABLE, then)))
    assert told[1:] == [(june(5, 23, 59), AMBER), (june(7, 14), RED), (june(9, 14), BLACK)]


CLOCK_CHANGES = [
    # spring forward on Sunday 28 March 2027, 1 am, and 1:30 on that night is no time at all
    (date(2027, 4, 1), time(14), date(2027, 3, 30), datetime(2027, 3, 27, 14, tzinfo=UTC)),
    (date(2027, 4, 2), time(1, 30), date(2027, 4, 2), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    # back on Sunday 31 October 2027, 2 am, and 1:30 comes twice: the first one counts
    (date(2027, 11, 5), time(1, 30), date(2027, 11, 5), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    (date(2027, 11, 3), time(14), date(2027, 11, 3), datetime(2027, 10, 29, 13, tzinfo=UTC)),
]


@pytest.mark.parametrize(("day", "starts", "reply_by", "red"), CLOCK_CHANGES)
def test_five_days_are_counted_on_the_wall(
    day: date, starts: time, reply_by: date, red: datetime
) -> None:
    begins = datetime(2027, 3, 1, tzinfo=UTC)
    table = replace(TABLE, day=day, starts=starts, reply_by=reply_by, coming=1, begins_at=begins)
    assert level(table, red - MINUTE) != RED
    assert level(table, red) == RED


def test_amber_keeps_to_the_wall_over_a_change_of_the_clocks() -> None:
    table = replace(TABLE, day=date(2027, 4, 10), reply_by=date(2027, 3, 28), coming=1)
    assert next_change(table, table.begins_at or june(1, 1)) is None  # begins in May
    early = replace(table, begins_at=datetime(2027, 3, 1, tzinfo=UTC))
    amber = datetime(2027, 3, 26, 23, 59, tzinfo=UTC)
    assert next_change(early, datetime(2027, 3, 2, tzinfo=UTC)) == amber
    assert next_change(early, amber) == datetime(2027, 3, 28, 22, 59, tzinfo=UTC)


def test_the_levels_are_ranked_from_calm_to_the_worst() -> None:
    assert [one.rank for one in (CALM, AMBER, RED, BLACK)] == [0, 1, 2, 3]


# -- what holds for every party -------------------------------------------------------------------
@st.composite
def tables(draw: st.DrawFn) -> Table:
    day = date(2027, 3, 1) + draw(st.integers(0, 300)) * DAY
    begins = datetime.combine(day, time(), tzinfo=UTC) - draw(st.integers(-24, 600)) * timedelta(
        hours=1
    )
    return Table(
        zone=draw(st.sampled_from(ZONES)),
        day=day,
        starts=draw(st.times()).replace(second=0, microsecond=0),
        reply_by=day - draw(st.integers(0, 20)) * DAY,
        enough=draw(st.integers(1, 6)),
        coming=draw(st.integers(0, 7)),
        listed=draw(st.integers(0, 30)),
        begins_at=draw(st.none() | st.just(begins)),
        cancelled=draw(st.sampled_from((False, False, False, True))),
    )


OFFSETS = st.integers(-30 * 24 * 60, 2 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@given(tables(), OFFSETS, st.integers(0, 7))
def test_more_yes_never_raises_the_level(table: Table, offset: timedelta, more: int) -> None:
    now = table.starts_at + offset
    with_more = replace(table, coming=table.coming + more)
    assert level(with_more, now).rank <= level(table, now).rank


@given(tables(), OFFSETS, OFFSETS)
def test_before_the_party_time_never_lowers_the_level(
    table: Table, one: timedelta, other: timedelta
) -> None:
    early, late = sorted((table.starts_at + one, table.starts_at + other))
    assume(late < table.starts_at)
    assert level(table, early).rank <= level(table, late).rank


@given(tables(), OFFSETS, st.integers(0, 10_000))
def test_the_next_change_is_exactly_where_the_level_rises(
    table: Table, offset: timedelta, part: int
) -> None:
    now = table.starts_at + offset
    then = next_change(table, now)
    if then is None:
        somewhere = now + (table.starts_at - now) * (part / 10_000)
        assert level(table, somewhere).rank <= level(table, now).rank
        return
    assert now < then < table.starts_at
    assert level(table, then).rank > level(table, now).rank
    between = now + (then - now) * (part / 10_001)
    assert level(table, between) == level(table, now)
    assert level(table, then - timedelta(microseconds=1)) == level(table, now)


@given(tables(), OFFSETS, st.sampled_from(Level))
def test_where_the_level_is_above_what_is_known_its_moment_has_come(
    table: Table, offset: timedelta, known: Level
) -> None:
    now = table.starts_at + offset
    assume(now < table.starts_at)
    moment = rises_above(table, known)
    assert (moment is not None and moment <= now) == (level(table, now).rank > known.rank)


@given(tables(), OFFSETS)
def test_black_means_that_nobody_says_yes_and_an_alarm_that_there_are_too_few(
    table: Table, offset: timedelta
) -> None:
    found = level(table, table.starts_at + offset)
    if found is not CALM:
        assert table.coming < table.enough
    if found is BLACK:
        assert table.coming == 0
