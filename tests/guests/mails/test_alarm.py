"""The alarm's mail: calm words, the numbers, and exactly three things that help."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from guests.bouncing import mark_bounced
from guests.looking import look
from guests.mails.compose import compose, for_composing
from guests.models import OutgoingEmail
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_party
from tests.guests.mails.reading import Received, receive
from tests.guests.mails.test_to_families import both

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
AMBER = datetime(2027, 6, 6, 8, tzinfo=LONDON)
RED = datetime(2027, 6, 8, 12, tzinfo=LONDON)
BLACK = datetime(2027, 6, 10, 12, tzinfo=LONDON)
LEVELS = pytest.mark.parametrize("now", [AMBER, RED, BLACK], ids=["amber", "red", "black"])


@pytest.fixture
def party() -> Party:
    return make_party(enough=5)


def fill(party: Party, **children: int) -> None:
    """So many homes of one child each, by where they stand."""
    number = 0
    for stand, count in children.items():
        for _ in range(count):
            number += 1
            home = make_invitation(
                party,
                guests=(f"Child{number}",),
                emails=(f"p{number}@example.com",),
                reached=stand != "new",
                invited_at=None if stand == "new" else NOW,
                answer=Answer(stand) if stand in set(Answer) else Answer.SILENT,
            )
            address = home.contacts.get().address_id
            if stand == "lost" and address is not None:
                mark_bounced(address_id=address, now=NOW)


def alarm(now: datetime) -> Received:
    look(now)
    return receive(OutgoingEmail.objects.get(kind=Kind.ALARM.value), now)


def test_it_says_how_it_stands(party: Party) -> None:
    fill(party, accepted=3, silent=11, lost=4, tentative=1, declined=2, new=1)
    mail = alarm(AMBER)
    assert mail.subject == "JJ's party on Saturday 12 June: a few more would be good"
    for said in both(mail):
        assert "2 more would make it a good party" in said
        assert "You hoped for 5 children. So far 3 say yes." in said
        assert "Families have until Monday 7 June to answer." in said
        assert "11 children are silent. 4 were not reached. 1 is not sure." in said
        assert "1 is not invited yet." in said
        assert "Some were never reached, and may not know about the party." in said


@pytest.mark.parametrize(
    ("now", "subject", "title"),
    [
        (AMBER, "a few more would be good", "5 more would make it a good party"),
        (RED, "a call helps most now", "A call helps most now"),
        (BLACK, "three things that help today", "There is still time to fill the table"),
    ],
    ids=["amber", "red", "black"],
)
def test_each_level_has_its_own_words(
    party: Party, now: datetime, subject: str, title: str
) -> None:
    fill(party, silent=6)
    mail = alarm(now)
    assert mail.subject == f"JJ's party on Saturday 12 June: {subject}"
    for said in both(mail):
        assert title in said
        assert "The first yes is still to come." in said


@LEVELS
def test_exactly_three_buttons_lead_to_three_things_that_help(party: Party, now: datetime) -> None:
    fill(party, silent=6)
    mail = alarm(now)
    here = f"http://localhost:8000/parties/{party.pk}/"
    assert mail.page.links == [f"{here}calls/", f"{here}homes/add/", f"{here}edit/"]
    for label, link in zip(
        ("Call list", "Invite more homes", "Edit the party"), mail.page.links, strict=True
    ):
        assert f"{label}: {link}\n" in mail.text
        assert label in mail.page.text
    assert mail.text.count("http") == 3


@LEVELS
def test_the_three_pages_are_there(party: Party, now: datetime) -> None:
    fill(party, silent=6)
    client = Client()
    client.force_login(party.host)
    for link in alarm(now).page.links:
        assert client.get(urlsplit(link).path).status_code == 200


@LEVELS
def test_it_frightens_and_blames_nobody(party: Party, now: datetime) -> None:
    fill(party, silent=6, lost=2)
    for said in both(alarm(now)):
        for word in ("nobody is coming", "no one is coming", "only", "empty", "!", "nobody has"):
            assert word not in said.lower()


@LEVELS
def test_nothing_private_stands_in_subject_and_preview(party: Party, now: datetime) -> None:
    party.place = "Victoria Park"
    fill(party, accepted=1, silent=6)
    mail = alarm(now)
    head = mail.subject + mail.page.text.split("JJ’s party", 1)[0]
    assert "How it stands, and three things that help." in head
    for private in ("Child", "example.com", "Victoria", "Anna"):
        assert private not in head
    for said in both(mail):
        assert "Child1" not in said


def test_one_child_of_each_is_one(party: Party) -> None:
    Party.objects.update(enough=2)
    fill(party, accepted=1, silent=1, lost=1)
    for said in both(alarm(AMBER)):
        assert "One more would make it a good party" in said
        assert "So far 1 says yes." in said
        assert "1 child is silent. 1 was not reached." in said


def test_it_takes_a_handful_of_queries_for_any_number_of_homes(
    party: Party, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fill(party, silent=30)
    look(RED)
    row = for_composing(OutgoingEmail.objects.filter(kind=Kind.ALARM.value)).get()
    with django_assert_max_num_queries(8):
        compose(row, RED)
