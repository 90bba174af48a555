"""Trouble that is no fault of the mail in hand: a database that stumbles, and time that is up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError
from pytest_django import Settings

from guests.models import OutgoingEmail, State
from guests.outbox.claim import lease
from guests.outbox.record import MAX_COMPOSING
from guests.outbox.recover import recover
from guests.reasons import Reason
from parties.words import Kind
from tests.factories import make_invitation, make_mail
from tests.guests.outbox.conftest import Clock, Send, small
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db
HERE = "tests.guests.outbox.test_cut_short"


def reminder(email: str = "anna@example.com") -> OutgoingEmail:
    contact = make_invitation(emails=(email,), reached=True).contacts.get()
    return make_mail(contact, kind=Kind.REMINDER, occasion="by hand")


@contextmanager
def time_is_up_after(seconds: float) -> Iterator[None]:
    """As Celery does it: a signal, and the exception wherever we are."""

    def ring(*_signal: Any) -> NoReturn:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, SoftTimeLimitExceeded])
def test_what_stops_the_composing_does_not_make_a_mail_one_that_cannot_be_composed(
    send: Send, clock: Clock, error: type[Exception]
) -> None:
    mail = reminder()
    OutgoingEmail.objects.filter(pk=mail.pk).update(attempts=MAX_COMPOSING)

    def stumbles(_mail: OutgoingEmail, _now: datetime) -> NoReturn:
        raise error

    with pytest.raises(error):
        send(compose=stumbles)
    clock.moment += 2 * lease()
    recover(clock())
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.QUEUED, "")


def test_refusals_are_no_failures_to_compose(send: Send, server: MailServer, clock: Clock) -> None:
    mail = reminder("451rcpt@example.com")

    def fails(_mail: OutgoingEmail, _now: datetime) -> NoReturn:
        raise ZeroDivisionError

    for compose in [small] * MAX_COMPOSING + [fails] * MAX_COMPOSING:
        mail.refresh_from_db()
        assert mail.state == State.QUEUED
        clock.moment = max(clock(), mail.not_before)
        send(compose=compose)
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.FAILED, Reason.NOT_COMPOSED)


@pytest.mark.parametrize(
    ("behaviour", "state"),
    [
        ("hangrcpt", State.QUEUED),
        ("hangdata", State.QUEUED),
        ("hangdot", State.UNCERTAIN),
    ],
)
def test_a_reminder_whose_time_is_up_is_held_only_from_the_dot_on(
    server: MailServer, send: Send, settings: Settings, behaviour: str, state: State
) -> None:
    settings.EMAIL_TIMEOUT = 20
    mail, other = reminder(f"{behaviour}@example.com"), reminder("ben@example.com")
    with time_is_up_after(1), pytest.raises(SoftTimeLimitExceeded):
        send()
    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.state, other.state, other.attempts) == (state, State.QUEUED, 0)
    assert "QUIT" not in server.ledger.commands


class Slow(BaseEmailBackend):
    """A mail service that says nothing until our time is up."""

    where = "send"

    def open(self) -> bool:
        if self.where == "open":
            raise SoftTimeLimitExceeded
        return True

    def send_messages(self, _messages: Any) -> int:
        raise SoftTimeLimitExceeded


@pytest.mark.parametrize(("where", "state"), [("open", "queued"), ("send", "uncertain")])
def test_a_mail_service_may_have_taken_what_was_given_to_it(
    settings: Settings, send: Send, monkeypatch: pytest.MonkeyPatch, where: str, state: str
) -> None:
    settings.EMAIL_BACKEND = f"{HERE}.Slow"
    monkeypatch.setattr(Slow, "where", where)
    mail = reminder()
    with pytest.raises(SoftTimeLimitExceeded):
        send()
    mail.refresh_from_db()
    assert mail.state == state
