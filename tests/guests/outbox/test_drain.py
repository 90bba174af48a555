"""Sending by several senders at once, to whatever takes mail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from pytest_django import Settings

from guests.models import Breaker, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.outcome import Result
from guests.outbox.recover import recover
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_mail
from tests.guests.outbox.conftest import Clock, Send, small
from tests.smtp import MailServer


def make_ready(count: int) -> list[OutgoingEmail]:
    return [
        make_mail(make_invitation(emails=(f"parent+{n}@example.com",)).contacts.get())
        for n in range(count)
    ]


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_send_each_mail_once(server: MailServer) -> None:
    mails = make_ready(60)
    barrier = threading.Barrier(2)

    def run() -> None:
        try:
            barrier.wait()
            drain(lambda: NOW, connections=1, compose=small)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(OutgoingEmail.objects.values_list("state", flat=True)) == {State.SENT}
    arrived = [mail.message_id for mail in server.mails]
    assert sorted(arrived) == sorted(mail.message_id for mail in mails)


@pytest.mark.django_db(transaction=True)
def test_several_connections_share_the_work(server: MailServer) -> None:
    server.manners.delay = 0.005
    mails = make_ready(60)
    assert drain(lambda: NOW, connections=4, compose=small) == {Result.SENT: 60}
    assert len({mail.message_id for mail in server.mails}) == len(mails) == len(server.mails)
    assert server.ledger.connections == 4


@pytest.mark.django_db(transaction=True)
def test_a_few_mails_are_not_worth_more_than_one_connection(server: MailServer) -> None:
    make_ready(5)
    assert drain(lambda: NOW, connections=4, compose=small) == {Result.SENT: 5}
    assert server.ledger.connections == 1


@pytest.mark.django_db(transaction=True)
def test_what_breaks_in_a_thread_is_raised_and_the_rest_is_put_back(server: MailServer) -> None:
    make_ready(30)

    def broken() -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        drain(lambda: NOW, connections=3, compose=small, transport=broken)
    assert set(OutgoingEmail.objects.values_list("state", flat=True)) == {State.QUEUED}


@pytest.mark.django_db
def test_the_deadline_ends_it_and_puts_the_rest_back(server: MailServer, send: Send) -> None:
    server.manners.delay = 0.03
    make_ready(10)
    done = send(deadline=0.3)
    sent = done[Result.SENT]
    assert 0 < sent < 10
    left = OutgoingEmail.objects.filter(state=State.QUEUED)
    assert left.count() == 10 - sent
    assert set(left.values_list("attempts", flat=True)) == {0}


@pytest.mark.django_db
def test_an_empty_queue_opens_no_connection(server: MailServer, send: Send) -> None:
    assert send() == {}
    assert server.ledger.connections == 0


@pytest.mark.django_db
def test_one_connection_carries_many_mails(server: MailServer, send: Send) -> None:
    make_ready(25)
    assert send() == {Result.SENT: 25}
    assert server.ledger.connections == 1


class Backend(BaseEmailBackend):
    """A mail backend of somebody else, which does as it is told."""

    does: Callable[[EmailMessage], int | None] = staticmethod(lambda _message: 1)
    seen: list[bytes] = []

    def send_messages(self, messages: Any) -> Any:
        (message,) = messages
        Backend.seen.append(message.message().as_bytes(linesep="\r\n"))
        return Backend.does(message)


class Refused(Exception):
    def __init__(self, status_code: int | None = None) -> None:
        super().__init__()
        self.status_code = status_code


def raises(error: Exception) -> Callable[[EmailMessage], int]:
    def does(_message: EmailMessage) -> int:
        raise error

    return does


FOREIGN = [
    ("counts one", lambda _message: 1, State.SENT),
    ("counts nothing at all", lambda _message: None, State.SENT),
    ("sends none", lambda _message: 0, State.QUEUED),
    ("breaks", raises(OSError()), State.UNCERTAIN),
    ("breaks in some way", raises(RuntimeError()), State.UNCERTAIN),
    ("the service says no", raises(Refused(400)), State.FAILED),
    ("the service says slow down", raises(Refused(429)), State.QUEUED),
    ("the service is broken", raises(Refused(500)), State.UNCERTAIN),
]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.INVITATION])
@pytest.mark.parametrize(
    ("does", "state"), [row[1:] for row in FOREIGN], ids=[r[0] for r in FOREIGN]
)
def test_any_other_backend_works_behind_the_same_interface(
    settings: Settings, send: Send, does: Any, state: State, kind: Kind, monkeypatch: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Backend"
    monkeypatch.setattr(Backend, "does", staticmethod(does))
    contact = make_invitation(reached=kind is Kind.REMINDER).contacts.get()
    mail = make_mail(contact, kind=kind, occasion="by hand")
    send()
    mail.refresh_from_db()
    assert mail.state == state
    assert not Breaker.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_service_that_does_not_serve_us_costs_no_mail(
    settings: Settings, send: Send, clock: Clock, status: int, monkeypatch: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Backend"
    monkeypatch.setattr(Backend, "does", staticmethod(raises(Refused(status))))
    make_ready(3)
    for _ in range(4):
        assert send() == {Result.NO_SERVER: 1}
        clock.moment = Breaker.objects.get().open_until or clock()
    assert set(OutgoingEmail.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}
    monkeypatch.setattr(Backend, "does", staticmethod(lambda _message: 1))
    assert send() == {Result.SENT: 3}


@pytest.mark.django_db
def test_another_backend_gets_the_same_bytes_the_second_time(
    settings: Settings, send: Send, clock: Clock, monkeypatch: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Backend"
    monkeypatch.setattr(Backend, "seen", [])
    monkeypatch.setattr(Backend, "does", staticmethod(raises(OSError())))
    mail = make_ready(1)[0]
    send()
    clock.move(minutes=6)
    recover(clock())
    monkeypatch.setattr(Backend, "does", staticmethod(lambda _message: 1))
    send()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    first, second = Backend.seen
    assert first == second


@pytest.mark.django_db
def test_a_mail_to_memory_is_a_mail(send: Send) -> None:
    make_ready(2)
    assert send() == {Result.SENT: 2}
    assert [message.to for message in django_mail.outbox] == [
        ["parent+0@example.com"],
        ["parent+1@example.com"],
    ]
