"""Whatever happens between two ticks, planner and commit point keep the plan's word."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from guests.audit import audit
from guests.models import Address, Breaker
from parties.models import Host, Party
from tests.guests.plan_world import DatabaseWorld
from tests.parties.world_acts import ANYTHING, DAY
from tests.parties.world_script import Pause, Script, scripts, wait
from tests.parties.world_word import keeps_its_word

pytestmark = pytest.mark.django_db
STORIES = int(os.environ.get("STORIES", "12"))
"""How many stories are told; more by hand, after a change of planner or judge."""


@settings(
    deadline=None,
    max_examples=STORIES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scripts(ANYTHING, most=8))
def test_no_edit_makes_the_outbox_write_at_night_too_often_or_too_late(script: Script) -> None:
    try:
        keeps_its_word(play(script).handed)
    finally:
        Host.objects.all().delete()
        Address.objects.all().delete()
        Breaker.objects.all().delete()


def play(script: Script) -> DatabaseWorld:
    world = DatabaseWorld(script)
    fates = itertools.cycle(script.fates)
    for pause, act in script.scenes:
        wait(world, pause, fates, notes_no_moment_too_late)
        world.perform(act)
        notes_no_moment_too_late(world)
    end = max(Party.objects.values_list("ends_at", flat=True)) + DAY
    rest = Pause(max(end - world.now, DAY), True, timedelta(0), None)
    wait(world, rest, fates, notes_no_moment_too_late)
    return world


def notes_no_moment_too_late(world: DatabaseWorld) -> None:
    assert audit(world.now)["next"] == []
