"""What is wrong is said: at /readyz while it is so, and by one alarm for each outage."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from guests.models import Alarm, Breaker, Installation, OutgoingEmail, State
from guests.operators import findings as looking
from guests.operators import rounds, views
from guests.operators.findings import findings
from guests.operators.rounds import go_round
from tests.factories import NOW, make_invitation, make_mail

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
OPERATOR = "operator@example.org"


@pytest.fixture(autouse=True)
def _told(settings: Settings) -> None:
    settings.OPERATOR_EMAIL = OPERATOR
    settings.STALE_SECONDS = 180
    settings.TICK_SECONDS = 30


def ready(now: Any = NOW) -> tuple[int, dict[str, str]]:
    views.verdict.forget()
    with time_machine.travel(now, tick=False):
        response = Client().get("/readyz")
    return response.status_code, response.json()["problems"]


def stop_mail_server() -> None:
    Breaker.objects.create(failures=2, open_until=NOW + MINUTE, reason="connect: no answer")


def test_where_all_is_well_it_is_ready() -> None:
    go_round(NOW, beat=True)
    assert ready(NOW + MINUTE) == (200, {})
    assert not Alarm.objects.exists()


def test_a_process_answers_without_a_database(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    with django_assert_num_queries(0):
        response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_doors_for_probes_need_no_https_and_take_no_post(settings: Settings, path: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    go_round(NOW, beat=True)
    with time_machine.travel(NOW, tick=False):
        assert Client().get(path).status_code == 200
        assert Client().post(path).status_code == 405
    assert "no-store" in Client().get(path).headers["Cache-Control"]


def test_whoever_asks_again_at_once_hears_the_same(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    """Anybody may ask, and each question takes the lock of those who write."""
    go_round(NOW, beat=True)
    ready()
    with django_assert_num_queries(0):
        assert Client().get("/readyz").status_code == 200
    stop_mail_server()
    assert ready()[0] == 503


def test_looking_changes_nothing() -> None:
    go_round(NOW, beat=True)
    before = Installation.objects.values().get()
    ready(NOW + 10 * MINUTE)
    assert Installation.objects.values().get() == before
    assert not Alarm.objects.exists()


def never_ticked() -> None:
    Installation.objects.all().delete()


def overdue() -> None:
    make_mail(make_invitation(next_mail_at=None).contacts.get(), at=NOW - 11 * MINUTE)


def another_name() -> None:
    Installation.objects.update(instance_id="another")


def silent_beat() -> None:
    Installation.objects.update(beat_at=NOW - 181 * SECOND)


def silent_ticks() -> None:
    Installation.objects.update(seen_at=NOW - 181 * SECOND, beat_at=NOW - 181 * SECOND)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (never_ticked, "ticks"),
        (silent_ticks, "ticks"),
        (silent_beat, "beat"),
        (overdue, "overdue"),
        (stop_mail_server, "mail_server"),
        (another_name, "instance"),
    ],
)
def test_what_is_wrong_is_named(wrong: Callable[[], None], name: str) -> None:
    go_round(NOW, beat=True)
    wrong()
    status, problems = ready()
    assert (status, list(problems)) == (503, [name])


def test_a_queue_that_somebody_works_on_is_not_overdue() -> None:
    go_round(NOW, beat=True)
    overdue()
    make_mail(make_invitation(next_mail_at=None).contacts.get(), state=State.CLAIMED)
    assert findings(NOW) == {}


def test_a_queue_that_waited_for_the_clock_is_not_overdue_at_once() -> None:
    go_round(NOW, beat=True)
    overdue()
    Installation.objects.update(paused_until=NOW - MINUTE)
    assert findings(NOW) == {}
    Installation.objects.update(paused_until=NOW - 11 * MINUTE)
    assert list(findings(NOW)) == ["overdue"]


def test_a_disk_that_is_nearly_full_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    go_round(NOW, beat=True)
    monkeypatch.setattr(looking, "ROOM", 1 << 62)
    status, problems = ready()
    assert (status, list(problems)) == (503, ["disk"])


def test_a_database_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(views, "require_writable", away)
    status, problems = ready()
    assert (status, list(problems)) == (503, ["database"])


def test_a_beat_that_was_given_up_for_the_timer_is_missed_by_nobody() -> None:
    go_round(NOW, beat=True)
    for days in (1, 8):
        go_round(NOW + timedelta(days=days), beat=False)
        assert ("beat" in findings(NOW + timedelta(days=days))) is (days == 1)


def test_an_installation_without_celery_misses_no_beat() -> None:
    go_round(NOW, beat=False)
    assert findings(NOW + MINUTE) == {}


def test_an_alarm_is_raised_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    stop_mail_server()
    with caplog.at_level(logging.ERROR):
        for minute in range(3):
            go_round(NOW + minute * MINUTE, beat=True)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert [(message.to, "mail server" in str(message.body)) for message in django_mail.outbox] == [
        ([OPERATOR], True)
    ]
    assert Alarm.objects.get().told_at == NOW
    assert not OutgoingEmail.objects.exists()


def test_it_is_cleared_when_it_is_over_and_the_next_outage_is_told_again() -> None:
    stop_mail_server()
    go_round(NOW, beat=True)
    Breaker.objects.update(failures=0, open_until=None)
    go_round(NOW + MINUTE, beat=True)
    assert Alarm.objects.exists()  # another machine may still see it
    go_round(NOW + 2 * MINUTE, beat=True)
    assert not Alarm.objects.exists()
    Breaker.objects.update(failures=1)
    go_round(NOW + 3 * MINUTE, beat=True)
    assert len(django_mail.outbox) == 2


def test_an_alarm_of_a_clock_that_went_back_does_not_stay_for_days() -> None:
    Alarm.objects.create(name="mail_server", since=NOW, seen_at=NOW + timedelta(days=2))
    go_round(NOW, beat=True)
    assert not Alarm.objects.exists()


def test_nobody_is_told_where_nobody_is_named(settings: Settings) -> None:
    settings.OPERATOR_EMAIL = ""
    stop_mail_server()
    go_round(NOW, beat=True)
    assert Alarm.objects.get().told_at is None
    assert django_mail.outbox == []


class Broken(EmailBackend):
    """No way for any mail."""

    def send_messages(self, _messages: Any) -> int:
        raise ConnectionRefusedError


def test_an_alarm_that_could_not_be_told_is_tried_again_and_stops_no_tick(
    settings: Settings,
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Broken"
    stop_mail_server()
    assert go_round(NOW, beat=True).closed == ""
    settings.EMAIL_BACKEND = working
    go_round(NOW + MINUTE, beat=True)
    assert django_mail.outbox == []
    go_round(NOW + 6 * MINUTE, beat=True)
    assert len(django_mail.outbox) == 1


def test_alarms_that_break_stop_no_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_now: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rounds, "findings", broken)
    make_invitation()
    assert go_round(NOW, beat=True).ticked.planned.queued == 1


def alarms(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        call_command("alarms")


def test_that_nobody_ticks_is_told_once_by_whoever_looks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    go_round(NOW, beat=True)
    alarms(NOW + MINUTE)
    assert "All is well." in capsys.readouterr().out
    for minutes in (10, 20, 30):
        with pytest.raises(CommandError, match="ticks: The last tick was"):
            alarms(NOW + minutes * MINUTE)
    (told,) = django_mail.outbox
    assert told.to == [OPERATOR]
    assert "The last tick was 600 seconds ago" in str(told.body)
    for minutes in (31, 33):
        go_round(NOW + minutes * MINUTE, beat=True)
    assert not Alarm.objects.exists()
