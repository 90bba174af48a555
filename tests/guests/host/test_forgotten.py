"""What a host sees of a family that asked to be forgotten: that it did, and its numbers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guests.forgetting import forget
from guests.models import Contact, Invitation
from parties.models import Party
from parties.services import revise_party
from parties.words import Answer
from tests.factories import NOW, make_invitation
from tests.guests.family.reading import words

NAME = "A family that asked to be forgotten (2 children)"


def forgotten(party: Party, answer: Answer = Answer.ACCEPTED) -> Invitation:
    home = make_invitation(
        party, guests=("Nia", "Theo"), emails=("anna@example.com",), reached=True, answer=answer
    )
    Contact.objects.filter(invitation=home).update(phone="+447700900412")
    contact = home.contacts.get()
    forget(invitation_id=home.pk, contact=contact, never_again=False, now=NOW)
    return home


def url(name: str, home: Invitation, *more: int) -> str:
    return reverse(name, args=[home.party_id, home.pk, *more])


def test_the_dashboard_counts_them_and_asks_nothing_of_the_host(party: Party, dee: Client) -> None:
    forgotten(party)

    said = words(dee.get(reverse("party", args=[party.pk])))

    assert "2 say yes." in said
    assert NAME in said
    assert "It counts." in said
    assert "Nothing today." in said


def test_a_silent_home_is_neither_chased_nor_called_not_reached(party: Party, dee: Client) -> None:
    forgotten(party, Answer.SILENT)

    said = words(dee.get(reverse("party", args=[party.pk])))

    assert "Nothing today." in said
    assert "Not reached" not in said
    assert "Write to them now" not in said
    assert "Call them" not in said
    assert f"{NAME} Silent No mail goes there any more." in said


def test_a_home_that_had_not_confirmed_a_move_is_not_to_be_called(
    party: Party, dee: Client
) -> None:
    forgotten(party)
    party.refresh_from_db()
    party.place = "Larch Street Hall"
    revise_party(party=party, changed={"place"}, now=NOW)

    assert "Nothing today." in words(dee.get(reverse("party", args=[party.pk])))


def test_its_page_says_what_that_means_and_offers_nothing(party: Party, dee: Client) -> None:
    home = forgotten(party)

    page = dee.get(url("home", home))

    assert NAME in words(page)
    assert "Their answer counts as before, until the party is over." in words(page)
    assert "<form" not in page.content.decode().partition("<main")[2]
    assert "/i/f" not in page.content.decode()


@pytest.mark.parametrize(
    "name", ["home_answer", "home_contact_add", "home_line", "home_link", "home_withdraw"]
)
def test_nothing_can_be_done_with_it(name: str, party: Party, dee: Client) -> None:
    assert dee.post(url(name, forgotten(party))).status_code == 404


def test_who_types_the_address_again_reads_why_it_is_not_saved(party: Party, dee: Client) -> None:
    forgotten(party)
    other = make_invitation(party, guests=("Ben",))

    page = dee.post(url("home_contact_add", other), {"new-email": "anna@example.com"}, follow=True)

    assert "Whoever reads that address asked to be forgotten" in words(page)
    assert other.contacts.count() == 1
