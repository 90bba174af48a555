"""The demo: three stories brought to today through the same doors as everything else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from guests import demo
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from parties.models import Host, Party
from parties.words import Answer, Kind
from tests.factories import make_invitation

pytestmark = pytest.mark.django_db(transaction=True)

# A Wednesday at noon in London, and one at three in the night.
NOON = datetime(2027, 5, 26, 11, tzinfo=UTC)
NIGHT = datetime(2027, 5, 26, 2, tzinfo=UTC)


@pytest.mark.parametrize("now", [NOON, NIGHT], ids=["at noon", "at night"])
def test_the_three_stories_stand_as_they_would_today(now: datetime) -> None:
    demo.seed(now)
    jj = Party.objects.get(child_name="JJ")
    assert sorted(Party.objects.values_list("child_name", flat=True)) == ["JJ", "Jamie", "M"]
    assert jj.invitations.count() == 22
    assert jj.invitations.filter(answer=Answer.ACCEPTED.value).count() == 3
    assert Party.objects.filter(starts_at__lte=now).count() == 0
    paper = Party.objects.get(child_name="M").invitations.filter(contacts__address=None)
    assert paper.count() >= 4


def test_its_past_happened_by_the_same_rules() -> None:
    demo.seed(NOON)
    sent = OutgoingEmail.objects.filter(state=State.SENT)
    assert sent.filter(kind=Kind.REMINDER.value).exists()
    assert not OutgoingEmail.objects.filter(state=State.FAILED).exists()
    assert len(mail.outbox) == sent.count()
    for reminder in sent.filter(kind=Kind.REMINDER.value).select_related("invitation", "party"):
        assert reminder.handed_at is not None
        assert reminder.invitation is not None
        local = reminder.handed_at.astimezone(reminder.party.zone)
        assert 8 <= local.hour < 20
        answered_at = reminder.invitation.answered_at
        assert answered_at is None or answered_at > reminder.handed_at
    call_command("audit")


def test_every_address_is_an_example() -> None:
    demo.seed(NOON)
    for email in Address.objects.values_list("email", flat=True):
        assert email.endswith("@example.org")
    for name in Contact.objects.values_list("name", flat=True):
        assert " " not in name


def test_seeding_again_changes_nothing() -> None:
    demo.seed(NOON)
    before = (OutgoingEmail.objects.count(), Invitation.objects.count())
    call_command("seed_demo")
    assert (OutgoingEmail.objects.count(), Invitation.objects.count()) == before


def test_one_command_removes_it_and_nothing_else() -> None:
    mine = make_invitation(emails=("amal@example.org", "me@example.com"))
    demo.seed(NOON)
    call_command("seed_demo", "--remove")
    assert list(Party.objects.all()) == [mine.party]
    assert list(Host.objects.all()) == [mine.party.host]
    assert sorted(Address.objects.values_list("email", flat=True)) == [
        "amal@example.org",
        "me@example.com",
    ]


def test_it_is_not_made_where_mail_would_really_go_out(settings: Settings) -> None:
    settings.EMBEDDED_MAILBOX = False
    with pytest.raises(CommandError, match="mail server"):
        call_command("seed_demo")
    assert not Host.objects.exists()
