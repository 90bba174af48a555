"""Several answers at the same moment, through real connections."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from guests.links import answer_path
from guests.models import Contact, Invitation, Response
from tests.factories import make_contact


def at_once(calls: list[Callable[[], int]]) -> list[int]:
    """What the calls return when they all start together, each in a thread of its own."""
    start = threading.Barrier(len(calls))
    results: list[int] = []

    def run(call: Callable[[], int]) -> None:
        try:
            start.wait(30)
            results.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def tap(contact: Contact, answer: str, submission: uuid.UUID | None = None) -> Callable[[], int]:
    path = answer_path(contact)
    form = {"answer": answer, "submission_id": str(submission or uuid.uuid4())}
    return lambda: int(Client(enforce_csrf_checks=True).post(path, form).status_code)


@pytest.mark.django_db(transaction=True)
def test_a_hasty_finger_gives_one_answer(parent: Contact) -> None:
    same = uuid.uuid4()

    assert at_once([tap(parent, "accepted", same) for _time in range(8)]) == [303] * 8

    assert Response.objects.count() == 1
    assert Invitation.objects.get().answer == "accepted"


@pytest.mark.django_db(transaction=True)
def test_of_many_answers_at_once_all_are_stored_and_the_last_one_counts(parent: Contact) -> None:
    answers = ["accepted", "declined", "tentative"] * 4

    assert at_once([tap(parent, answer) for answer in answers]) == [303] * 12

    assert Response.objects.count() == 12
    last = Response.objects.latest("pk")
    assert Invitation.objects.get().answer == last.answers.all()[0].answer
    assert Contact.objects.get().newest == last


@pytest.mark.django_db(transaction=True)
def test_two_parents_at_once_are_both_heard(parent: Contact) -> None:
    other = make_contact(parent.invitation, email="olaf@example.com")

    assert at_once([tap(parent, "accepted"), tap(other, "declined")]) == [303, 303]

    assert Invitation.objects.get().disputed
