"""What was stopped for good stays so, also when nothing else of the address is left."""

from __future__ import annotations

import ast
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from guests import suppressing
from guests.inviting import NewContact, NewHousehold, add_contact, add_households, correct_contact
from guests.models import Address, Contact, Suppression
from guests.stopping import start_again, stop_everything, stop_party
from guests.suppressing import Why, suppress
from rsvp_site.env import BASE_DIR
from tests.factories import NOW, make_contact, make_invitation, make_party

pytestmark = pytest.mark.django_db
ANNA = "anna@example.com"
OLD_KEY, NEW_KEY = "old-" + "0123456789" * 6, "new-" + "0123456789" * 6
LATER = NOW + timedelta(days=400)


def forget_all() -> None:
    """Everything goes but what is kept as a hash."""
    Contact.objects.all().delete()
    Address.objects.all().delete()


def listed(email: str = ANNA) -> Contact:
    """Somebody puts the address on the list of another party."""
    household = NewHousehold(guests=("Mia",), contacts=(NewContact(email=email),))
    (home,) = add_households(party=make_party(), households=[household], now=LATER)
    return home.contacts.select_related("address").get()


def added() -> Contact:
    home = make_invitation(emails=())
    add_contact(invitation=home, contact=NewContact(email=ANNA), now=LATER)
    return home.contacts.select_related("address").get()


def corrected() -> Contact:
    wrong = make_invitation(emails=("anan@example.com",)).contacts.get()
    made = correct_contact(contact=wrong, corrected=NewContact(email=ANNA), now=LATER)
    return Contact.objects.select_related("address").get(pk=made.pk)


@pytest.mark.parametrize("again", [listed, added, corrected])
def test_an_address_that_stopped_for_good_is_made_stopped_whoever_brings_it_back(
    again: Any,
) -> None:
    stop_everything(contact=make_invitation(emails=(ANNA,)).contacts.get(), now=NOW)
    forget_all()

    contact = again()

    assert contact.address is not None
    assert contact.address.stopped_at == NOW
    assert not contact.is_mailable


def test_a_complaint_is_remembered_as_one() -> None:
    suppress(ANNA, Why.COMPLAINED, NOW)

    address = listed().address

    assert address is not None
    assert (address.complained_at, address.stopped_at) == (NOW, None)
    assert address.refuses == "complained"


def test_however_it_is_spelled_it_is_the_same_address() -> None:
    suppress(" Anna@Example.COM ", Why.STOPPED, NOW)

    assert not listed("ANNA@example.com").is_mailable


def test_the_hash_tells_nobody_whose_it_is() -> None:
    suppress(ANNA, Why.STOPPED, NOW)

    row = Suppression.objects.get()
    assert "anna" not in repr(Suppression.objects.values().get()).lower()
    assert len(row.digest) == 64


def test_a_new_key_forgets_nothing_and_the_old_one_can_then_be_thrown_away(
    settings: Settings,
) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD_KEY, []
    suppress(ANNA, Why.STOPPED, NOW)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW_KEY, [OLD_KEY]
    assert not listed().is_mailable
    forget_all()

    settings.SECRET_KEY_FALLBACKS = []

    assert not listed().is_mailable


def test_the_hash_of_another_key_is_another_one(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD_KEY, []
    suppress(ANNA, Why.STOPPED, NOW)
    settings.SECRET_KEY = NEW_KEY

    assert listed().is_mailable


def test_a_stop_of_one_party_leaves_no_trace_behind_it() -> None:
    stop_party(contact=make_invitation(emails=(ANNA,)).contacts.get(), now=NOW)

    assert not Suppression.objects.exists()


def test_only_the_familys_own_act_takes_it_back() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    stop_everything(contact=contact, now=NOW)
    start_again(contact=contact, now=NOW)
    forget_all()

    assert not Suppression.objects.exists()
    assert listed().is_mailable


def test_a_complaint_is_not_taken_back_by_starting_again() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    stop_everything(contact=contact, now=NOW)
    suppress(ANNA, Why.COMPLAINED, NOW)
    start_again(contact=contact, now=NOW)
    forget_all()

    assert not listed().is_mailable


def test_stopping_twice_is_written_down_once_and_with_its_first_moment() -> None:
    suppress(ANNA, Why.STOPPED, NOW)
    suppress(ANNA, Why.STRANGER, LATER)

    row = Suppression.objects.get()
    assert (row.reason, row.created_at) == ("stopped", NOW)


def test_an_address_goes_when_nobody_uses_it_and_its_stop_stays() -> None:
    home = make_invitation(emails=(ANNA,))
    contact = home.contacts.get()
    used = make_contact(make_invitation(emails=()), email="tim@example.com")
    Address.objects.filter(email=ANNA).update(stopped_at=NOW)
    ids = [contact.address_id, used.address_id]
    contact.delete()

    assert suppressing.let_go(pk for pk in ids if pk is not None) == 1

    assert list(Address.objects.values_list("email", flat=True)) == ["tim@example.com"]
    assert not listed().is_mailable


#: Writes rows by the hundred thousand, for benchmarks; and a mail that is only looked at.
MAKES_NONE_THAT_IS_MAILED = {"guests/load/tables.py", "guests/load/writing.py"}
MAKES_ONE_TO_LOOK_AT = {"guests/host/preview.py", "guests/host/planmail.py"}


def test_one_place_only_makes_addresses() -> None:
    makers = set()
    for path in BASE_DIR.glob("guests/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            creates = ("create", "get_or_create", "update_or_create", "bulk_create")
            if called == "Address" or called in {f"Address.objects.{how}" for how in creates}:
                makers.add(path.relative_to(BASE_DIR).as_posix())
    assert makers - MAKES_NONE_THAT_IS_MAILED - MAKES_ONE_TO_LOOK_AT == {"guests/suppressing.py"}
