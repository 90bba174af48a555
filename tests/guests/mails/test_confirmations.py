from __future__ import annotations

from datetime import date

import pytest

from guests.mails.compose import NothingToSay
from guests.models import Channel, Contact, Response
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_response
from tests.guests.mails.reading import Received, receive
from tests.guests.mails.test_to_families import both

pytestmark = pytest.mark.django_db


def contact_of(*guests: str) -> Contact:
    return make_invitation(guests=guests or ("Nia", "Theo")).contacts.get()


def confirmed(contact: Contact, response: Response) -> Received:
    return receive(make_mail(contact, kind=Kind.CONFIRMATION, occasion=str(response.pk)), NOW)


@pytest.mark.parametrize(
    ("answer", "guests", "words"),
    [
        (Answer.ACCEPTED, ("Nia", "Theo"), "Lovely! Nia and Theo are coming."),
        (Answer.ACCEPTED, ("Nia",), "Lovely! Nia is coming."),
        (Answer.VIDEO, ("Nia",), "Lovely! Nia joins by video."),
        (Answer.TENTATIVE, ("Nia",), "That’s fine. You are not sure yet."),
        (
            Answer.DECLINED,
            ("Nia",),
            "Thank you for telling us. Now Dee knows how many places to set,",
        ),
    ],
    ids=["yes of two", "yes", "video", "not sure", "no"],
)
def test_the_confirmation_says_what_was_answered(
    answer: Answer, guests: tuple[str, ...], words: str
) -> None:
    contact = contact_of(*guests)
    for said in both(confirmed(contact, make_response(contact.invitation, answer))):
        assert words in said
        assert "Your answer is saved, and Dee can see it." in said


def test_children_who_differ_are_told_apart() -> None:
    contact = contact_of()
    nia, theo = contact.invitation.guests.all()
    response = make_response(
        contact.invitation, {nia.pk: Answer.ACCEPTED, theo.pk: Answer.DECLINED}
    )
    for said in both(confirmed(contact, response)):
        assert "Lovely! Nia is coming." in said
        assert "Nia: coming Theo: can’t come" in said


def test_it_repeats_all_that_was_stored_but_what_is_about_health() -> None:
    contact = contact_of("Nia")
    response = make_response(
        contact.invitation,
        Answer.ACCEPTED,
        adults=2,
        siblings=1,
        stays="stay",
        message="Can Nia bring her dog?",
        allergies="nuts",
    )
    mail = confirmed(contact, response)
    for said in both(mail):
        assert "Also coming: 2 grown-ups and 1 brother or sister. A grown-up stays." in said
        assert "Your words to Dee: “Can Nia bring her dog?”" in said
        assert "What you wrote about allergies and food is on your page." in said
    assert b"nuts" not in mail.raw


def test_not_sure_recalls_the_day_that_was_named() -> None:
    contact = contact_of("Nia")
    response = make_response(contact.invitation, Answer.TENTATIVE, know_by=date(2027, 6, 5))
    for said in both(confirmed(contact, response)):
        assert "You hope to know by Saturday 5 June." in said


@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.TENTATIVE, Answer.VIDEO])
def test_whoever_may_come_gets_the_calendar_and_a_way_to_change(answer: Answer) -> None:
    contact = contact_of("Nia")
    links = confirmed(contact, make_response(contact.invitation, answer)).page.links
    purposes = [link.split("/")[3] for link in links]
    assert purposes == ["calendar", "i", "stop", "forget", "stranger"]
    assert links[0].endswith(".ics")


def test_after_a_no_there_is_no_calendar_and_no_question_why() -> None:
    contact = contact_of("Nia")
    mail = confirmed(contact, make_response(contact.invitation, Answer.DECLINED))
    purposes = [link.split("/")[3] for link in mail.page.links]
    assert purposes == ["i", "stop", "forget", "stranger"]
    assert "We won’t send you any more reminders." in mail.page.text
    assert "why" not in mail.text.lower()


def test_it_confirms_that_response_and_not_the_one_that_counts_now() -> None:
    contact = contact_of("Nia")
    first = make_response(contact.invitation, Answer.ACCEPTED, message="yes please")
    make_response(contact.invitation, Answer.DECLINED, message="no thanks")
    text = confirmed(contact, first).text
    assert "Lovely! Nia is coming." in text
    assert "no thanks" not in text


def test_what_the_host_wrote_down_is_confirmed_as_that() -> None:
    contact = contact_of("Nia")
    response = make_response(contact.invitation, Answer.ACCEPTED, channel=Channel.HOST)
    for said in both(confirmed(contact, response)):
        assert "Dee wrote down your answer." in said


def test_an_answer_through_the_household_link_is_confirmed_to_its_contacts() -> None:
    contact = contact_of("Nia")
    response = make_response(contact.invitation, Answer.ACCEPTED, channel=Channel.FAMILY)
    assert "Lovely! Nia is coming." in confirmed(contact, response).text


@pytest.mark.parametrize("whose", ["another contact’s", "another household’s", "nobody’s"])
def test_it_never_confirms_a_response_that_is_not_the_contacts(whose: str) -> None:
    contact = contact_of("Nia")
    other = make_contact(contact.invitation, email="tom@example.com", name="Tom")
    stranger = make_invitation(contact.invitation.party, guests=("Zoe",))
    number = {
        "another contact’s": make_response(contact.invitation, Answer.ACCEPTED, contact=other).pk,
        "another household’s": make_response(stranger, Answer.ACCEPTED).pk,
        "nobody’s": 10**9,
    }[whose]
    mail = make_mail(contact, kind=Kind.CONFIRMATION, occasion=str(number))
    with pytest.raises(NothingToSay):
        receive(mail, NOW)
