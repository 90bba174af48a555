"""What waited for a lock must see what was decided meanwhile, through real connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from guests.answering import Closed
from guests.models import Invitation, OutgoingEmail
from guests.planner import expected_next, plan
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_response

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=1)


def while_it_waits(first: Callable[[], object], second: Callable[[], object]) -> None:
    """Run `first`, and `second` while the transaction of `first` is still open."""
    done = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                first()
                done.set()
                time.sleep(0.5)
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
