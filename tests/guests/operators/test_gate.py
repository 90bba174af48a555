"""Nothing goes from a copy, from a database that went back in time, or by a clock that jumped."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail as django_mail
from django.db import connection
from pytest_django import Settings

from guests.models import Breaker, Installation, Invitation, State
from guests.operators import clock
from guests.operators.pulse import pulse
from guests.operators.rounds import go_round
from guests.outbox import gate
from guests.outbox.claim import lease
from guests.outbox.drain import drain
from tests.factories import NOW, make_invitation, make_mail
from tests.guests.operators.conftest import Machine

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = 3600.0
DAY = 24 * HOUR


def row() -> Installation:
    return Installation.objects.get()


def wrong_clock() -> str:
    """Why nothing goes where the clock has jumped: the database may know better."""
    return gate.Why.CLOCK if connection.vendor == "sqlite" else gate.Why.DATABASE_CLOCK


def sent(now: datetime = NOW) -> int:
    drain(lambda: now, connections=1)
    return len(django_mail.outbox)


def test_the_first_tick_makes_the_database_this_installations_own(settings: Settings) -> None:
    assert gate.closed() == ""
    assert pulse(NOW, beat=True) == ""
    assert (row().instance_id, row().ticks) == (settings.INSTANCE_ID, 1)
    assert (row().ticked_at, row().seen_at, row().beat_at) == (NOW, NOW, NOW)


def test_a_copy_with_another_name_plans_nothing_and_sends_nothing(settings: Settings) -> None:
    pulse(NOW, beat=True)
    make_mail(make_invitation().contacts.get())
    settings.INSTANCE_ID = "a copy"
    assert go_round(NOW + MINUTE, beat=True).closed == gate.Why.INSTANCE
    assert Invitation.objects.get().next_mail_at == NOW
    assert sent(NOW + MINUTE) == 0
    assert (row().ticks, row().ticked_at) == (1, NOW)
    settings.INSTANCE_ID = "tests"
    assert sent(NOW + MINUTE) == 1


def test_a_database_that_is_further_back_than_remembered_sends_nothing() -> None:
    for _ in range(3):
        pulse(NOW, beat=True)
    make_mail(make_invitation().contacts.get())
    Installation.objects.update(ticks=2)
    assert gate.closed() == gate.Why.WENT_BACK
    assert sent() == 0
    assert pulse(NOW + MINUTE, beat=True) == gate.Why.WENT_BACK
    assert (row().ticks, row().ticked_at, row().seen_at) == (2, NOW, NOW + MINUTE)


def test_that_it_went_back_is_not_forgotten_with_the_memory(tmp_path: Path) -> None:
    for _ in range(3):
        pulse(NOW, beat=True)
    Installation.objects.update(ticks=2)
    pulse(NOW, beat=True)
    (tmp_path / "ticks").unlink()
    assert pulse(NOW, beat=True) == gate.Why.WENT_BACK


def test_a_machine_without_a_memory_notices_nothing(tmp_path: Path) -> None:
    for _ in range(3):
        pulse(NOW, beat=True)
    (tmp_path / "ticks").unlink()
    Installation.objects.update(ticks=1)
    assert pulse(NOW, beat=True) == ""


def test_other_databases_of_the_same_machine_do_not_disturb(tmp_path: Path) -> None:
    for _ in range(3):
        pulse(NOW, beat=True)
    seal = row().seal
    Installation.objects.all().delete()
    assert pulse(NOW, beat=True) == ""
    Installation.objects.update(seal=seal, ticks=2)
    assert gate.closed() == gate.Why.WENT_BACK


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.write_bytes(b"\xff\x00 4\nno number\n\n"), id="nonsense"),
        pytest.param(lambda file: file.write_text(""), id="empty"),
        pytest.param(lambda file: (file.unlink(), file.mkdir()), id="a folder"),
        pytest.param(lambda file: shutil.rmtree(file.parent), id="no folder"),
    ],
)
def test_a_memory_that_cannot_be_read_or_written_stops_nobody(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    pulse(NOW, beat=True)
    spoil(tmp_path / "ticks")
    assert pulse(NOW, beat=True) == ""
    assert row().ticks == 2


@pytest.mark.parametrize("seconds", [HOUR, 2 * DAY, -HOUR, -2 * DAY, 121.0, -121.0])
def test_a_clock_that_jumps_stops_everything(machine: Machine, seconds: float) -> None:
    pulse(machine.wall, beat=True)
    mail = make_mail(make_invitation().contacts.get(), at=machine.wall)
    machine.passes(30)
    machine.set(seconds)
    assert gate.closed() == gate.Why.CLOCK
    assert sent(machine.wall) == 0
    assert go_round(machine.wall, beat=True).closed == wrong_clock()
    mail.refresh_from_db()
    assert mail.state == State.QUEUED
    assert Invitation.objects.get().next_mail_at == NOW


@pytest.mark.parametrize("seconds", [0.0, 5.0, -5.0, 119.0, -119.0])
def test_a_clock_that_is_put_right_a_little_stops_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(gate, "APART", 1e9)
    pulse(machine.wall, beat=True)
    machine.passes(30)
    machine.set(seconds)
    assert pulse(machine.wall, beat=True) == ""


def test_a_machine_that_slept_for_a_night_has_not_jumped(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "APART", 1e9)
    pulse(machine.wall, beat=True)
    machine.passes(9 * HOUR)
    assert pulse(machine.wall, beat=True) == ""


def test_the_way_back_starts_the_pause_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "APART", 1e9)
    pulse(machine.wall, beat=True)
    machine.set(2 * DAY)
    pulse(machine.wall, beat=True)
    machine.passes(300)
    machine.set(-2 * DAY)
    assert pulse(machine.wall, beat=True) == gate.Why.CLOCK
    assert row().paused_until == machine.wall + timedelta(seconds=600)
    machine.passes(599)
    assert pulse(machine.wall, beat=True) == gate.Why.CLOCK
    machine.passes(2)
    assert pulse(machine.wall, beat=True) == ""


def test_what_a_wrong_clock_put_off_for_days_is_looked_at_again(machine: Machine) -> None:
    pulse(machine.wall, beat=True)
    ahead = machine.set(2 * DAY)
    pulse(ahead, beat=True)
    contacts = [make_invitation().contacts.get() for _ in range(2)]
    waiting = make_mail(contacts[0], at=ahead + MINUTE)
    claimed = make_mail(contacts[1], state=State.CLAIMED, at=ahead)
    Breaker.objects.create(failures=1, open_until=ahead + MINUTE)
    now = machine.set(-2 * DAY)
    pulse(now, beat=True)
    waiting.refresh_from_db()
    claimed.refresh_from_db()
    assert waiting.not_before == now
    assert claimed.lease_until == now + lease()
    assert Breaker.objects.get().open_until == now


def test_after_the_pause_the_new_time_counts(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "APART", 1e9)
    pulse(machine.wall, beat=True)
    machine.set(HOUR)
    pulse(machine.wall, beat=True)
    machine.passes(601)
    assert pulse(machine.wall, beat=True) == ""
    assert row().ticked_at == machine.wall


def test_another_start_of_the_machine_is_no_jump(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "APART", 1e9)
    pulse(machine.wall, beat=True)
    machine.starts_again(after=2 * DAY)
    assert pulse(machine.wall, beat=True) == ""


def test_a_machine_that_starts_in_the_past_waits(machine: Machine) -> None:
    pulse(machine.wall, beat=True)
    machine.starts_again(after=-2 * DAY)
    assert pulse(machine.wall, beat=True) == wrong_clock()


def test_a_pause_that_was_counted_by_a_wrong_clock_does_not_last_for_days(
    machine: Machine,
) -> None:
    pulse(machine.wall, beat=True)
    Installation.objects.update(paused_until=machine.wall + timedelta(days=2))
    pulse(machine.wall, beat=True)
    assert row().paused_until == machine.wall + timedelta(seconds=600)


def test_a_clock_apart_from_the_databases_stops_sending_while_it_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulse(machine.wall, beat=True)
    database_now = machine.wall
    monkeypatch.setattr(
        gate, "apart", lambda reading, _now: abs(reading.wall - database_now) > MINUTE / 2
    )
    machine.set(31)
    assert pulse(machine.wall, beat=True) == gate.Why.DATABASE_CLOCK
    assert sent(machine.wall) == 0
    machine.set(-31)
    assert pulse(machine.wall, beat=True) == ""


@pytest.mark.parametrize("seconds", [150.0, -150.0, 2 * DAY], ids=["fast", "slow", "days ahead"])
def test_a_machine_with_a_wrong_clock_stops_only_itself(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """The others go by the same database, and by its clock."""
    bad = Machine(machine.wall + timedelta(seconds=seconds), boot="bad")
    monkeypatch.setattr(
        gate, "apart", lambda reading, _now: abs(reading.wall - machine.wall) > MINUTE / 2
    )
    found: dict[str, set[str]] = {"bad": set(), machine.boot: set()}
    for _minute in range(5):
        for one in (bad, machine, machine, bad, bad):
            monkeypatch.setattr(clock, "read", one.read)
            found[one.boot].add(pulse(one.wall, beat=True))
        machine.passes(60)
        bad.passes(60)
    assert found[machine.boot] == {""}
    assert "" not in found["bad"]


def test_the_databases_own_clock_is_asked(machine: Machine) -> None:
    """SQLite has none of its own."""
    pulse(machine.wall, beat=True)
    machine.set(60)
    expected = "" if connection.vendor == "sqlite" else gate.Why.DATABASE_CLOCK
    assert gate.closed() == expected


def test_the_gate_costs_one_query(django_assert_num_queries: Callable[..., object]) -> None:
    pulse(NOW, beat=True)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        gate.closed()


def test_every_reason_has_its_words() -> None:
    assert all(gate.in_words(why).startswith("Nothing is sent. ") for why in gate.Why)
    assert gate.in_words("") == ""
