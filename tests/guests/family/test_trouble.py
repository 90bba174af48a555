"""The database is locked, full or away: nothing typed is lost, and "thank you" is not said."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.test import Client

from guests.links import answer_path, calendar_path, stop_path
from guests.models import Contact, Invitation, Response
from parties.words import Answer
from rsvp_site.postgres.base import MaybeSaved
from tests.factories import make_response
from tests.guests.family.reading import details, forms, words

SORRY = "We could not save that yet. Your answer is still here. Please tap again."
FAILS = [
    pytest.param(OperationalError("database is locked"), id="locked"),
    pytest.param(OperationalError("database or disk is full"), id="full"),
    pytest.param(InterfaceError("connection already closed"), id="closed"),
    pytest.param(DatabaseError("lost synchronization with server"), id="lost"),
]
WRITES = ("INSERT", "UPDATE", "DELETE")


def failing(error: Exception, only: tuple[str, ...] = ("",)) -> Callable[..., Any]:
    """A database that fails at every statement that begins with one of `only`."""

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(only):
            raise error
        return run(sql, params, many, context)

    return execute


@pytest.mark.parametrize("error", FAILS)
def test_a_tap_that_cannot_be_saved_stays_on_the_page(
    error: Exception, parent: Contact, phone: Client
) -> None:
    form = forms(phone.get(answer_path(parent)))[0] | {"answer": ["declined"]}

    with connection.execute_wrapper(failing(error, WRITES)):
        response = phone.post(answer_path(parent), form)

    assert response.status_code == 503
    assert response["Retry-After"]
    assert SORRY in words(response)
    assert "Thank you" not in words(response)
    assert 'value="declined" aria-current="true"' in response.content.decode()
    assert forms(response)[0]["submission_id"] == form["submission_id"]
    assert not Response.objects.exists()


def test_of_a_tap_that_may_be_saved_nobody_says_that_it_is_not(
    parent: Contact, phone: Client
) -> None:
    form = forms(phone.get(answer_path(parent)))[0] | {"answer": ["declined"]}
    error = OperationalError()
    error.__cause__ = MaybeSaved()

    with connection.execute_wrapper(failing(error, WRITES)):
        response = phone.post(answer_path(parent), form)

    assert response.status_code == 503
    assert "We do not know whether that was saved. Please tap again" in words(response)
    assert "Not saved yet" not in response.content.decode()
    assert "Thank you" not in words(response)
    assert forms(response)[0]["submission_id"] == form["submission_id"]


@pytest.mark.parametrize("stored", [Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE])
@pytest.mark.parametrize("error", FAILS)
def test_details_that_cannot_be_saved_stay_in_their_fields(
    error: Exception, stored: Answer, parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, stored)
    form = details(phone.get(answer_path(parent))) | {"message": ["Typed with care"]}

    with connection.execute_wrapper(failing(error, WRITES)):
        response = phone.post(answer_path(parent), form)

    assert response.status_code == 503
    assert SORRY in words(response)
    assert "Thank you" not in words(response)
    assert "Lovely" not in words(response)
    assert details(response) == form
    assert Response.objects.count() == 1


@pytest.mark.parametrize("error", FAILS)
def test_when_not_even_the_link_can_be_looked_up_what_was_typed_is_sent_again_by_hand(
    error: Exception, parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, Answer.ACCEPTED)
    form = details(phone.get(answer_path(parent))) | {"message": ['Nuts & "<b>"'], "adults": ["2"]}

    with connection.execute_wrapper(failing(error)):
        response = phone.post(answer_path(parent), form)

    assert response.status_code == 503
    assert response["Retry-After"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert SORRY in words(response)
    again = forms(response)[0]
    phone.post(answer_path(parent), again)
    newest = Response.objects.latest("pk")
    assert (newest.message, newest.adults) == ('Nuts & "<b>"', 2)
    assert str(newest.submission_id) == form["submission_id"][0]


@pytest.mark.parametrize("make", [answer_path, stop_path, calendar_path])
def test_a_look_meanwhile_is_asked_to_come_back(
    make: Callable[[Contact], str], parent: Contact, phone: Client
) -> None:
    with connection.execute_wrapper(failing(OperationalError("down"))):
        response = phone.get(make(parent))

    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Please try again in a minute." in words(response)


def test_a_stop_that_cannot_be_saved_says_so_and_can_be_tapped_again(
    parent: Contact, phone: Client
) -> None:
    with connection.execute_wrapper(failing(OperationalError("locked"), WRITES)):
        response = phone.post(stop_path(parent), {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 503
    assert response["Retry-After"]
    assert "We could not save that yet." in words(response)
    assert "Done" not in words(response)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_else_holds_is_trouble_and_not_a_lost_answer(
    parent: Contact, phone: Client
) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(Invitation.objects.locked([parent.invitation_id]))
            held.set()
            release.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    _wait_no_longer_than_a_moment()
    response = phone.post(answer_path(parent), {"answer": "accepted"})
    release.set()
    holder.join()

    assert response.status_code == 503
    assert SORRY in words(response)
    assert phone.post(answer_path(parent), {"answer": "accepted"}).status_code == 303
    connection.close()  # and with it the short patience


def _wait_no_longer_than_a_moment() -> None:
    patience = {"sqlite": "PRAGMA busy_timeout=200", "postgresql": "SET lock_timeout='200ms'"}
    with connection.cursor() as cursor:
        cursor.execute(patience[connection.vendor])
