"""What may happen in a simulated world, drawn by hypothesis: acts, pauses, and the mail's fate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, TypeVar
from zoneinfo import available_timezones

from hypothesis import strategies as st

from parties.schedule import DEFAULT_RULES, Anchor, Answer, RuleLine
from tests.parties.world import World
from tests.parties.world_acts import DAY, PLANNED, Act, perform
from tests.parties.world_things import Address, Fate, Party

ZONES = sorted(available_timezones())
PLAN = {f"r{number}": rule.line(f"r{number}") for number, rule in enumerate(DEFAULT_RULES)}
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Pause:
    """How the time until the next act passes. `steady`: each moment of the plan is met, `late`
    minutes late; else nothing runs. `aim`: it ends so many seconds beside a moment of the plan.
    """

    length: timedelta
    steady: bool
    late: timedelta
    aim: int | None


@dataclass(frozen=True)
class Script:
    """A whole story: how it begins, what happens, and what becomes of each mail that is handed."""

    before: timedelta
    parties: tuple[tuple[str, date, time, int, int], ...]
    own_rules: tuple[RuleLine, ...] | None
    scenes: tuple[tuple[Pause, Act], ...]
    fates: tuple[Fate, ...]


clocks = st.sampled_from([time(9), time(14), time(19, 59), time(20), time(7, 59), time(0)])
clocks = clocks | st.times().map(lambda clock: clock.replace(second=0, microsecond=0, fold=0))


@st.composite
def rule_lines(draw: st.DrawFn, key: str) -> RuleLine:
    low = draw(st.sampled_from([None, None, 0, 2, 3, 10]))
    return RuleLine(
        key,
        draw(st.sampled_from(PLANNED)),
        draw(st.sampled_from(Anchor)),
        draw(st.integers(0, 12)),
        draw(st.none() | clocks),
        low,
        draw(st.sampled_from([None, None, (low or 0) + 2, (low or 0) + 9])),
    )


minutes = st.integers(0, 180).map(lambda number: number * MINUTE)
lengths = minutes | st.integers(1, 9 * 24).map(lambda number: timedelta(hours=number))
pauses = st.builds(
    Pause,
    length=lengths,
    steady=st.sampled_from([True, True, True, False]),
    late=st.just(timedelta(0)) | minutes,
    aim=st.none() | st.sampled_from([-1, 0, 1]),
)


def acts(names: tuple[str, ...], zones: st.SearchStrategy[str]) -> st.SearchStrategy[Act]:
    return st.builds(
        Act,
        name=st.sampled_from(names),
        pick=st.integers(0, 11),
        number=st.integers(0, 40),
        clock=clocks,
        answer=st.sampled_from([Answer.TENTATIVE, Answer.ACCEPTED, Answer.TENTATIVE, *Answer]),
        zone=zones,
    )


@st.composite
def parties(draw: st.DrawFn, first: date | None = None) -> tuple[str, date, time, int, int]:
    """Zone, day, start, hours, and how many days before it the host wants to know."""
    if first is None:
        day = draw(st.dates(date(2024, 1, 1), date(2035, 12, 31)))
    else:
        day = first + draw(st.integers(-10, 10)) * DAY
    zone = draw(st.sampled_from(ZONES))
    return zone, day, draw(clocks), draw(st.integers(1, 5)), draw(st.sampled_from([5, 0, 1, 3, 9]))


@st.composite
def scripts(draw: st.DrawFn, names: tuple[str, ...], *, most: int = 16) -> Script:
    one = draw(parties())
    others = draw(st.lists(parties(first=one[1]), max_size=1))
    own = st.integers(0, 9).flatmap(
        lambda count: st.tuples(*(rule_lines(f"r{number}") for number in range(count)))
    )
    return Script(
        before=draw(st.integers(1, 45)) * DAY + draw(minutes),
        parties=(one, *others),
        own_rules=draw(own if draw(st.sampled_from([False, False, True])) else st.none()),
        scenes=tuple(
            draw(
                st.lists(
                    st.tuples(pauses, acts(names, st.sampled_from(ZONES))),
                    min_size=3,
                    max_size=most,
                )
            )
        ),
        fates=tuple(
            draw(st.lists(st.sampled_from([Fate.TAKEN] * 4 + [*Fate]), min_size=1, max_size=9))
        ),
    )


@st.composite
def calm_scripts(draw: st.DrawFn) -> Script:
    """One party with the default plan and three days at least to go, that stays where it is; ticks
    come within the hour, and the mail server takes what it is given."""
    steady = st.builds(
        Pause, lengths, st.just(True), st.integers(0, 60).map(lambda n: n * MINUTE), st.none()
    )
    names = ("nothing", "remind", "invite", "add", "reply_by_in_time")
    scenes = st.lists(st.tuples(steady, acts(names, st.just("UTC"))), min_size=1, max_size=10)
    return Script(
        before=draw(st.integers(3 * 24 * 60, 45 * 24 * 60)) * MINUTE,
        parties=(draw(parties()),),
        own_rules=None,
        scenes=tuple(draw(scenes)),
        fates=draw(st.sampled_from([(Fate.TAKEN,), (Fate.TAKEN, Fate.UNCLEAR), (Fate.UNCLEAR,)])),
    )


def begin(script: Script) -> World:
    """The world at the moment of the first inviting."""
    made = []
    for zone, day, starts, hours, reply_by in script.parties:
        rules = dict(PLAN)
        if script.own_rules is not None:
            rules = {line.key: line for line in script.own_rules}
        made.append(Party(zone, day, starts, hours, day - reply_by * DAY, rules))
    now = made[0].starts_at - script.before
    world = World(now.astimezone(UTC), made)
    world.addresses = [Address("anna"), Address("bob"), Address("eve")]
    for party in made:
        if world.now < party.starts_at:
            world.invite(party, *world.addresses[:2])
    return world


def play(script: Script, check: Callable[[World], None]) -> World:
    """The whole story until all parties are over; `check` is called after each act and tick."""
    world = begin(script)
    fates = itertools.cycle(script.fates)
    check(world)
    for pause, act in script.scenes:
        wait(world, pause, fates, check)
        perform(world, act)
        check(world)
    end = max(party.ends_at for party in world.parties) + DAY
    wait(world, Pause(max(end - world.now, DAY), True, timedelta(0), None), fates, check)
    return world


class Passing(Protocol):
    """What time can pass in."""

    now: datetime

    def moments(self) -> list[datetime]:
        """When somebody has something to do."""

    def wake(self, fates: Iterator[Fate]) -> None:
        """One tick, and the queue is drained."""


W = TypeVar("W", bound=Passing)


def wait(world: W, pause: Pause, fates: Iterator[Fate], check: Callable[[W], None]) -> None:
    until = world.now + pause.length
    if pause.aim is not None:
        later = [moment for moment in world.moments() if moment <= until]
        if later:
            aimed = later[pause.length.seconds % len(later)] + timedelta(seconds=pause.aim)
            until = max(world.now, aimed)
    while pause.steady:
        world.wake(fates)
        check(world)
        later = world.moments()
        if not later or later[0] > until:
            break
        world.now = min(until, later[0] + pause.late)
    world.now = until
