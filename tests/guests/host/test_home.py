"""The page of one home."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.test import Client
from time_machine import Traveller

from guests.links import answer_path
from guests.models import Channel, Contact, Invitation, Response, State
from parties.models import Party
from parties.words import Answer
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_response


@pytest.fixture
def home(party: Party) -> Invitation:
    return make_invitation(
        party, guests=("Ben", "Bella"), emails=("tessa@example.org",), reached=True
    )


@pytest.fixture
def path(home: Invitation) -> str:
    return f"/parties/{home.party_id}/homes/{home.pk}/"


def said(home: Invitation, *answers: str, **over: str) -> dict[str, str]:
    guests = [guest.pk for guest in home.guests.all()]
    known = {f"guest{pk}": answer for pk, answer in zip(guests, answers, strict=True)}
    return known | {"submission_id": str(uuid.uuid4()), "know_by": ""} | over


def test_it_shows_the_link_of_the_home_to_copy(dee: Client, home: Invitation, path: str) -> None:
    text = dee.get(path).content.decode()
    assert f"http://localhost:8000{answer_path(home)}" in text
    assert 'href="sms:?&amp;body=' in text
    assert 'href="https://wa.me/?text=' in text
    assert 'href="mailto:?subject=' in text


def test_it_shows_what_each_contact_got_and_why_not(
    dee: Client, home: Invitation, path: str
) -> None:
    contact = home.contacts.get()
    make_mail(contact, occasion="2", state=State.FAILED, reason="refused")
    text = dee.get(path).content.decode()
    assert "Today, 12 noon: accepted by their mail server." in text
    assert "Their mail server refused it." in text


def test_it_shows_every_answer_as_it_was_given(dee: Client, home: Invitation, path: str) -> None:
    make_response(home, Answer.ACCEPTED, allergies="nuts <b>", adults=1, message="Hooray")
    make_response(home, Answer.DECLINED, channel=Channel.FAMILY)
    text = dee.get(path).content.decode()
    assert "Food: nuts &lt;b&gt;" in text
    assert "“Hooray”" in text
    assert text.index("by the family’s link") < text.index("Anna, by mail")
    assert "Two answers that differ" in text


class TestAnswer:
    def test_an_answer_by_phone_counts_for_each_child(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        dee.post(f"{path}answer/", said(home, "accepted", "declined"))
        home.refresh_from_db()
        assert home.answer == Answer.ACCEPTED.value
        assert [guest.answer for guest in home.guests.all()] == ["accepted", "declined"]
        assert Response.objects.get().channel == Channel.HOST

    def test_it_settles_two_answers_that_differ(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        make_response(home, Answer.ACCEPTED)
        make_response(home, Answer.DECLINED, channel=Channel.FAMILY)
        dee.post(f"{path}answer/", said(home, "declined", "declined"))
        home.refresh_from_db()
        assert (home.disputed, home.answer) == (False, "declined")

    def test_who_is_not_sure_may_say_when_they_know(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        dee.post(f"{path}answer/", said(home, "tentative", "tentative", know_by="2027-05-30"))
        home.refresh_from_db()
        assert home.know_by == date(2027, 5, 30)

    def test_the_day_is_only_for_who_is_not_sure(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        dee.post(f"{path}answer/", said(home, "accepted", "accepted", know_by="2027-05-30"))
        assert Response.objects.get().know_by is None

    def test_a_second_tap_is_the_same_answer(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        data = said(home, "accepted", "accepted")
        dee.post(f"{path}answer/", data)
        dee.post(f"{path}answer/", data)
        assert Response.objects.count() == 1

    @pytest.mark.parametrize(
        ("over", "words"),
        [
            pytest.param({"know_by": "2027-05-23"}, "a day from today", id="yesterday"),
            pytest.param({"know_by": "2027-06-13"}, "a day from today", id="after the party"),
            pytest.param({"know_by": "soon"}, "2027-06-12", id="no day"),
            pytest.param({"know_by": "0001-01-01"}, "a day from today", id="year 1"),
        ],
    )
    def test_what_cannot_be_is_said_and_stores_nothing(
        self, dee: Client, home: Invitation, path: str, over: dict[str, str], words: str
    ) -> None:
        answer = dee.post(f"{path}answer/", said(home, "tentative", "accepted", **over))
        text = answer.content.decode()
        assert words in text
        assert over["know_by"] in text
        assert not Response.objects.exists()

    @pytest.mark.parametrize("answer", ["", "silent", "video'--", "yes"])
    def test_an_answer_is_one_of_three(
        self, dee: Client, home: Invitation, path: str, answer: str
    ) -> None:
        assert dee.post(f"{path}answer/", said(home, answer, "accepted")).status_code == 200
        assert not Response.objects.exists()

    def test_children_of_other_homes_are_ignored(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        other = make_invitation(home.party, guests=("Leo",))
        leo = other.guests.get()
        dee.post(
            f"{path}answer/", said(home, "declined", "declined", **{f"guest{leo.pk}": "accepted"})
        )
        leo.refresh_from_db()
        assert leo.answer == "silent"

    def test_a_party_that_is_over_takes_no_answer(
        self, dee: Client, home: Invitation, path: str, clock: Traveller
    ) -> None:
        clock.move_to(home.party.ends_at + timedelta(minutes=1))
        dee.post(f"{path}answer/", said(home, "accepted", "accepted"))
        assert not Response.objects.exists()


class TestContacts:
    def correct(self, dee: Client, home: Invitation, path: str, **data: str) -> str:
        contact = home.contacts.current().get()
        sent = {f"c{contact.pk}-{name}": value for name, value in data.items()}
        answer = dee.post(f"{path}contacts/{contact.pk}/", sent, follow=True)
        return answer.content.decode()

    def test_another_address_makes_another_contact_and_kills_the_old_link(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        old = home.contacts.get()
        link = answer_path(old)
        self.correct(dee, home, path, name="Tessa", email="tessa@example.com", phone="")
        new = home.contacts.current().get()
        assert (new.email_as_typed, new.name) == ("tessa@example.com", "Tessa")
        assert Client().get(link).status_code == 404
        assert Client().get(answer_path(new)).status_code == 200

    def test_another_number_keeps_the_contact(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        old = home.contacts.get()
        self.correct(dee, home, path, name="T", email="tessa@example.org", phone="07700 900123")
        new = home.contacts.current().get()
        assert (new.pk, new.phone) == (old.pk, "+447700900123")

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"email": "tessa@", "name": "Tessa"}, "does not look like a mail address"),
            ({"email": "a@b.co\r\nBcc: x@y.zz"}, "does not look like a mail address"),
            ({"phone": "12", "email": "new@example.org"}, "cannot be called"),
            ({"name": "", "email": "", "phone": ""}, "a name, an address or a number"),
        ],
        ids=["no address", "a header", "no number", "nothing"],
    )
    def test_what_cannot_be_changes_nothing_and_stays(
        self, dee: Client, home: Invitation, path: str, data: dict[str, str], words: str
    ) -> None:
        text = self.correct(dee, home, path, **data)
        assert words in text
        if data.get("phone"):
            assert 'value="new@example.org"' in text
        assert home.contacts.get().email_as_typed == "tessa@example.org"

    def test_one_more_grown_up_gets_the_invitation_too(
        self, dee: Client, home: Invitation, path: str
    ) -> None:
        dee.post(f"{path}contacts/", {"new-name": "Pat", "new-email": "pat@example.org"})
        assert [one.name for one in home.contacts.all()] == ["Anna", "Pat"]
        home.refresh_from_db()
        assert home.next_mail_at == NOW

    def test_there_are_three_at_most(self, dee: Client, home: Invitation, path: str) -> None:
        for number in range(2):
            make_contact(home, f"more{number}@example.org")
        assert "Add a grown-up" not in dee.get(path).content.decode()
        dee.post(f"{path}contacts/", {"new-email": "pat@example.org"})
        assert home.contacts.count() == 3

    def test_fields_that_are_none_of_the_forms_are_ignored(self, dee: Client, path: str) -> None:
        dee.post(f"{path}contacts/", {"new-email": "pat@example.org", "new-version": "9",
                                      "new-stopped_at": "2027-01-01"})  # fmt: skip
        contact = Contact.objects.get(email_as_typed="pat@example.org")
        assert (contact.version, contact.stopped_at) == (1, None)


def test_a_personal_line_is_kept(dee: Client, home: Invitation, path: str) -> None:
    dee.post(f"{path}line/", {"line": "The slide is waiting"})
    home.refresh_from_db()
    assert home.personal_line == "The slide is waiting"


def test_a_line_that_is_too_long_stays_on_the_page_only(
    dee: Client, home: Invitation, path: str
) -> None:
    assert "y" * 301 in dee.post(f"{path}line/", {"line": "y" * 301}).content.decode()
    home.refresh_from_db()
    assert home.personal_line == ""


def test_a_new_link_makes_the_old_one_useless(dee: Client, home: Invitation, path: str) -> None:
    old = answer_path(home)
    dee.post(f"{path}link/")
    home.refresh_from_db()
    assert Client().get(old).status_code == 404
    assert Client().get(answer_path(home)).status_code == 200
    assert Client().get(answer_path(home.contacts.get())).status_code == 200


def test_a_home_taken_off_the_list_gets_no_more_mail(
    dee: Client, home: Invitation, path: str
) -> None:
    answer = dee.post(f"{path}off/", follow=True)
    assert "Ben and Bella: off the list." in answer.content.decode()
    home.refresh_from_db()
    assert home.withdrawn_at == NOW
    assert home.next_mail_at is None
    assert Client().get(answer_path(home)).status_code == 404
