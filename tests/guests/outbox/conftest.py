"""A mail server, a clock, and a mail as small as can be."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Protocol

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from pytest_django import Settings

from guests.models import OutgoingEmail
from guests.outbox.drain import Drained, drain
from tests.factories import NOW
from tests.smtp import MailServer


class Clock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


def small(mail: OutgoingEmail, now: datetime) -> EmailMessage:
    """A mail that says when and where, and nothing else."""
    recipient = mail.address.email if mail.address else mail.host.email if mail.host else ""
    message = EmailMultiAlternatives(
        subject=f"{mail.kind} of {mail.party.child_name}",
        body=f"Come to {mail.party.place}, revision {mail.party.revision}.\n.\nA line with a dot.",
        from_email="Dee <hello@fulltable.example>",
        to=[recipient],
        headers={
            "Message-ID": mail.message_id,
            "Date": now.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        },
    )
    message.attach_alternative("<p>Come! Zoë’s coming too.</p>", "text/html")
    return message


class Send(Protocol):
    def __call__(self, **over: Any) -> Drained: ...


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """A mail server that the site sends by."""
    with MailServer() as running:
        use(settings, running)
        yield running


@pytest.fixture
def send(clock: Clock) -> Send:
    """Send what is ready by the clock of the test."""

    def run(**over: Any) -> Drained:
        given: dict[str, Any] = {
            "connections": 1,
            "compose": small,
            "rng": random.Random(7),
            **over,
        }
        return drain(given.pop("now", clock), **given)

    return run


def use(settings: Settings, server: MailServer, **over: Any) -> None:
    for name, value in server.settings(**over).items():
        setattr(settings, name, value)


Hook = Callable[[str], None]
