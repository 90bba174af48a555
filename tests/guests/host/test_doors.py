"""Every host page: needs a sign-in, is closed to strangers, and takes only its own methods."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guests.models import Invitation, OutgoingEmail
from parties.models import Host, Party
from tests.factories import make_invitation, make_party

PAGES = ("party", "party_edit", "party_cancel", "party_preview", "homes_add", "invite", "calls")
BOTH = ("party_edit", "party_cancel", "homes_add", "homes_check", "invite")
POSTS = (
    "home_answer",
    "home_remind",
    "home_contact_add",
    "home_line",
    "home_link",
    "home_withdraw",
    "home_call",
    "home_call_back",
    "home_favourite",
)
ALL = (*PAGES, "homes_check", "remind", "home", *POSTS, "home_contact")


def address(name: str, home: Invitation) -> str:
    args = [home.party_id]
    if name.startswith("home") and not name.startswith("homes"):
        args.append(home.pk)
    if name == "home_contact":
        contact = home.contacts.get()
        args.append(contact.pk)
    return reverse(name, args=args)


@pytest.fixture
def home(party: Party) -> Invitation:
    return make_invitation(party, reached=True)


@pytest.mark.parametrize("name", [*PAGES, "home"])
def test_it_shows_the_host_the_page(dee: Client, home: Invitation, name: str) -> None:
    answer = dee.get(address(name, home))
    assert answer.status_code == 200
    assert b"JJ" in answer.content


@pytest.mark.parametrize("name", ALL)
def test_it_asks_who_is_not_signed_in_to_sign_in(home: Invitation, name: str) -> None:
    method = "post" if name in (*POSTS, "remind", "home_contact") else "get"
    answer = getattr(Client(), method)(address(name, home))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/")


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ALL)
def test_a_stranger_finds_nothing_there_and_changes_nothing(
    stranger: Client, home: Invitation, name: str, method: str
) -> None:
    before = (Invitation.objects.values().get(), Party.objects.values().get())
    answer = getattr(stranger, method)(
        address(name, home), {"send": "1", "note": "x", "list": "Mia"}
    )
    assert answer.status_code in (404, 405)
    assert (Invitation.objects.values().get(), Party.objects.values().get()) == before
    assert OutgoingEmail.objects.count() == 1


@pytest.mark.parametrize("name", [*POSTS, "remind", "home_contact"])
def test_what_changes_something_refuses_a_get(dee: Client, home: Invitation, name: str) -> None:
    assert dee.get(address(name, home)).status_code == 405


@pytest.mark.parametrize("name", ["party", "party_preview", "home", "calls"])
def test_what_only_shows_refuses_a_post(dee: Client, home: Invitation, name: str) -> None:
    assert dee.post(address(name, home)).status_code == 405


@pytest.mark.parametrize("name", [*BOTH, *POSTS, "remind", "home_contact"])
def test_a_post_without_the_csrf_token_is_refused(
    party: Party, home: Invitation, name: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(party.host)
    assert client.post(address(name, home)).status_code == 403


@pytest.mark.parametrize("name", [*POSTS, "home", "home_contact"])
def test_a_home_of_another_party_of_the_same_host_is_not_found(
    dee: Client, home: Invitation, name: str
) -> None:
    other = make_party(home.party.host)
    path = address(name, home).replace(f"/{home.party_id}/", f"/{other.pk}/", 1)
    method = "get" if name == "home" else "post"
    assert getattr(dee, method)(path).status_code == 404


def test_a_contact_of_another_home_is_not_found(dee: Client, home: Invitation) -> None:
    other = make_invitation(home.party, guests=("Ben",))
    path = reverse("home_contact", args=[home.party_id, home.pk, other.contacts.get().pk])
    assert dee.post(path, {"name": "x"}).status_code == 404


def test_a_co_host_is_let_in(stranger: Client, home: Invitation) -> None:
    home.party.co_hosts.add(Host.objects.exclude(pk=home.party.host_id).get())
    assert stranger.get(address("party", home)).status_code == 200


def test_a_number_that_no_database_holds_is_not_found(dee: Client) -> None:
    assert dee.get(f"/parties/{10**30}/").status_code == 404


def test_a_home_taken_off_the_list_is_not_found(dee: Client, home: Invitation) -> None:
    dee.post(address("home_withdraw", home))
    assert dee.get(address("home", home)).status_code == 404
