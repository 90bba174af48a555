"""An account that several people do not know is paused until an operator has looked."""

from __future__ import annotations

import pytest

from guests.models import Contact, Stranger
from guests.strangers import PAUSES_AT, is_stranger, lift_pause, report, take_back
from parties.models import Host, Party
from tests.factories import NOW, make_host, make_invitation, make_party

pytestmark = pytest.mark.django_db


def told(party: Party, *emails: str) -> list[Contact]:
    contacts = [make_invitation(party, emails=(email,)).contacts.get() for email in emails]
    for contact in contacts:
        report(contact=contact, now=NOW)
    return contacts


def paused(party: Party) -> bool:
    return Host.objects.get(pk=party.host_id).paused_at is not None


def test_two_strangers_are_a_slip_and_the_third_pauses_the_account() -> None:
    party = make_party()
    told(party, "a@example.com", "b@example.com")
    assert not paused(party)

    told(party, "c@example.com")

    assert paused(party)
    assert PAUSES_AT == 3


def test_it_counts_addresses_and_over_all_parties_of_the_account() -> None:
    host = make_host()
    one, two = make_party(host), make_party(host)
    told(one, "a@example.com")
    told(two, "a@example.com", "A@example.com", "b@example.com")
    assert Stranger.objects.count() == 2
    assert not paused(one)

    told(two, "c@example.com")

    assert paused(one)


def test_another_account_is_not_touched() -> None:
    party, other = make_party(), make_party()
    told(other, "a@example.com")
    told(party, "a@example.com", "b@example.com", "c@example.com")

    assert paused(party)
    assert not paused(other)


def test_no_address_stands_in_what_is_kept() -> None:
    told(make_party(), "anna@example.com")

    assert "anna" not in repr(Stranger.objects.values().get())


def test_what_is_taken_back_counts_no_more() -> None:
    party = make_party()
    (contact,) = told(party, "a@example.com")
    take_back(contact=contact, now=NOW)
    assert not is_stranger(contact)

    told(party, "b@example.com", "c@example.com")

    assert not paused(party)


def test_an_operator_lifts_the_pause_and_counting_begins_anew() -> None:
    party = make_party()
    told(party, "a@example.com", "b@example.com", "c@example.com")

    assert lift_pause(host_id=party.host_id)
    assert not paused(party)
    assert not lift_pause(host_id=party.host_id)
    told(party, "d@example.com", "e@example.com")
    assert not paused(party)


def test_who_has_no_address_is_no_stranger() -> None:
    contact = make_invitation(emails=()).contacts.create(phone="+447700900412")

    report(contact=contact, now=NOW)

    assert not Stranger.objects.exists()
