""" "I don't know this host": kind words, one tap, and nothing more comes from anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from guests import strangers
from guests.links import stop_path, stranger_path
from guests.models import Address, Contact, Stranger, Suppression
from tests.factories import NOW, make_invitation
from tests.guests.family.reading import words


def test_the_page_is_kind_and_changes_nothing(
    parent: Contact, phone: Client, everything: Callable[[], str]
) -> None:
    before = everything()

    said = words(phone.get(stranger_path(parent)))

    assert "You don’t know Rosa?" in said
    assert "We are sorry for the trouble." in said
    assert everything() == before


def test_who_does_not_belong_there_learns_nothing_of_the_party(
    parent: Contact, phone: Client
) -> None:
    said = words(phone.get(stranger_path(parent))) + words(phone.post(stranger_path(parent)))

    for private in ("Nia", "Theo", "Jamie", "12 June", "Victoria Park", "7700"):
        assert private not in said


def test_one_tap_stops_everything_from_everybody(parent: Contact, phone: Client) -> None:
    assert parent.address is not None
    elsewhere = make_invitation(emails=(parent.address.email,)).contacts.get()

    page = phone.post(stranger_path(parent), {"what": "stranger"})

    assert page.status_code == 200
    assert not page.cookies
    assert "Done. No more mail comes to you." in words(page)
    assert not Contact.objects.select_related("address").get(pk=elsewhere.pk).is_mailable
    assert Suppression.objects.get().reason == "stranger"
    assert Stranger.objects.get().host == parent.invitation.party.host


def test_tapping_twice_is_tapping_once_and_the_page_remembers(
    parent: Contact, phone: Client
) -> None:
    for _time in range(2):
        phone.post(stranger_path(parent))

    assert Stranger.objects.count() == 1
    assert "Done. No more mail comes to you." in words(phone.get(stranger_path(parent)))


def test_a_slip_of_the_finger_can_be_taken_back(parent: Contact, phone: Client) -> None:
    done = phone.post(stranger_path(parent))
    assert 'value="again">Start again</button>' in done.content.decode()

    page = phone.post(stranger_path(parent), {"what": "again"})

    assert "Mails about this party go again." in words(page)
    assert Address.objects.get().stopped_at is None
    assert not Stranger.objects.exists()
    assert not Suppression.objects.exists()


def test_an_unknown_link_is_missing_to_look_at_and_done_to_post(phone: Client, db: None) -> None:
    looked, posted = phone.get("/stranger/x9.wrong/"), phone.post("/stranger/x9.wrong/")

    assert (looked.status_code, posted.status_code) == (404, 200)
    assert "<form" not in posted.content.decode()


def test_the_page_that_stops_leads_there(parent: Contact, phone: Client) -> None:
    page = phone.get(stop_path(parent)).content.decode()

    assert f'href="{stranger_path(parent)}">I don’t know Rosa</a>' in page


def test_while_the_database_is_away_nothing_is_called_done(
    parent: Contact, phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_given: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(strangers, "report", away)

    page = phone.post(stranger_path(parent))

    assert page.status_code == 503
    assert "Stop all mail to me</button>" in page.content.decode()


def test_who_called_our_mail_spam_is_told_why_none_comes(parent: Contact, phone: Client) -> None:
    Address.objects.update(complained_at=NOW)

    page = phone.get(stop_path(parent))

    assert "Your mail program told us that our mail is spam to you." in words(page)
    assert "<form" not in page.content.decode()
