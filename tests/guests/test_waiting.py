"""What waited for a lock must see what was decided meanwhile, through real connections."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from guests.answering import Closed
from guests.inviting import NewContact, NewHousehold, add_households
from guests.models import Invitation, OutgoingEmail
from guests.planner import expected_next, plan
from guests.reminding import remind_now
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_party, make_response

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=1)


def while_it_waits(
    first: Callable[[], object],
    second: Callable[[], object],
    then: Callable[[], object] = bool,
) -> None:
    """Run `first`, and `second` while its transaction is open, which ends with `then`."""
    done = threading.Event()
    errors: list[BaseException] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                done.set()
                time.sleep(0.5)
                then()
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    done.wait(10)
    try:
        second()
    finally:
        holder.join()
    assert not errors


def at_once(calls: list[Callable[[], object]]) -> None:
    """Run all of them together, each in a thread and a connection of its own."""
    start = threading.Barrier(len(calls))
    errors: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            start.wait(30)
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_a_plan_that_waited_for_a_cancellation_tells_of_it() -> None:
    home = make_invitation(reached=True)
    party = Party.objects.get()

    while_it_waits(
        lambda: cancel_party(party=party, note="", now=NOW),
        lambda: plan(LATER),
    )
    home.refresh_from_db()
    told = OutgoingEmail.objects.filter(kind=Kind.CANCELLED.value).exists()
    assert told or (home.next_mail_at is not None and home.next_mail_at <= LATER)


def test_a_plan_that_waited_for_a_move_tells_of_it() -> None:
    home = make_invitation(reached=True)
    party = Party.objects.get()
    party.day = date(2027, 6, 13)

    while_it_waits(
        lambda: revise_party(party=party, changed=["day"], now=NOW),
        lambda: plan(LATER),
    )
    home.refresh_from_db()
    assert OutgoingEmail.objects.filter(kind=Kind.CHANGED.value, occasion="2").exists()
    assert home.next_mail_at == expected_next([home.pk])[home.pk]


def test_an_answer_that_waited_for_a_cancellation_is_not_thanked_for() -> None:
    home = make_invitation(reached=True)
    party = Party.objects.get()

    def answer() -> None:
        with suppress(Closed):
            make_response(home, Answer.ACCEPTED, now=LATER)

    while_it_waits(lambda: cancel_party(party=party, note="", now=NOW), answer)
    assert Invitation.objects.get().is_silent


def test_a_list_and_a_reminder_to_one_address_do_not_wait_for_each_other() -> None:
    home = make_invitation(emails=("anna@example.com",), reached=True)
    party = Party.objects.get()
    soon = NOW + timedelta(hours=1)

    def add(child: str, email: str) -> None:
        add_households(
            party=party, households=[NewHousehold((child,), (NewContact("", email),))], now=soon
        )

    while_it_waits(
        lambda: add("Leo", "tim@example.com"),
        lambda: remind_now(party=party, invitation_ids=[home.pk], form_uuid=uuid.uuid4(), now=soon),
        then=lambda: add("Ida", "anna@example.com"),
    )
    assert Invitation.objects.count() == 3
    assert OutgoingEmail.objects.filter(kind=Kind.REMINDER.value).count() == 1


def test_two_hosts_with_the_same_class_list_do_not_wait_for_each_other() -> None:
    mine, yours = make_party(), make_party()
    emails = [f"parent{number}@example.com" for number in range(60)]

    def add(party: Party, emails: Iterable[str]) -> None:
        homes = [NewHousehold((email,), (NewContact("", email),)) for email in emails]
        add_households(party=party, households=homes, now=NOW)

    at_once(
        [lambda: add(mine, emails), lambda: add(yours, emails[::-1])],
    )
    assert Invitation.objects.count() == 120
