"""The large database for benchmarks: everything in it stands as if it had gone the usual way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from guests.audit import audit
from guests.load import MailWouldGoOut, Wish, fill
from guests.models import Contact, Invitation, OutgoingEmail, State
from guests.planner import expected_next, plan
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import make_invitation

pytestmark = pytest.mark.django_db

# One moment for every zone in which it can be day.
HOURS = [datetime(2027, 1, 15, hour, 20, tzinfo=UTC) for hour in (0, 3, 6, 9, 12, 15, 18, 21)]


@pytest.mark.parametrize("now", HOURS, ids=[f"{now:%H}h" for now in HOURS])
def test_so_many_homes_are_due_and_the_audit_finds_nothing(now: datetime) -> None:
    fill(Wish(parties=4, invitations=40, due=13), now, mail_may_go_out=True)
    assert [name for name, rows in audit(now).items() if rows] == []
    assert Invitation.objects.due(now).count() == 13
    assert plan(now).queued == 13
    reminders = OutgoingEmail.objects.filter(kind=Kind.REMINDER.value, state=State.QUEUED)
    assert reminders.count() == 13
    assert plan(now).households == 0


def test_homes_are_spread_evenly_and_most_say_nothing_yet() -> None:
    now = HOURS[0]
    fill(Wish(parties=7, invitations=100), now, mail_may_go_out=True)
    sizes = [party.invitations.count() for party in Party.objects.all()]
    assert (sum(sizes), max(sizes) - min(sizes)) == (100, 1)
    assert Invitation.objects.filter(answer=Answer.SILENT.value).count() == 70
    assert Invitation.objects.filter(answer=Answer.ACCEPTED.value).count() == 20
    assert Invitation.objects.due(now).count() == 0
    assert Invitation.objects.filter(next_mail_at=None).count() == 10  # those who cannot come


def test_the_next_moment_is_what_the_plan_says() -> None:
    fill(Wish(parties=50, invitations=500, due=20), HOURS[3], mail_may_go_out=True)
    noted = dict(Invitation.objects.values_list("pk", "next_mail_at"))
    assert noted == expected_next(noted)


def test_it_adds_to_what_is_there_and_leaves_room_for_more() -> None:
    mine = make_invitation(emails=("anna@example.com",))
    for _ in range(2):
        fill(Wish(parties=1, invitations=10), HOURS[0], mail_may_go_out=True)
    other = make_invitation(emails=("ben@example.com",))
    assert Invitation.objects.count() == 22
    assert other.pk > mine.pk
    assert Contact.objects.get(invitation=mine).address is not None


def test_it_is_refused_where_mail_would_go_out(settings: Settings) -> None:
    settings.EMBEDDED_MAILBOX = False
    with pytest.raises(MailWouldGoOut):
        fill(Wish(parties=1, invitations=1), HOURS[0])
    with pytest.raises(CommandError, match="mail server is configured"):
        call_command("seed_load", parties=1, invitations=1)
    assert not Party.objects.exists()


def test_the_command_says_what_it_made(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed_load", parties=2, invitations=6, due=3, mail_may_go_out=True)
    assert "2 parties with 6 homes, 3 of them due" in capsys.readouterr().out
    assert Invitation.objects.due(timezone.now()).count() == 3


@pytest.mark.parametrize(
    ("parties", "invitations", "due"), [(0, 5, 0), (5, 4, 0), (1, 5, 6), (1, 5, -1)], ids=str
)
def test_what_cannot_be_is_refused(parties: int, invitations: int, due: int) -> None:
    with pytest.raises(CommandError):
        call_command("seed_load", parties=parties, invitations=invitations, due=due)
