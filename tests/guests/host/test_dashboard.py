"""The party's page of today."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from guests.models import Address, Channel, Invitation, State
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_response

MOST_QUERIES = 8


@pytest.fixture
def path(party: Party) -> str:
    return f"/parties/{party.pk}/"


def shown(dee: Client, path: str) -> str:
    return dee.get(path).content.decode()


def test_it_begins_with_how_many_children_come(dee: Client, path: str, party: Party) -> None:
    make_invitation(party, guests=("Ben", "Bella"), reached=True, answer=Answer.ACCEPTED)
    make_invitation(party, guests=("Mia",), reached=True)
    text = shown(dee, path)
    assert "2 say yes." in text
    assert "1 is silent." in text
    assert text.index("2 say yes.") < text.index("What needs you today")
    assert text.index("What needs you today") < text.index("Who is silent")
    assert text.index("Who is silent") < text.index("What happens next")


def test_children_count_and_not_homes(dee: Client, path: str, party: Party) -> None:
    home = make_invitation(party, guests=("Ben", "Bella"), reached=True)
    ben, bella = home.guests.all()
    make_response(home, {ben.pk: Answer.ACCEPTED, bella.pk: Answer.DECLINED})
    text = shown(dee, path)
    assert "1 says yes." in text
    assert "1 can’t come" in text


def test_a_yes_for_the_old_plan_does_not_count(dee: Client, path: str, party: Party) -> None:
    make_invitation(party, reached=True, answer=Answer.ACCEPTED)
    party.day = date(2027, 6, 13)
    revise_party(party=party, changed={"day"}, now=NOW)
    text = shown(dee, path)
    assert "No yes yet." in text
    assert "1 home has not confirmed the new plan" in text


def test_two_answers_are_the_first_thing_that_needs_the_host(
    dee: Client, path: str, party: Party
) -> None:
    make_invitation(party, guests=("Leo",), emails=())
    home = make_invitation(party, guests=("Dylan",), reached=True, answer=Answer.ACCEPTED)
    make_response(home, Answer.DECLINED, channel=Channel.FAMILY)
    text = shown(dee, path)
    assert "No yes yet." in text
    assert text.index("1 home gave two answers") < text.index("1 home was not reached")
    assert f"/parties/{party.pk}/homes/{home.pk}/#answer" in text


def test_not_reached_is_not_silent(dee: Client, path: str, party: Party) -> None:
    lost = make_invitation(party, guests=("Leo",), emails=("katrin@gmial.com",), reached=True)
    Address.objects.filter(email="katrin@gmial.com").update(bounced_at=NOW)
    phoned = make_invitation(party, guests=("Samira",), emails=())
    make_contact(phoned, phone="+447700900118", name="")
    refused = make_invitation(party, guests=("Ava",))
    make_mail(refused.contacts.get(), state=State.FAILED, reason="refused")
    text = shown(dee, path)
    assert "3 homes were not reached" in text
    assert "Who is silent" not in text
    assert "Mail came back. katrin@gmial.com" in text
    fix = f"/homes/{lost.pk}/?correct={lost.contacts.get().pk}#contact"
    assert fix in text
    home_page = shown(dee, f"/parties/{party.pk}{fix.split('#')[0]}")
    assert "<details open>" in home_page
    assert f"/homes/{phoned.pk}/#link" in text
    assert 'href="tel:+447700900118"' in text
    assert "No address. 07700\N{NO-BREAK SPACE}900118<" in text
    assert "Their mail server refused it." in text


def test_a_mail_that_got_stuck_says_why(dee: Client, path: str, party: Party) -> None:
    home = make_invitation(party, reached=True)
    make_mail(home.contacts.get(), kind=Kind.REMINDER, occasion="7", state=State.UNCERTAIN)
    text = shown(dee, path)
    assert "1 mail got stuck" in text
    assert "It has most likely arrived." in text


@pytest.mark.parametrize("newest", [State.FAILED, State.SKIPPED, State.SENT])
def test_a_grown_up_who_is_not_reached_any_more_needs_the_host(
    dee: Client, path: str, party: Party, newest: State
) -> None:
    home = make_invitation(
        party, emails=("anna@example.com", "dan@example.com"), reached=True, answer=Answer.ACCEPTED
    )
    contact = home.contacts.first()
    assert contact is not None
    make_mail(contact, kind=Kind.STILL_ON, occasion="1", state=newest)
    Address.objects.filter(email="anna@example.com").update(bounced_at=NOW)
    text = shown(dee, path)
    assert "Mail came back. anna@example.com" in text
    assert f"/homes/{home.pk}/?correct={contact.pk}#contact" in text


def test_a_newer_mail_that_went_makes_an_older_one_no_trouble(
    dee: Client, path: str, party: Party
) -> None:
    contact = make_invitation(party, reached=True).contacts.get()
    make_mail(contact, kind=Kind.REMINDER, occasion="7", state=State.UNCERTAIN)
    make_mail(contact, kind=Kind.REMINDER, occasion="8", state=State.SENT)
    assert "got stuck" not in shown(dee, path)


def test_homes_that_are_not_invited_wait_and_are_not_counted(
    dee: Client, path: str, party: Party
) -> None:
    make_invitation(party, invited_at=None)
    text = shown(dee, path)
    assert "Nobody is invited yet." in text
    assert "1 home is not invited yet" in text


def test_it_shows_what_went_out_and_what_goes_out_next(
    dee: Client, path: str, party: Party, clock: Traveller
) -> None:
    make_invitation(party, reached=True)
    make_invitation(party, guests=("Ben",), reached=True)
    clock.shift(timedelta(hours=1))
    text = shown(dee, path)
    assert "Invitation to 2 homes" in text
    assert "Friday 28 May, 6 pm</time><strong>Reminder</strong> to 2 silent homes" in text
    assert "Monday 7 June, 9 am</time><strong>Last call</strong> to 2 silent homes" in text
    assert text.count('class="next"') == 1


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("accepted", {"Ben"}),
        ("silent", {"Mia"}),
        ("lost", {"Leo"}),
        ("nonsense", {"Ben", "Mia", "Leo"}),
    ],
)
def test_the_list_can_be_narrowed(
    dee: Client, path: str, party: Party, show: str, names: set[str]
) -> None:
    make_invitation(party, guests=("Mia",), reached=True)
    make_invitation(party, guests=("Ben",), reached=True, answer=Answer.ACCEPTED)
    make_invitation(party, guests=("Leo",), emails=())
    homes = shown(dee, f"{path}?show={show}").split('id="homes"')[1]
    assert {name for name in ("Ben", "Mia", "Leo") if f">{name}</a>" in homes} == names


def test_an_empty_party_asks_for_homes(dee: Client, path: str, party: Party) -> None:
    text = shown(dee, path)
    assert "Nobody is on the list yet." in text
    assert f"/parties/{party.pk}/homes/add/" in text


def test_names_are_shown_and_never_run(dee: Client, path: str, party: Party) -> None:
    make_invitation(party, guests=("<script>alert(1)</script>",), reached=True)
    assert "<script>alert" not in shown(dee, path)


def test_a_home_taken_off_the_list_is_gone(dee: Client, path: str, party: Party) -> None:
    make_invitation(party, guests=("Gone",), withdrawn_at=NOW)
    assert "Gone" not in shown(dee, path)


def test_after_the_party_nothing_needs_the_host(
    dee: Client, path: str, party: Party, clock: Traveller
) -> None:
    make_invitation(party, reached=True)
    clock.move_to(party.ends_at)
    text = shown(dee, path)
    assert "The party is over" in text
    assert "What needs you today" not in text


def _fill(party: Party, homes: int) -> None:
    for number in range(homes):
        home = make_invitation(
            party, guests=(f"A{number}", f"B{number}"), reached=True, answer=_ANSWERS[number % 4]
        )
        if number % 5 == 0:
            make_response(home, Answer.TENTATIVE, channel=Channel.FAMILY)
        if number % 3 == 0:
            make_mail(home.contacts.get(), kind=Kind.REMINDER, occasion="7", state=State.UNCERTAIN)


_ANSWERS = (Answer.SILENT, Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE)


def test_many_homes_take_no_more_queries_than_few(dee: Client, path: str, party: Party) -> None:
    counts = []
    for homes in (10, 60):
        Invitation.objects.all().delete()
        _fill(party, homes)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            dee.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_QUERIES


def test_a_mail_that_waits_in_the_outbox_is_among_what_happens_next(
    dee: Client, path: str, party: Party
) -> None:
    home = make_invitation(party, reached=True)
    make_mail(home.contacts.get(), kind=Kind.CHANGED, occasion="2", at=NOW - timedelta(hours=1))
    make_mail(
        home.contacts.get(), kind=Kind.REMINDER, occasion="by hand", at=NOW + timedelta(hours=9)
    )
    text = shown(dee, path)
    assert "<strong>“The plan has changed”</strong> to 1 home" in text
    assert text.index(">Now</time>") < text.index("“The plan has changed”")
    assert text.index("“The plan has changed”") < text.index(
        "<strong>Reminder</strong> to 1 silent"
    )


def test_all_confirmations_are_one_line_of_the_timeline(
    dee: Client, path: str, party: Party
) -> None:
    for minute, name in enumerate(("Ben", "Mia", "Leo")):
        home = make_invitation(
            party, guests=(name,), emails=(f"{name.lower()}@example.com",), reached=True
        )
        make_response(home, Answer.ACCEPTED, now=NOW - timedelta(minutes=minute))
    text = shown(dee, path)
    assert text.count("Thank-you for an answer") == 1
    assert "Thank-you for an answer</strong> to 3 homes" in text


def test_a_cancelled_party_counts_nobody_any_more(dee: Client, path: str, party: Party) -> None:
    make_invitation(party, reached=True)
    cancel_party(party=party, note="", now=NOW)
    text = shown(dee, path)
    assert "This party is cancelled" in text
    assert "No yes yet." not in text
    assert "No reminder goes out" not in text
    assert "What went out" in text
