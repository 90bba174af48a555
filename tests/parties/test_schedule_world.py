"""Whatever happens between two ticks, the plan keeps its word."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings

from parties.schedule import Kind
from tests.parties.world import World
from tests.parties.world_acts import ANYTHING
from tests.parties.world_script import PLAN, Script, calm_scripts, play, scripts
from tests.parties.world_things import Address, Fate, Party
from tests.parties.world_word import keeps_its_word

THREE_DAYS = timedelta(days=3)
STORIES = int(os.environ.get("STORIES", "100"))
"""How many stories each test tells; more by hand, after a change of the plan."""


def notes_no_moment_too_late(world: World) -> None:
    """What `manage.py audit` asks of `next_mail_at`."""
    for home in world.homes:
        expected = world.next_moment(home)
        if expected is not None:
            assert home.next_mail_at is not None
            assert home.next_mail_at <= max(expected, world.now)


@settings(deadline=None, max_examples=STORIES)
@given(scripts(ANYTHING))
def test_no_edit_makes_the_plan_write_at_night_too_often_or_too_late(script: Script) -> None:
    keeps_its_word(play(script, notes_no_moment_too_late).handed)


@settings(deadline=None, max_examples=STORIES)
@given(calm_scripts())
def test_no_silent_home_that_had_three_days_goes_without_a_reminder(script: Script) -> None:
    world = play(script, notes_no_moment_too_late)
    keeps_its_word(world.handed)
    # Two homes of one party that share an address share its reminders: 20 hours lie between them.
    reminded = {one.address for one in world.handed if one.kind == Kind.REMINDER}
    for home in world.homes:
        if home.party.starts_at - home.invited_at >= THREE_DAYS:
            assert reminded & {one.address.name for one in home.contacts}


def test_a_mail_of_another_zone_makes_no_noted_moment_too_late() -> None:
    """Two parties may write to one address from 5:00 UTC on. In Addis Ababa it is eight then, and
    that one writes; in Abidjan it is night until eight, and by then it is too close."""
    day = date(2024, 1, 5)
    one = Party("Africa/Abidjan", day + timedelta(days=3), time(14), 3, day, dict(PLAN))
    other = replace(one, zone="Africa/Addis_Ababa", homes=[])
    world = World(datetime(2024, 1, 2, 8, tzinfo=UTC), [one, other])
    anna = Address("anna")
    homes = [world.invite(one, anna), world.invite(other, anna)]
    fates = itertools.repeat(Fate.TAKEN)
    world.wake(fates)
    world.now = datetime(2024, 1, 4, 9, tzinfo=UTC)
    anna.last = world.now
    world.wake(fates)
    assert homes[0].next_mail_at == datetime(2024, 1, 5, 8, tzinfo=UTC)
    world.now = datetime(2024, 1, 5, 5, tzinfo=UTC)
    world.wake(fates)
    reminded = [one.at for one in world.handed if one.kind == Kind.REMINDER]
    assert reminded == [world.now]
    notes_no_moment_too_late(world)
