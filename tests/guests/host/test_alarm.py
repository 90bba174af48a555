"""The alarm on the party's page of today, and the way to the call list."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from guests.inviting import NewContact, NewHousehold, add_households, invite
from guests.links import answer_path
from guests.looking import look
from guests.models import Invitation, State
from parties.models import Party
from parties.services import cancel_party
from parties.words import Answer
from tests.factories import make_contact, make_invitation, make_mail, make_response

LONDON = ZoneInfo("Europe/London")
CALL_LIST = "Call list</a>"


def june(day: int, hour: int) -> datetime:
    return datetime(2027, 6, day, hour, tzinfo=LONDON)


@pytest.fixture
def silent(party: Party) -> list[Invitation]:
    return [make_invitation(party, guests=(f"Child{one}",), reached=True) for one in range(5)]


def shown(dee: Client, party: Party) -> str:
    return dee.get(f"/parties/{party.pk}/").content.decode()


def accept(home: Invitation, now: datetime) -> None:
    make_response(home, Answer.ACCEPTED, now=now)


@pytest.mark.parametrize(
    ("now", "level", "words"),
    [
        (june(6, 12), "amber", ("3 more would make it a good party", "Act soon")),
        (june(8, 12), "red", ("A call helps most now", "Act now")),
        (june(10, 12), "black", ("There is still time to fill the table", "Act today")),
    ],
    ids=["amber", "red", "black"],
)
def test_each_level_is_said_in_words_with_three_things_that_help(
    dee: Client,
    party: Party,
    silent: list[Invitation],
    clock: Traveller,
    now: datetime,
    level: str,
    words: tuple[str, ...],
) -> None:
    clock.move_to(now)
    text = shown(dee, party)
    banner = text.split('id="h-alarm"')[1].split("</section>")[0]
    assert f'data-level="{level}"' in text
    for said in (*words, "You hoped for 3 children.", "5 children are silent."):
        assert said in banner
    for path in ("calls/", "homes/add/", "edit/"):
        assert f'href="/parties/{party.pk}/{path}"' in banner
    assert banner.count("<a ") == 3


def test_it_stands_before_what_needs_the_host(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    clock.move_to(june(8, 12))
    text = shown(dee, party)
    assert text.index("No yes yet.") < text.index('id="h-alarm"')
    assert text.index('id="h-alarm"') < text.index("What needs you today")


def test_it_says_since_when(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    look(june(8, 12))
    clock.move_to(june(9, 9))
    assert "Since Tuesday 8 June, 12 noon." in shown(dee, party)


def test_before_a_tick_has_seen_it_it_is_there_already(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    clock.move_to(june(8, 12))
    text = shown(dee, party)
    assert 'data-level="red"' in text
    assert "Since " not in text


def test_with_enough_yes_it_is_gone_at_once_and_a_kind_line_stays(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    look(june(8, 12))
    for home in silent[:3]:
        accept(home, june(8, 13))
    clock.move_to(june(8, 13))
    text = shown(dee, party)
    assert "h-alarm" not in text
    assert "Enough children say yes for a good party." in text


def test_a_party_that_was_always_calm_says_nothing_of_it(
    dee: Client, party: Party, silent: list[Invitation]
) -> None:
    for home in silent[:3]:
        accept(home, june(1, 12))
    text = shown(dee, party)
    assert "h-alarm" not in text
    assert "for a good party" not in text


@pytest.mark.parametrize("why", ["cancelled", "over"])
def test_a_party_that_is_no_more_has_no_alarm(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller, why: str
) -> None:
    look(june(8, 12))
    if why == "cancelled":
        cancel_party(party=party, note="", now=june(8, 13))
    clock.move_to(june(8, 13) if why == "cancelled" else party.ends_at)
    assert "h-alarm" not in shown(dee, party)


def test_a_family_never_sees_it(party: Party, silent: list[Invitation], clock: Traveller) -> None:
    look(june(8, 12))
    clock.move_to(june(8, 12))
    page = Client().get(answer_path(silent[0].contacts.get())).content.decode()
    for word in ("alarm", "good party", "A call helps", "data-level"):
        assert word not in page


# -- the call list at once ------------------------------------------------------------------------
def test_after_reply_by_the_silent_are_to_be_called(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    for home in silent[:3]:
        accept(home, june(1, 12))
    clock.move_to(june(7, 12))
    assert "still silent" not in shown(dee, party)
    clock.move_to(june(8, 12))
    needs = shown(dee, party).split("What needs you today")[1].split("</section>")[0]
    assert "2 homes are still silent" in needs
    assert "Your reply-by day is over, so a call is quickest." in needs
    assert CALL_LIST in needs


def test_the_alarm_leads_there_already(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    clock.move_to(june(8, 12))
    assert "still silent" not in shown(dee, party)


def test_on_short_notice_the_call_list_comes_at_once(
    dee: Client, party: Party, clock: Traveller
) -> None:
    Party.objects.update(enough=1)
    now = june(6, 9)  # reply-by is tomorrow, and each home has two days at least
    clock.move_to(now)
    accept(make_invitation(party, reached=True), now)
    contact = NewContact("Anna", "anna@example.com")
    (home,) = add_households(party=party, households=[NewHousehold(("Zoe",), (contact,))], now=now)
    invite(party=party, now=now)
    make_mail(home.contacts.get(), state=State.SENT)
    needs = shown(dee, party).split("What needs you today")[1].split("</section>")[0]
    assert "1 home is still silent" in needs
    assert "There is not much time, so a call is quickest." in needs
    assert CALL_LIST in needs


def test_it_takes_no_more_queries_than_before(
    dee: Client, party: Party, silent: list[Invitation], clock: Traveller
) -> None:
    for home in silent:
        make_contact(home, "another@example.com")
    clock.move_to(june(8, 12))
    with CaptureQueriesContext(connection) as queries:
        assert "h-alarm" in shown(dee, party)
    assert len(queries) <= 8


def test_homes_that_are_not_invited_yet_count_after_a_day(
    dee: Client, party: Party, clock: Traveller
) -> None:
    make_invitation(party, guests=("Zoe",), invited_at=None)
    Invitation.objects.update(created_at=june(8, 12))
    clock.move_to(june(9, 11))
    assert "h-alarm" not in shown(dee, party)
    clock.shift(timedelta(hours=1))
    assert "1 is not invited yet." in shown(dee, party)
