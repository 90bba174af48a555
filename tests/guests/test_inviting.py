"""Households: put on the list, invited, corrected, taken off again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guests import inviting
from guests.inviting import (
    NewContact,
    NewHousehold,
    PartyClosed,
    TooManyHouseholds,
    add_contact,
    add_households,
    correct_contact,
    invite,
    withdraw,
)
from guests.models import Address, Channel, Invitation
from guests.models.contact import MAX_CONTACTS
from guests.stopping import stop_party
from parties.models import Party
from parties.services import cancel_party
from parties.words import Answer
from tests.factories import NOW, make_invitation, make_party, make_response

pytestmark = pytest.mark.django_db

MIA = NewHousehold(("Mia",), (NewContact("Anna", "Anna@Example.com", "+447700900123"),))
TWINS = NewHousehold(("Ben", "Bella"), (NewContact("Tessa", "tessa@example.net"),), "See you!")
PAPER = NewHousehold(("Tomasz",))


@pytest.fixture
def party() -> Party:
    return make_party()


def test_adding_stores_everything_and_sends_nothing(party: Party) -> None:
    mia, twins, paper = add_households(party=party, households=[MIA, TWINS, PAPER], now=NOW)
    assert [guest.name for guest in twins.guests.all()] == ["Ben", "Bella"]
    assert twins.personal_line == "See you!"
    contact = mia.contacts.get()
    assert contact.address is not None
    assert contact.address.email == "anna@example.com"
    assert (contact.email_as_typed, contact.phone) == ("Anna@Example.com", "+447700900123")
    assert not paper.contacts.exists()
    assert {row.invited_at for row in (mia, twins, paper)} == {None}
    assert {row.next_mail_at for row in (mia, twins, paper)} == {None}


def test_the_same_list_twice_adds_nothing(party: Party) -> None:
    add_households(party=party, households=[MIA, TWINS, PAPER], now=NOW)
    assert add_households(party=party, households=[MIA, TWINS, PAPER], now=NOW) == []
    assert Invitation.objects.filter(party=party).count() == 3


def test_two_children_of_one_name_in_two_homes_are_two_households(party: Party) -> None:
    other = NewHousehold(("Mia",), (NewContact("Bo", "bo@example.org"),))
    assert len(add_households(party=party, households=[MIA, other], now=NOW)) == 2


def test_one_address_in_two_parties_is_one_address(party: Party) -> None:
    for one in (party, make_party()):
        add_households(party=one, households=[MIA], now=NOW)
    assert Address.objects.count() == 1


def test_a_child_of_two_homes_has_two_contacts_and_never_more_than_three(party: Party) -> None:
    contacts = tuple(NewContact(email=f"{n}@example.com") for n in range(5))
    (home,) = add_households(party=party, households=[NewHousehold(("Dylan",), contacts)], now=NOW)
    assert home.contacts.count() == MAX_CONTACTS
    with pytest.raises(ValueError, match="three contacts"):
        add_contact(invitation=home, contact=NewContact(email="new@example.com"), now=NOW)


def test_a_list_that_is_too_long_is_refused_as_a_whole(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inviting, "MAX_HOUSEHOLDS", 2)
    with pytest.raises(TooManyHouseholds):
        add_households(party=party, households=[MIA, TWINS, PAPER], now=NOW)
    assert not Invitation.objects.exists()


def test_inviting_gives_each_home_its_reply_by_and_asks_the_plan(party: Party) -> None:
    add_households(party=party, households=[MIA, PAPER], now=NOW)
    assert invite(party=party, now=NOW) == 2
    for home in Invitation.objects.all():
        assert home.invited_at == home.next_mail_at == NOW
        assert home.reply_by_at == party.reply_by_at


def test_inviting_twice_invites_nobody_again(party: Party) -> None:
    add_households(party=party, households=[MIA], now=NOW)
    invite(party=party, now=NOW)
    assert invite(party=party, now=NOW + timedelta(days=1)) == 0
    assert Invitation.objects.get().invited_at == NOW


def test_a_late_home_has_forty_eight_hours(party: Party) -> None:
    add_households(party=party, households=[MIA], now=NOW)
    late = party.reply_by_at - timedelta(hours=3)
    invite(party=party, now=late)
    assert Invitation.objects.get().reply_by_at == late + timedelta(hours=48)


@pytest.mark.parametrize("closed", ["cancelled", "begun"])
def test_nobody_is_invited_to_a_party_that_is_closed(party: Party, closed: str) -> None:
    add_households(party=party, households=[MIA], now=NOW)
    now = party.starts_at if closed == "begun" else NOW
    if closed == "cancelled":
        cancel_party(party=party, note="", now=NOW)
    with pytest.raises(PartyClosed):
        invite(party=party, now=now)


def test_a_corrected_address_is_a_new_contact_and_retires_the_old_one() -> None:
    home = make_invitation(next_mail_at=None)
    old = home.contacts.get()
    later = NOW + timedelta(days=1)
    made = correct_contact(contact=old, corrected=NewContact("Anna", "b@example.com"), now=later)
    old.refresh_from_db()
    home.refresh_from_db()
    assert (old.retired_at, old.version) == (later, 2)
    assert (made.created_at, made.invitation) == (later, home)
    assert home.next_mail_at == later


def test_a_corrected_name_leaves_the_link_alive() -> None:
    old = make_invitation(emails=("anna@example.com",)).contacts.get()
    same = correct_contact(contact=old, corrected=NewContact("Ann", "ANNA@example.com"), now=NOW)
    assert same.pk == old.pk
    assert (same.name, same.version, same.retired_at) == ("Ann", 1, None)


def test_a_stop_outlives_a_correction_there_and_back() -> None:
    home = make_invitation(emails=("anna@example.com",))
    stop_party(contact=home.contacts.get(), now=NOW)
    away = correct_contact(
        contact=home.contacts.get(), corrected=NewContact(email="b@example.com"), now=NOW
    )
    back = correct_contact(contact=away, corrected=NewContact(email="anna@example.com"), now=NOW)
    assert away.stopped_at is None
    assert back.stopped_at == NOW


def test_a_home_taken_off_the_list_is_left_alone() -> None:
    home = make_invitation()
    withdraw(invitation=home, now=NOW)
    home.refresh_from_db()
    assert (home.withdrawn_at, home.next_mail_at) == (NOW, None)
    assert not Invitation.objects.standing().exists()


def test_an_answer_by_telephone_is_confirmed_to_an_address_that_comes_later() -> None:
    home = make_invitation(invited_at=None, emails=())
    make_response(home, Answer.ACCEPTED, channel=Channel.HOST)
    Invitation.objects.update(next_mail_at=None)
    add_contact(invitation=home, contact=NewContact("Anna", "anna@example.com"), now=NOW)
    home.refresh_from_db()
    assert home.next_mail_at == NOW


def test_an_address_that_the_home_has_already_is_not_there_twice_after_a_correction() -> None:
    home = make_invitation(emails=("ana@example.com", "anna@example.com"))
    wrong, right = home.contacts.all()
    found = correct_contact(
        contact=wrong, corrected=NewContact("Anna", "anna@example.com"), now=NOW
    )
    assert found == right
    assert list(home.contacts.current()) == [right]
