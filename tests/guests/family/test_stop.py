"""Stopping mail: for people with a page, for mail programs with one POST (RFC 8058)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from guests.links import answer_path, stop_path
from guests.models import Address, Contact, Invitation
from parties.words import Answer
from tests.factories import NOW, make_invitation, make_response
from tests.guests.family.reading import words

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_the_page_offers_two_stops_and_makes_none(
    parent: Contact, phone: Client, everything: Callable[[], str]
) -> None:
    before = everything()

    page = phone.get(stop_path(parent))

    assert 'value="party">Stop mails about this party</button>' in page.content.decode()
    assert 'value="everything">Never write to me again' in page.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    "body",
    [
        pytest.param((ONE_CLICK, MULTIPART_CONTENT), id="as RFC 8058 has it"),
        pytest.param(("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"), id="raw"),
        pytest.param(("", "application/x-www-form-urlencoded"), id="empty"),
        pytest.param(("{}", "application/json"), id="json"),
        pytest.param(("broken", "multipart/form-data"), id="multipart without boundary"),
        pytest.param(("\xff\xfe", "text/plain"), id="nonsense"),
        pytest.param(({"what": "nonsense"}, MULTIPART_CONTENT), id="an unknown wish"),
        pytest.param(({"what": "party"}, MULTIPART_CONTENT), id="the button"),
    ],
)
def test_any_post_stops_the_mails_of_this_party(
    body: tuple[Any, str], parent: Contact, phone: Client
) -> None:
    data, kind = body

    response = phone.post(stop_path(parent), data, content_type=kind)

    assert response.status_code == 200
    assert not response.cookies
    parent.refresh_from_db()
    assert parent.stopped_at == NOW
    assert Address.objects.get().stopped_at is None


def test_stopping_twice_is_stopping_once(parent: Contact, phone: Client) -> None:
    first, second = (phone.post(stop_path(parent), ONE_CLICK) for _time in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert Invitation.objects.get().next_mail_at == NOW


def test_never_again_holds_for_whoever_invites(parent: Contact, phone: Client) -> None:
    response = phone.post(stop_path(parent), {"what": "everything"})

    assert "Done. We won’t write to you again." in words(response)
    assert Address.objects.get().stopped_at == NOW


@pytest.mark.parametrize("wish", ["party", "everything"])
def test_a_stop_can_be_taken_back(wish: str, parent: Contact, phone: Client) -> None:
    stopped = phone.post(stop_path(parent), {"what": wish})
    assert 'value="again">Start again</button>' in stopped.content.decode()

    again = phone.post(stop_path(parent), {"what": "again"})

    assert "Mails about this party go again." in words(again)
    parent.refresh_from_db()
    assert parent.stopped_at is None
    assert Address.objects.get().stopped_at is None


@pytest.mark.parametrize(
    ("wish", "says"),
    [("party", "Done. No more mails about this party."), ("everything", "We won’t write to you")],
)
def test_the_page_remembers_what_is_stopped(
    wish: str, says: str, parent: Contact, phone: Client
) -> None:
    phone.post(stop_path(parent), {"what": wish})

    assert says in words(phone.get(stop_path(parent)))
    assert "Mails about this party are stopped." in words(phone.get(answer_path(parent)))


def test_a_stop_is_no_answer_and_the_page_says_so(parent: Contact, phone: Client) -> None:
    response = phone.post(stop_path(parent), ONE_CLICK)

    assert Invitation.objects.get().answer == "silent"
    assert "Stopping is not an answer." in words(response)
    assert f'href="{answer_path(parent)}"' in response.content.decode()
    assert phone.post(answer_path(parent), {"answer": "declined"}).status_code == 303


def test_who_has_answered_is_not_asked_to(parent: Contact, phone: Client) -> None:
    make_response(parent.invitation, Answer.DECLINED)

    said = words(phone.post(stop_path(parent), ONE_CLICK))

    assert "Stopping is not an answer." not in said
    assert "Your answer stays as it is, and Rosa can see it." in said


def test_an_unknown_link_is_a_missing_page_to_look_at_and_stopped_to_post(
    phone: Client, everything: Callable[[], str], parent: Contact
) -> None:
    before = everything()

    looked, posted = phone.get("/stop/s9.wrong/"), phone.post("/stop/s9.wrong/", ONE_CLICK)

    assert (looked.status_code, posted.status_code) == (404, 200)
    assert "Done. No more mails about this party." in words(posted)
    assert "<form" not in posted.content.decode()
    assert everything() == before


def test_a_link_that_answers_does_not_stop(parent: Contact, phone: Client) -> None:
    phone.post(answer_path(parent).replace("/i/", "/stop/"), ONE_CLICK)

    parent.refresh_from_db()
    assert parent.stopped_at is None


def test_another_family_keeps_its_mails(parent: Contact, phone: Client) -> None:
    other = make_invitation(parent.invitation.party).contacts.get()

    phone.post(stop_path(parent), {"what": "everything"})

    other.refresh_from_db()
    assert other.stopped_at is None
