"""`manage.py tick`: the driver that needs no Celery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from guests.models import Address, Invitation, OutgoingEmail, State
from guests.outbox import tick as ticking
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party, make_response

pytestmark = pytest.mark.django_db
REMINDED = datetime(2027, 5, 28, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _one_connection(settings: Settings) -> None:
    settings.MAIL_CONNECTIONS = 1


def tick(*args: str, now: datetime = NOW) -> None:
    with time_machine.travel(now, tick=False):
        call_command("tick", *args)


def stored() -> list[Any]:
    """Everything that a tick could change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (OutgoingEmail, Invitation, Address)
    ]


def test_it_plans_and_leaves_the_sending_to_the_workers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_invitation()
    tick()
    assert OutgoingEmail.objects.get().state == State.QUEUED
    assert capsys.readouterr().out.startswith("planned 1, not needed 0, news 0, released 0")
    assert django_mail.outbox == []


def test_with_drain_it_sends_until_the_queue_is_empty(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(3):
        make_invitation()
    tick("--drain")
    assert len(django_mail.outbox) == 3
    assert "sent 3, waiting 0" in capsys.readouterr().out


def test_by_itself_it_reminds_the_silent_and_nobody_else() -> None:
    party = make_party()
    silent = make_invitation(party, emails=("silent@example.com",))
    make_invitation(party, emails=("coming@example.com",))
    tick("--drain")
    coming = Invitation.objects.exclude(pk=silent.pk).get()
    make_response(coming, Answer.ACCEPTED, now=NOW)
    tick("--drain", now=NOW + timedelta(minutes=10))
    django_mail.outbox.clear()
    tick("--drain", now=REMINDED)
    tick("--drain", now=REMINDED + timedelta(minutes=1))
    reminders = OutgoingEmail.objects.filter(kind=Kind.REMINDER)
    assert [(mail.invitation, mail.state) for mail in reminders] == [(silent, State.SENT)]
    assert [message.to for message in django_mail.outbox] == [['"Anna" <silent@example.com>']]


def test_a_rehearsal_says_what_would_go_and_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    party = make_party()
    homes = [make_invitation(party, reached=True, next_mail_at=NOW) for _ in range(3)]
    tick()
    capsys.readouterr()
    before = stored()
    tick("--dry-run", "--at", REMINDED.isoformat())
    out = capsys.readouterr().out
    to = ", ".join(str(home.pk) for home in homes)
    assert f"reminder          3  invitations {to}" in out
    assert "Nothing was changed." in out
    assert stored() == before
    assert django_mail.outbox == []


def test_a_rehearsal_knows_the_20_hours(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        make_invitation(emails=("anna@example.com",), reached=True)
    tick("--dry-run", "--at", REMINDED.isoformat())
    assert "reminder          1  invitations" in capsys.readouterr().out


def test_a_rehearsal_of_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    tick("--dry-run")
    assert "No mail would go." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--at", "2027-05-28T17:00Z"], "needs --dry-run"),
        (["--dry-run", "--at", "tomorrow"], "must be a moment like"),
        (["--dry-run", "--at", "2027-13-01T00:00"], "must be a moment like"),
        (["--dry-run", "--drain"], "choose one"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(args: list[str], sentence: str) -> None:
    make_invitation()
    with pytest.raises(CommandError, match=sentence):
        tick(*args)
    assert not OutgoingEmail.objects.exists()


def test_a_part_that_breaks_does_not_keep_the_others_from_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_now: datetime) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ticking, "plan", broken)
    contact = make_invitation().contacts.get()
    mail = make_mail(contact, state=State.CLAIMED, at=NOW - timedelta(hours=1))
    with pytest.raises(CommandError, match="Did not finish: plan"):
        tick()
    mail.refresh_from_db()
    assert mail.state == State.QUEUED
