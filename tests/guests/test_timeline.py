"""What went out and what goes out next, as the host reads it.

The party is JJ's: Saturday 12 June 2027 at 14:00 in London, reply by Monday 7 June, invited Monday
24 May at 12:00.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from guests import timeline
from guests.household import gather
from guests.models import Invitation, State
from guests.planner import plan
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_party, make_response

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def party() -> Party:
    return make_party()


def upcoming(now: datetime = NOW) -> list[tuple[str, str, int]]:
    gathered = gather(list(Invitation.objects.select_related("party").order_by("pk")), whole=True)
    return [
        (line.at.astimezone(LONDON).strftime("%d.%m. %H:%M"), line.kind.value, line.homes)
        for line in timeline.upcoming(gathered, now)
        if not line.why
    ]


REMINDERS = [
    ("28.05. 18:00", "reminder", 2),
    ("05.06. 09:00", "reminder", 2),
    ("07.06. 09:00", "reminder", 2),
]


def test_who_has_just_tapped_send_sees_the_whole_plan(party: Party) -> None:
    for name in ("a", "b"):
        make_invitation(party, emails=(f"{name}@example.com",))
    expected = [("24.05. 12:00", "invitation", 2), *REMINDERS]
    assert upcoming() == expected
    plan(NOW)  # now the mails wait in the outbox
    assert upcoming() == expected


def test_a_home_that_was_not_invited_has_no_plan(party: Party) -> None:
    make_invitation(party, invited_at=None)
    assert upcoming() == []


def test_an_invitation_that_failed_brings_no_reminders(party: Party) -> None:
    home = make_invitation(party, emails=())
    make_mail(make_contact(home, "a@example.com"), state=State.FAILED)
    assert upcoming() == []


def test_at_night_an_overdue_reminder_is_shown_for_the_morning(party: Party) -> None:
    make_invitation(party, reached=True)
    night = datetime(2027, 5, 28, 23, tzinfo=LONDON)
    assert upcoming(night)[0] == ("29.05. 08:00", "reminder", 1)


def test_confirmations_do_not_bury_what_went_out(party: Party) -> None:
    home = make_invitation(party, reached=True)
    response = make_response(home, Answer.ACCEPTED)
    make_mail(
        home.contacts.get(),
        kind=Kind.CONFIRMATION,
        occasion=str(response.pk),
        state=State.SENT,
        at=NOW + timedelta(minutes=10),
    )
    gathered = gather(list(Invitation.objects.select_related("party")))
    assert [line.kind for line in timeline.done(gathered)] == [Kind.INVITATION]
