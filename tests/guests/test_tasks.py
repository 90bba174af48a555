"""What goes through the broker: calls without a payload, which may be lost."""

from __future__ import annotations

import runpy
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import Celery, current_app
from django.core import mail as django_mail
from django.db import connection, transaction
from kombu.exceptions import OperationalError
from pytest_django import Settings

from guests import tasks
from guests.models import Breaker, OutgoingEmail
from guests.outbox import drain as draining
from guests.outbox.claim import Batch
from rsvp_site import settings as site
from rsvp_site.doorbell import Doorbell
from rsvp_site.seldom import Seldom
from tests.factories import NOW, make_invitation, make_mail


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The calls that would go to the broker, with their arguments."""
    calls: list[tuple[str, Any]] = []
    for task in (tasks.tick, tasks.woken, tasks.deliver):
        monkeypatch.setattr(
            task, "apply_async", lambda name=task.name, **given: calls.append((name, given))
        )
    return calls


@pytest.fixture(autouse=True)
def _one_connection(settings: Settings) -> None:
    settings.MAIL_CONNECTIONS = 1


@pytest.fixture
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_a_tick_plans_and_calls_a_sender(published: list[tuple[str, Any]]) -> None:
    make_invitation()
    tasks.tick()
    assert OutgoingEmail.objects.count() == 1
    assert [name for name, _given in published] == ["guests.tasks.deliver"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_a_tick_right_behind_another_lets_those_who_send_go_first(
    published: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(tasks, "_rest", tasks._Rest())
    settings.TICK_SECONDS = 30.0
    tasks.tick.apply().get()
    make_invitation()
    tasks.tick.apply().get()
    assert not OutgoingEmail.objects.exists()
    settings.TICK_SECONDS = 0.0  # the rest is over
    tasks.tick.apply().get()
    assert OutgoingEmail.objects.count() == 1
    assert [given["expires"] for _name, given in published] == [tasks.SENDER_WAITS]


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_nobody_is_called_when_there_is_nothing_to_send(published: list[tuple[str, Any]]) -> None:
    tasks.tick()
    assert published == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_nobody_is_called_while_there_is_no_mail_server(published: list[tuple[str, Any]]) -> None:
    make_mail(make_invitation(next_mail_at=None).contacts.get())
    Breaker.objects.create(failures=1, open_until=NOW + timedelta(minutes=1))
    tasks.tick()
    assert published == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_a_sender_sends(published: list[tuple[str, Any]]) -> None:
    make_mail(make_invitation().contacts.get())
    tasks.deliver()
    assert len(django_mail.outbox) == 1
    assert published == []


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_a_sender_whose_time_is_up_asks_for_another(
    published: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mail(make_invitation().contacts.get())
    monkeypatch.setattr(tasks, "SLICE", 0.0)
    tasks.deliver()
    assert [name for name, _given in published] == ["guests.tasks.deliver"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_at_now")
def test_a_sender_that_gets_nothing_does_not_call_itself_at_once(
    published: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds all that is ready."""
    mail = make_mail(make_invitation().contacts.get())
    holds, lets_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(OutgoingEmail.objects.select_for_update().filter(pk=mail.pk))
            holds.set()
            lets_go.wait(30)
        connection.close()

    if connection.vendor == "postgresql":
        holder = threading.Thread(target=hold)
        holder.start()
        holds.wait(30)
        tasks.deliver()
        lets_go.set()
        holder.join()
    else:
        # Here others hold everything or nothing, so that they have to be imagined.
        monkeypatch.setattr(draining, "claim", lambda now, _limit: Batch(uuid.uuid4(), now))
        tasks.deliver()
    assert published == []


def test_a_call_for_a_tick_carries_nothing_and_outlives_clocks_that_differ(
    published: list[tuple[str, Any]],
) -> None:
    assert tasks.call_tick()
    assert site.CALL_SECONDS >= 300
    assert published == [("guests.tasks.woken", {"expires": site.CALL_SECONDS, "retry": False})]
    assert site.CELERY_BEAT_SCHEDULE["tick"]["options"] == {"expires": site.CALL_SECONDS}


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_now")
def test_a_call_for_a_sender_dies_with_the_next_tick(
    published: list[tuple[str, Any]], settings: Settings
) -> None:
    """Else they would pile up before the ticks while much is to be sent."""
    settings.TICK_SECONDS = 30.0
    make_invitation()
    tasks.tick()
    assert published == [("guests.tasks.deliver", {"expires": 30.0, "retry": False})]


def test_whoever_wakes_the_workers_does_not_wait_for_the_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called, answered = threading.Event(), threading.Event()

    def hang(**_given: Any) -> None:
        called.set()
        answered.wait(60)

    monkeypatch.setattr(tasks, "_bell", Doorbell(tasks.call_tick))
    monkeypatch.setattr(tasks.woken, "apply_async", hang)
    tasks.wake()  # would not come back
    assert called.wait(60)
    tasks.wake()
    answered.set()


def test_a_broker_that_is_away_is_said_once_and_harms_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(**_given: Any) -> None:
        raise OperationalError("redis://us:secret@host is away")

    monkeypatch.setattr(tasks, "_seldom", Seldom())
    monkeypatch.setattr(tasks.woken, "apply_async", away)
    for _ in range(3):
        assert not tasks.call_tick()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "secret" not in caplog.text


def _nothing() -> None:
    """A task to call."""


@pytest.fixture
def hanging_broker(settings: Settings) -> Iterator[str]:
    """Something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(listening.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        listening.shutdown(socket.SHUT_RDWR)
        for one in taken:
            one.close()


def test_a_broker_that_hangs_holds_nobody_for_long(hanging_broker: str) -> None:
    real = runpy.run_path(str(site.__file__))  # and not as the tests change it
    hung = Celery(
        "hung",
        broker=hanging_broker,
        set_as_current=False,
        broker_transport_options=real["CELERY_BROKER_TRANSPORT_OPTIONS"],
        broker_connection_timeout=real["CELERY_BROKER_CONNECTION_TIMEOUT"],
        task_publish_retry=real["CELERY_TASK_PUBLISH_RETRY"],
        task_ignore_result=True,
    )
    task = hung.task(_nothing)
    started = time.monotonic()
    tasks._publish(task, 30.0)
    # seconds on a quiet machine; without the bounds it never comes back at all
    assert time.monotonic() - started < 60


def test_the_names_are_those_that_beat_calls() -> None:
    beat = current_app.conf.beat_schedule or {}
    assert {entry["task"] for entry in beat.values()} == {tasks.tick.name}
    assert tasks.tick.name == "guests.tasks.tick"
