""" "Delete what you hold about us": the page says what goes and what stays, one POST does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from guests import forgetting
from guests.links import answer_path, forget_path, stop_path
from guests.models import Address, Channel, Contact, Invitation, Suppression
from parties.services import cancel_party
from parties.words import Answer
from tests.factories import NOW, make_contact, make_response
from tests.guests.family.reading import words


def test_the_page_says_what_goes_and_what_stays_and_changes_nothing(
    parent: Contact, phone: Client, everything: Callable[[], str]
) -> None:
    before = everything()

    said = words(phone.get(forget_path(parent)))

    assert "This is about Jamie’s party on Saturday 12 June, and the home of Nia and Theo." in said
    assert "that 2 children were invited here, and that you had not answered" in said
    assert "Rosa sees that a family asked to be forgotten, and how many children that is." in said
    assert "not even if it is moved or cancelled" in said
    assert "We can’t undo this." in said
    assert everything() == before


def test_a_post_forgets_and_says_so(parent: Contact, phone: Client) -> None:
    page = phone.post(forget_path(parent))

    assert page.status_code == 200
    assert not page.cookies
    assert "Done. It is deleted." in words(page)
    assert "a family with 2 children asked to be forgotten" in words(page)
    assert "<form" not in page.content.decode()
    assert Invitation.objects.get().forgotten_at == NOW
    assert not Suppression.objects.exclude(reason="forgotten").exists()


def test_who_ticks_it_gets_no_mail_from_anybody_again(parent: Contact, phone: Client) -> None:
    page = phone.post(forget_path(parent), {"never": "yes"})

    assert "No mail from us goes to this address any more, whoever invites you." in words(page)
    assert Suppression.objects.filter(reason="stopped").count() == 1


def test_a_second_tap_finds_that_it_is_done(parent: Contact, phone: Client) -> None:
    path = forget_path(parent)
    phone.post(path)

    again, looked = phone.post(path), phone.get(path)

    assert again.status_code == 200
    assert "Done. It is deleted. Nothing is kept under this link any more." in words(again)
    assert looked.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(("broken", "multipart/form-data"), id="multipart without boundary"),
        pytest.param(("{}", "application/json"), id="json"),
        pytest.param(({"never": "nonsense"}, MULTIPART_CONTENT), id="an unknown wish"),
    ],
)
def test_a_broken_body_asks_for_no_more_than_the_button(
    body: tuple[Any, str], parent: Contact, phone: Client
) -> None:
    data, kind = body

    assert phone.post(forget_path(parent), data, content_type=kind).status_code == 200
    assert Invitation.objects.get().forgotten_at == NOW
    assert not Suppression.objects.filter(reason="stopped").exists()


def test_whoever_has_the_link_of_the_home_can_do_it_too(twins: Invitation, phone: Client) -> None:
    page = phone.get(answer_path(twins)).content.decode()
    assert f'href="{forget_path(twins)}"' in page
    assert "Never" not in words(phone.get(forget_path(twins)))

    phone.post(forget_path(twins))

    assert not Address.objects.filter(email__contains="@").exists()


@pytest.mark.parametrize("path", [answer_path, stop_path])
def test_the_familys_page_and_the_page_that_stops_lead_there(
    path: Callable[[Contact], str], parent: Contact, phone: Client
) -> None:
    assert f'href="{forget_path(parent)}"' in phone.get(path(parent)).content.decode()


def test_who_has_not_answered_is_shown_the_way_once_more(parent: Contact, phone: Client) -> None:
    before = words(phone.get(forget_path(parent)))
    make_response(parent.invitation, Answer.ACCEPTED)
    after = words(phone.get(forget_path(parent)))

    assert "One tap on your page before you go helps Rosa." in before
    assert "One tap on your page" not in after
    assert "and your answer with its numbers. Rosa sets the places by it" in after


def test_that_the_other_grown_ups_go_too_is_said(parent: Contact, phone: Client) -> None:
    assert "other grown-ups" not in words(phone.get(forget_path(parent)))
    make_contact(parent.invitation, "olaf@example.com", name="Olaf")

    said = words(phone.get(forget_path(parent)))

    assert "This is for your home as a whole: the other grown-ups that we know of go too." in said
    assert "Olaf" not in said


def test_it_works_after_the_party_was_cancelled(parent: Contact, phone: Client) -> None:
    cancel_party(party=parent.invitation.party, note="", now=NOW)

    said = words(phone.post(forget_path(parent)))

    assert "Done. It is deleted." in said
    assert "counts until" not in said


def test_the_answer_by_which_the_host_counts_is_not_changed(parent: Contact, phone: Client) -> None:
    make_response(parent.invitation, Answer.ACCEPTED)
    make_response(parent.invitation, Answer.ACCEPTED, channel=Channel.FAMILY)

    assert "counts until the party is over" in words(phone.post(forget_path(parent)))
    assert Invitation.objects.get().answer == "accepted"


def test_while_the_database_is_away_nothing_is_called_deleted(
    parent: Contact, phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_given: Any) -> int:
        raise DatabaseError

    monkeypatch.setattr(forgetting, "forget", away)

    page = phone.post(forget_path(parent), {"never": "yes"})

    assert page.status_code == 503
    assert page["Retry-After"]
    assert "We could not save that yet. Please tap again." in words(page)
    assert '<input type="hidden" name="never" value="yes">' in page.content.decode()
    assert "Delete it now</button>" in page.content.decode()
