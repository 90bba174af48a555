"""Calling homes: whose turn it is, and what comes of a call."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from guests import calling
from guests.answering import Closed
from guests.calling import NumberChanged, TooLate, Turn, Why, place
from guests.inviting import NewContact, correct_contact
from guests.links import answer_path
from guests.models import (
    Call,
    Channel,
    Contact,
    Invitation,
    Outcome,
    OutgoingEmail,
    Response,
    State,
)
from parties.models import Host, Party
from parties.services import cancel_party
from parties.words import Answer, Kind
from tests.factories import (
    NOW,
    make_contact,
    make_host,
    make_invitation,
    make_mail,
    make_party,
    make_response,
)
from tests.guests.test_waiting import at_once

REMINDED = datetime(2027, 5, 28, 17, 0, tzinfo=UTC)  # six in the evening in London


def turn(why: Why, pk: int, *, star: bool = False, tries: int = 0, days: int = 6) -> Turn:
    """A home that waits for so many days."""
    return Turn(why, star, tries, NOW - timedelta(days=days), pk)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(turn(Why.SILENT, 2, star=True, days=1), turn(Why.LOST, 1), id="favourites"),
        pytest.param(turn(Why.DISPUTED, 2), turn(Why.LOST, 1), id="two answers"),
        pytest.param(turn(Why.LOST, 2, days=1), turn(Why.SILENT, 1), id="not reached"),
        pytest.param(turn(Why.LOST, 2), turn(Why.TO_CONFIRM, 1), id="not reached, not confirmed"),
        pytest.param(turn(Why.TO_CONFIRM, 2), turn(Why.UNSURE, 1), id="not confirmed"),
        pytest.param(turn(Why.UNSURE, 2, days=1), turn(Why.SILENT, 1), id="not sure"),
        pytest.param(turn(Why.SILENT, 2), turn(Why.SILENT, 1, days=5), id="longest silent"),
        pytest.param(turn(Why.SILENT, 1), turn(Why.SILENT, 2), id="in the order of the list"),
        pytest.param(
            turn(Why.SILENT, 2, days=0), turn(Why.LOST, 1, star=True, tries=1), id="not tried yet"
        ),
        pytest.param(turn(Why.SILENT, 2, tries=1), turn(Why.LOST, 1, tries=2), id="tried less"),
        pytest.param(
            turn(Why.LOST, 2, star=True, tries=1), turn(Why.LOST, 1, tries=1), id="tried as often"
        ),
    ],
)
def test_whose_turn_comes_first(first: Turn, then: Turn) -> None:
    assert sorted([then, first], key=place) == [first, then]


def test_the_order_is_the_same_however_the_homes_come() -> None:
    turns = [
        turn(why, number, star=star, tries=tries, days=days)
        for number, (why, star, tries, days) in enumerate(
            (why, star, tries, days)
            for why in Why
            for star in (False, True)
            for tries in (0, 1)
            for days in (1, 9)
        )
    ]
    shuffled = random.Random(7).sample(turns, len(turns))
    assert sorted(shuffled, key=place) == sorted(turns, key=place)


@pytest.fixture
def host(db: None) -> Host:
    return make_host()


@pytest.fixture
def home(host: Host) -> Invitation:
    made = make_invitation(
        make_party(host), guests=("Ben", "Bella"), emails=("tessa@example.com",), reached=True
    )
    made.contacts.update(phone="+447700900118")
    return made


def say(home: Invitation, answer: Answer, number: uuid.UUID | None = None) -> Response:
    return calling.answer_by_phone(
        invitation_id=home.pk, answer=answer, submission_id=number or uuid.uuid4(), now=NOW
    )


def message(home: Invitation, host: Host, number: uuid.UUID | None = None) -> Call:
    return calling.note_message(
        invitation_id=home.pk, contact=None, host=host,
        submission_id=number or uuid.uuid4(), now=NOW,
    )  # fmt: skip


def wrong(contact: Contact, host: Host, number: uuid.UUID | None = None) -> Call:
    return calling.note_wrong_number(
        contact=contact, number="+447700900118", host=host,
        submission_id=number or uuid.uuid4(), now=NOW,
    )  # fmt: skip


class TestAnswer:
    @pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.DECLINED])
    def test_it_is_the_answer_of_every_child_and_entered_by_the_host(
        self, home: Invitation, answer: Answer
    ) -> None:
        response = say(home, answer)
        home.refresh_from_db()
        assert home.answer == answer.value
        assert {guest.answer for guest in home.guests.all()} == {answer.value}
        assert (response.channel, response.contact) == (Channel.HOST, None)

    def test_a_second_tap_is_the_same_answer(self, home: Invitation) -> None:
        number = uuid.uuid4()
        assert say(home, Answer.ACCEPTED, number) == say(home, Answer.ACCEPTED, number)
        assert Response.objects.count() == 1

    def test_the_other_button_of_the_same_page_is_another_answer(self, home: Invitation) -> None:
        number = uuid.uuid4()
        say(home, Answer.ACCEPTED, number)
        say(home, Answer.DECLINED, number)
        home.refresh_from_db()
        assert home.answer == Answer.DECLINED.value

    def test_it_settles_two_answers_that_differ(self, home: Invitation) -> None:
        make_response(home, Answer.ACCEPTED)
        make_response(home, Answer.DECLINED, channel=Channel.FAMILY)
        say(home, Answer.DECLINED)
        home.refresh_from_db()
        assert (home.disputed, home.answer) == (False, Answer.DECLINED.value)

    def test_the_family_can_still_change_it(self, home: Invitation) -> None:
        say(home, Answer.ACCEPTED)
        make_response(home, Answer.DECLINED, now=NOW + timedelta(minutes=1))
        home.refresh_from_db()
        assert (home.disputed, home.answer) == (False, Answer.DECLINED.value)

    def test_a_party_that_is_cancelled_takes_no_answer(self, home: Invitation) -> None:
        cancel_party(party=home.party, note="", now=NOW)
        with pytest.raises(Closed):
            say(home, Answer.ACCEPTED)


class TestTakingAnAnswerBack:
    def back(self, response: Response, minutes: float = 1) -> None:
        calling.take_back_answer(response=response, now=NOW + timedelta(minutes=minutes))

    def test_the_home_is_silent_again_and_is_reminded(self, home: Invitation) -> None:
        self.back(say(home, Answer.ACCEPTED))
        home.refresh_from_db()
        assert (home.answer, home.answered_at) == (Answer.SILENT.value, None)
        assert {guest.answer for guest in home.guests.all()} == {Answer.SILENT.value}
        assert home.next_mail_at == NOW + timedelta(minutes=1)

    def test_what_the_family_said_before_counts_again(self, home: Invitation) -> None:
        make_response(home, Answer.ACCEPTED)
        self.back(say(home, Answer.DECLINED))
        home.refresh_from_db()
        assert home.answer == Answer.ACCEPTED.value

    def test_a_settled_dispute_is_open_again(self, home: Invitation) -> None:
        make_response(home, Answer.ACCEPTED)
        make_response(home, Answer.DECLINED, channel=Channel.FAMILY)
        self.back(say(home, Answer.DECLINED))
        home.refresh_from_db()
        assert home.disputed

    def test_the_hosts_alarm_looks_again(self, home: Invitation) -> None:
        response = say(home, Answer.ACCEPTED)
        Party.objects.update(next_look_at=None)
        self.back(response)
        home.party.refresh_from_db()
        assert home.party.next_look_at == NOW + timedelta(minutes=1)

    def test_twice_is_once(self, home: Invitation) -> None:
        response = say(home, Answer.ACCEPTED)
        self.back(response)
        self.back(response)
        assert not Response.objects.exists()

    def test_what_a_family_said_itself_stays(self, home: Invitation) -> None:
        self.back(make_response(home, Answer.ACCEPTED))
        home.refresh_from_db()
        assert home.answer == Answer.ACCEPTED.value

    def test_after_ten_minutes_it_is_too_late(self, home: Invitation) -> None:
        response = say(home, Answer.ACCEPTED)
        with pytest.raises(TooLate):
            self.back(response, minutes=10)
        assert Response.objects.exists()

    @pytest.mark.parametrize(
        ("kind", "state"),
        [(Kind.CONFIRMATION, State.QUEUED), (Kind.STILL_ON, State.SENT)],
        ids=["the thanks are queued", "another mail went"],
    )
    def test_once_a_mail_knows_of_it_it_is_too_late(
        self, home: Invitation, kind: Kind, state: State
    ) -> None:
        response = say(home, Answer.ACCEPTED)
        occasion = str(response.pk) if kind is Kind.CONFIRMATION else "1"
        later = NOW + timedelta(seconds=30)
        make_mail(home.contacts.get(), kind=kind, occasion=occasion, state=state, at=later)
        with pytest.raises(TooLate):
            self.back(response)


class TestMessage:
    def test_the_home_stays_silent(self, home: Invitation, host: Host) -> None:
        message(home, host)
        home.refresh_from_db()
        assert home.answer == Answer.SILENT.value
        assert Call.objects.get().outcome == Outcome.LEFT_MESSAGE.value

    def test_a_second_tap_is_the_same_call(self, home: Invitation, host: Host) -> None:
        number = uuid.uuid4()
        assert message(home, host, number) == message(home, host, number)
        assert Call.objects.count() == 1

    def test_two_messages_are_two_calls(self, home: Invitation, host: Host) -> None:
        message(home, host)
        message(home, host)
        assert Call.objects.count() == 2

    def test_it_can_be_taken_back(self, home: Invitation, host: Host) -> None:
        call = message(home, host)
        calling.take_back(call=call)
        calling.take_back(call=call)
        assert not Call.objects.exists()


class TestWrongNumber:
    def test_the_number_is_marked_and_kept(self, home: Invitation, host: Host) -> None:
        wrong(home.contacts.get(), host)
        contact = home.contacts.get()
        assert (contact.phone, contact.phone_wrong_at) == ("+447700900118", NOW)

    def test_a_second_tap_is_the_same_call(self, home: Invitation, host: Host) -> None:
        number = uuid.uuid4()
        assert wrong(home.contacts.get(), host, number) == wrong(home.contacts.get(), host, number)
        assert Call.objects.count() == 1

    def test_two_numbers_of_one_page_can_be_wrong(self, home: Invitation, host: Host) -> None:
        pat = make_contact(home, name="Pat", phone="+447700900118")
        number = uuid.uuid4()
        wrong(home.contacts.all()[0], host, number)
        wrong(pat, host, number)
        assert not home.contacts.filter(phone_wrong_at=None).exists()

    def test_a_number_that_was_corrected_meanwhile_is_not_wrong(
        self, home: Invitation, host: Host
    ) -> None:
        contact = home.contacts.get()
        Contact.objects.update(phone="+447700900119")
        with pytest.raises(NumberChanged):
            wrong(contact, host)
        assert home.contacts.get().phone_wrong_at is None
        assert not Call.objects.exists()

    def test_another_number_is_right_until_somebody_says_otherwise(
        self, home: Invitation, host: Host
    ) -> None:
        wrong(home.contacts.get(), host)
        corrected = NewContact("Tessa", "tessa@example.com", "+447700900119")
        assert correct_contact(
            contact=home.contacts.get(), corrected=corrected, now=NOW
        ).phone_wrong_at is None  # fmt: skip

    @pytest.mark.parametrize("email", ["tessa@example.com", "tessa@example.org"])
    def test_another_name_or_address_makes_it_no_better(
        self, home: Invitation, host: Host, email: str
    ) -> None:
        wrong(home.contacts.get(), host)
        corrected = NewContact("Tess", email, "+447700900118")
        made = correct_contact(contact=home.contacts.get(), corrected=corrected, now=NOW)
        made.refresh_from_db()
        assert (made.name, made.phone_wrong_at) == ("Tess", NOW)

    def test_it_can_be_taken_back(self, home: Invitation, host: Host) -> None:
        calling.take_back(call=wrong(home.contacts.get(), host))
        assert home.contacts.get().phone_wrong_at is None

    def test_taking_back_an_older_one_leaves_a_newer_one(
        self, home: Invitation, host: Host
    ) -> None:
        older = wrong(home.contacts.get(), host)
        later = NOW + timedelta(days=1)
        calling.note_wrong_number(
            contact=home.contacts.get(), number="+447700900118", host=host,
            submission_id=uuid.uuid4(), now=later,
        )  # fmt: skip
        calling.take_back(call=older)
        assert home.contacts.get().phone_wrong_at == later


def tick(now: datetime) -> None:
    """One tick that plans and sends everything."""
    with time_machine.travel(now, tick=False):
        call_command("tick", "--drain")


def kinds(home: Invitation) -> list[str]:
    """The mails that this home was sent, in order."""
    sent = OutgoingEmail.objects.filter(invitation=home, sent_at__isnull=False)
    return list(sent.order_by("pk").values_list("kind", flat=True))


class TestMail:
    @pytest.fixture(autouse=True)
    def _one_connection(self, settings: Settings) -> None:
        settings.MAIL_CONNECTIONS = 1

    @pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.DECLINED])
    def test_an_answer_by_phone_stops_the_reminders_and_is_confirmed(
        self, home: Invitation, answer: Answer
    ) -> None:
        called = REMINDED - timedelta(minutes=5)
        tick(called)
        django_mail.outbox.clear()
        calling.answer_by_phone(
            invitation_id=home.pk, answer=answer, submission_id=uuid.uuid4(), now=called
        )
        tick(REMINDED)
        tick(called + timedelta(minutes=11))
        tick(REMINDED + timedelta(days=10))
        assert kinds(home) == [Kind.INVITATION, Kind.CONFIRMATION]
        (thanks,) = [mail for mail in django_mail.outbox if "example.com" in mail.to[0]]
        assert "tessa@example.com" in thanks.to[0]

    def test_an_answer_that_was_taken_back_stops_nothing_and_is_not_confirmed(
        self, home: Invitation
    ) -> None:
        called = REMINDED - timedelta(minutes=20)
        response = calling.answer_by_phone(
            invitation_id=home.pk, answer=Answer.ACCEPTED, submission_id=uuid.uuid4(), now=called
        )
        tick(called)
        calling.take_back_answer(response=response, now=called + timedelta(minutes=5))
        tick(called + timedelta(minutes=11))
        tick(REMINDED)
        assert kinds(home) == [Kind.INVITATION, Kind.REMINDER]

    def test_a_message_leaves_the_reminders_as_they_are(self, home: Invitation, host: Host) -> None:
        message(home, host)
        tick(REMINDED)
        assert kinds(home) == [Kind.INVITATION, Kind.REMINDER]

    def test_the_family_changes_it_by_the_link_of_the_text(self, home: Invitation) -> None:
        with time_machine.travel(NOW, tick=False):
            say(home, Answer.ACCEPTED)
            page = Client().post(answer_path(home), {"answer": "declined"}, follow=True)
        assert "Thank you for telling us." in page.content.decode()
        home.refresh_from_db()
        assert (home.disputed, home.answer) == (False, Answer.DECLINED.value)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["answer", "message", "wrong number", "undo"])
def test_taps_at_the_same_moment_are_one(what: str) -> None:
    host = make_host()
    home = make_invitation(make_party(host), reached=True)
    home.contacts.update(phone="+447700900118")
    contact, number = home.contacts.get(), uuid.uuid4()
    acts: dict[str, Callable[[], object]] = {
        "answer": lambda: say(home, Answer.ACCEPTED, number),
        "message": lambda: message(home, host, number),
        "wrong number": lambda: wrong(contact, host, number),
    }
    if what == "undo":
        response = say(home, Answer.ACCEPTED)
        acts["undo"] = lambda: calling.take_back_answer(response=response, now=NOW)
    at_once([acts[what]] * 6)
    stored = Response.objects.count() + Call.objects.count()
    assert stored == (0 if what == "undo" else 1)
