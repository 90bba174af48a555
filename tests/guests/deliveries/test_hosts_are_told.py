"""A complaint is told like a bounce, in words of its own; a correction makes it good."""

from __future__ import annotations

import pytest

from guests.bouncing import mark_bounced, mark_complained
from guests.inviting import NewContact, correct_contact
from guests.looking import look
from guests.mails.compose import NothingToSay
from guests.models import Address, Contact, OutgoingEmail
from guests.planner import plan
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_party, make_response
from tests.guests.mails.reading import Received, receive
from tests.guests.mails.test_to_families import both

pytestmark = pytest.mark.django_db


@pytest.fixture
def party() -> Party:
    return make_party()


def complained(party: Party, email: str = "anna@example.com", guest: str = "Mia") -> Contact:
    contact = make_invitation(party, guests=(guest,), emails=(email,), reached=True).contacts.get()
    assert contact.address_id is not None
    mark_complained(address_id=contact.address_id, now=NOW)
    return contact


def told() -> Received:
    look(NOW)
    return receive(OutgoingEmail.objects.get(kind=Kind.BOUNCED.value), NOW)


def test_the_host_hears_at_once_and_is_told_three_ways(party: Party) -> None:
    contact = complained(party)
    Contact.objects.update(phone="+447700900118")
    mail = told()
    assert mail.subject == "JJ's party on Saturday 12 June: a home takes no more mail"
    home = f"http://localhost:8000/parties/{party.pk}/homes/{contact.invitation_id}/"
    for said in both(mail):
        assert "A home takes no more mail from us" in said
        assert "Somebody marked our mail to anna@example.com as spam." in said
        assert "So we send nothing more to that address" in said
        assert "does not work" not in said
        assert "came back" not in said
        assert "Correct the address" in said
        assert "Share their link" in said
        assert "Call 07700" in said
    assert f"{home}#link" in mail.page.links


def test_bounces_and_complaints_come_in_one_mail(party: Party) -> None:
    complained(party)
    other = make_invitation(party, guests=("Ben",), emails=("ben@gmial.com",), reached=True)
    mark_bounced(address_id=other.contacts.get().address_id or 0, now=NOW)
    mail = told()
    assert mail.subject == "JJ's party on Saturday 12 June: mail came back"
    for said in both(mail):
        assert "Our mail does not reach 2 homes" in said
        assert "ben@gmial.com does not work." in said
        assert "as spam" in said


def test_who_else_is_reached_is_said(party: Party) -> None:
    contact = complained(party)
    make_contact(contact.invitation, "dan@example.com", name="Dan")
    for said in both(told()):
        assert "Mail to Dan still gets there." in said


def test_a_home_that_answered_is_told_apart(party: Party) -> None:
    contact = complained(party)
    make_response(contact.invitation, Answer.ACCEPTED)
    for said in both(told()):
        assert "They answered, but our next mail will not get there." in said


def test_what_was_told_once_is_not_told_again(party: Party) -> None:
    contact = complained(party)
    look(NOW)
    mark_bounced(address_id=contact.address_id or 0, now=NOW)
    look(NOW)
    assert OutgoingEmail.objects.filter(kind=Kind.BOUNCED.value).count() == 1


def test_a_corrected_address_gets_a_new_invitation_and_the_host_no_mail(party: Party) -> None:
    contact = complained(party)
    look(NOW)
    right = NewContact("Anna", "anna.new@example.com")
    made = correct_contact(contact=contact, corrected=right, now=NOW)
    plan(NOW)
    mail = OutgoingEmail.objects.get(contact=made)
    assert (mail.kind, mail.address) == (
        Kind.INVITATION.value,
        Address.objects.get(email="anna.new@example.com"),
    )
    with pytest.raises(NothingToSay):
        told()
