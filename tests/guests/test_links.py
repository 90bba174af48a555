"""Capability links: what opens which door, and for how long."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from guests.inviting import NewContact, correct_contact, new_family_link, withdraw
from guests.links import ANSWERING, Purpose, answer_path, open_token, token_for
from guests.models import Contact, Invitation
from parties.models.party import LINKS_LIVE_FOR
from tests.factories import NOW, make_invitation

pytestmark = pytest.mark.django_db

OF_CONTACTS = (
    Purpose.MAIL, Purpose.STOP, Purpose.CALENDAR, Purpose.FORGET, Purpose.STRANGER,
)  # fmt: skip


@pytest.fixture
def invitation() -> Invitation:
    return make_invitation()


@pytest.fixture
def contact(invitation: Invitation) -> Contact:
    return invitation.contacts.get()


def row_for(purpose: Purpose, contact: Contact) -> Contact | Invitation:
    return contact if purpose in OF_CONTACTS else contact.invitation


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_opens_its_own_door_and_no_other(purpose: Purpose, contact: Contact) -> None:
    token = token_for(purpose, row_for(purpose, contact))
    for door in Purpose:
        opened = open_token(token, {door}, NOW)
        assert (opened is not None) == (door is purpose)
    opened = open_token(token, {purpose}, NOW)
    assert opened is not None
    assert opened.invitation == contact.invitation
    assert opened.contact == (contact if purpose in OF_CONTACTS else None)


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("other", Purpose)
def test_the_mac_of_one_purpose_is_worth_nothing_for_another(
    purpose: Purpose, other: Purpose, contact: Contact
) -> None:
    token = token_for(purpose, row_for(purpose, contact))
    forged = other.value + token[1:]
    assert (open_token(forged, set(Purpose), NOW) is not None) == (purpose is other)


def test_every_changed_character_closes_the_door(contact: Contact) -> None:
    token = token_for(Purpose.MAIL, contact)
    for place, character in enumerate(token):
        for other in string.ascii_letters[:8] + "0-_.":
            if other != character:
                forged = token[:place] + other + token[place + 1 :]
                assert open_token(forged, {Purpose.MAIL}, NOW) is None, forged


@pytest.mark.parametrize(
    "token",
    ["", "m", "m.", ".", "m1", "m1.", "m0.x", "m01.x", "M1.x", "m1.x" * 4000, "m1\x00.x", "../etc",
     "%2e%2e", "m１.x", "mzzzzzzzzzzzzz.x", "m9999999999999.x", "ü1.x"],
)  # fmt: skip
def test_nonsense_opens_nothing(token: str, contact: Contact) -> None:
    assert open_token(token, set(Purpose), NOW) is None


@pytest.mark.parametrize("tail", [".", ">", ")", " ", ",", "]"])
def test_what_a_mail_program_leaves_at_the_end_does_no_harm(tail: str, contact: Contact) -> None:
    assert open_token(token_for(Purpose.MAIL, contact) + tail, ANSWERING, NOW) is not None


def test_correcting_an_address_kills_the_old_link(contact: Contact) -> None:
    old = token_for(Purpose.MAIL, contact)
    made = correct_contact(contact=contact, corrected=NewContact(email="b@example.com"), now=NOW)
    assert open_token(old, ANSWERING, NOW) is None
    assert open_token(token_for(Purpose.MAIL, made), ANSWERING, NOW) is not None


def test_a_new_family_link_kills_the_old_one_and_no_link_of_a_mail(contact: Contact) -> None:
    shared, mailed = token_for(Purpose.FAMILY, contact.invitation), token_for(Purpose.MAIL, contact)
    new_family_link(invitation=contact.invitation)
    assert open_token(shared, ANSWERING, NOW) is None
    assert open_token(mailed, ANSWERING, NOW) is not None


def test_a_home_off_the_list_has_no_links(contact: Contact) -> None:
    tokens = [token_for(p, row_for(p, contact)) for p in Purpose]
    withdraw(invitation=contact.invitation, now=NOW)
    assert [open_token(token, set(Purpose), NOW) for token in tokens] == [None] * len(tokens)


def test_links_die_thirty_days_after_the_party(contact: Contact) -> None:
    token = token_for(Purpose.MAIL, contact)
    dies = contact.invitation.party.ends_at + LINKS_LIVE_FOR
    assert open_token(token, ANSWERING, dies - timedelta(seconds=1)) is not None
    assert open_token(token, ANSWERING, dies) is None


def test_keys_rotate(contact: Contact, settings: Settings) -> None:
    settings.SECRET_KEY = "the key of last year " * 3
    token = token_for(Purpose.MAIL, contact)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "the key of this year " * 3
    assert open_token(token, ANSWERING, NOW) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert open_token(token, ANSWERING, NOW) is not None


def test_opening_costs_one_query_and_gives_all_that_a_page_needs(contact: Contact) -> None:
    token = token_for(Purpose.MAIL, contact)
    with CaptureQueriesContext(connection) as queries:
        opened = open_token(token, ANSWERING, NOW)
        assert opened is not None
        assert opened.contact is not None
        assert opened.party.host.email
        assert opened.contact.address is not None
        assert opened.contact.newest is None
    assert len(queries) == 1


def test_the_mac_is_the_full_one(contact: Contact) -> None:
    mac = token_for(Purpose.MAIL, contact).partition(".")[2]
    assert len(mac) == 43  # 256 bits in base64


def test_a_contact_and_a_household_have_pages_of_their_own(contact: Contact) -> None:
    assert answer_path(contact) != answer_path(contact.invitation)
