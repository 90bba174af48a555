"""Stopping mail: for one party, or for good."""

from __future__ import annotations

import pytest

from guests.models import Contact, OutgoingEmail
from guests.planner import plan
from guests.stopping import start_again, stop_everything, stop_party
from parties.services import cancel_party
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_party

pytestmark = pytest.mark.django_db


def contact_of(email: str, **over: object) -> Contact:
    return make_invitation(emails=(email,), **over).contacts.get()  # type: ignore[arg-type]


def test_a_stop_holds_for_the_party_and_for_no_other() -> None:
    here, elsewhere = contact_of("anna@example.com"), contact_of("anna@example.com")
    stop_party(contact=here, now=NOW)
    here.refresh_from_db()
    elsewhere.refresh_from_db()
    assert here.stopped_at == NOW
    assert elsewhere.stopped_at is None
    assert here.is_mailable  # a cancellation still goes there


def test_a_stop_holds_for_the_address_in_every_home_of_the_party() -> None:
    party = make_party()
    mia = contact_of("anna@example.com", party=party)
    leo = contact_of("anna@example.com", party=party, guests=("Leo",))
    stop_party(contact=mia, now=NOW)
    leo.refresh_from_db()
    assert leo.stopped_at == NOW


def test_stopping_everything_closes_the_address_for_every_host() -> None:
    here, elsewhere = contact_of("anna@example.com"), contact_of("anna@example.com")
    stop_everything(contact=here, now=NOW)
    elsewhere = Contact.objects.select_related("address").get(pk=elsewhere.pk)
    assert elsewhere.address is not None
    assert elsewhere.address.stopped_at == NOW
    assert not elsewhere.is_mailable


def test_stopping_twice_keeps_the_first_moment() -> None:
    contact = contact_of("anna@example.com")
    stop_party(contact=contact, now=NOW)
    stop_party(contact=contact, now=NOW.replace(year=2028))
    contact.refresh_from_db()
    assert contact.stopped_at == NOW


def test_other_addresses_of_the_home_are_not_touched() -> None:
    home = make_invitation(emails=("anna@example.com", "tim@example.com"))
    anna, tim = home.contacts.all()
    stop_everything(contact=anna, now=NOW)
    tim.refresh_from_db()
    assert tim.stopped_at is None
    assert tim.is_mailable


def test_the_plan_looks_again_after_a_stop() -> None:
    home = make_invitation(next_mail_at=None)
    stop_party(contact=home.contacts.get(), now=NOW)
    home.refresh_from_db()
    assert home.next_mail_at == NOW


def test_a_stop_can_be_taken_back() -> None:
    contact = contact_of("anna@example.com")
    stop_everything(contact=contact, now=NOW)
    start_again(contact=contact, now=NOW)
    contact = Contact.objects.select_related("address").get(pk=contact.pk)
    assert contact.stopped_at is None
    assert contact.is_mailable


def test_other_parties_may_tell_again_of_a_move_when_a_stop_is_taken_back() -> None:
    here = contact_of("anna@example.com", reached=True)
    elsewhere = make_invitation(emails=("anna@example.com",), reached=True)
    stop_everything(contact=here, now=NOW)
    cancel_party(party=elsewhere.party, note="", now=NOW)
    plan(NOW)
    start_again(contact=here, now=NOW)
    elsewhere.refresh_from_db()
    assert elsewhere.next_mail_at == NOW
    plan(NOW)
    assert OutgoingEmail.objects.filter(kind=Kind.CANCELLED.value, invitation=elsewhere).exists()
