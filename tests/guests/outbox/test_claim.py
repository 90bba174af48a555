"""Claiming: each mail has one holder, however many senders there are."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from guests.models import OutgoingEmail, State
from guests.outbox.claim import claim, release
from tests.factories import NOW, make_invitation, make_mail


def make_ready(count: int, **over: Any) -> list[OutgoingEmail]:
    return [make_mail(make_invitation().contacts.get(), **over) for _ in range(count)]


@pytest.mark.django_db
def test_a_claim_holds_its_mails_for_the_lease(settings: Settings) -> None:
    settings.LEASE_SECONDS = 600
    make_ready(3)
    batch = claim(NOW, 2)
    assert len(batch.mails) == 2
    for mail in batch.mails:
        assert (mail.state, mail.claim_token, mail.attempts) == (State.CLAIMED, batch.token, 1)
        assert mail.lease_until == batch.until == NOW + timedelta(minutes=10)
    assert len(claim(NOW, 2).mails) == 1
    assert claim(NOW, 2).mails == []


@pytest.mark.django_db
def test_a_mail_whose_moment_has_not_come_is_left() -> None:
    make_ready(1, at=NOW + timedelta(seconds=1))
    assert claim(NOW, 10).mails == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", [s for s in State if s != State.QUEUED])
def test_only_queued_mail_is_claimed(state: State) -> None:
    make_ready(1, state=state)
    assert claim(NOW, 10).mails == []


@pytest.mark.django_db
def test_what_was_not_tried_goes_back_and_is_no_attempt() -> None:
    make_ready(2)
    batch = claim(NOW, 10)
    first, second = batch.mails
    OutgoingEmail.objects.filter(pk=second.pk).update(state=State.HANDING, handed_at=NOW)
    assert release(batch.token, [first.pk, second.pk]) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, first.claim_token) == (State.QUEUED, 0, None)
    assert second.state == State.HANDING


@pytest.mark.django_db(transaction=True)
def test_senders_that_race_share_the_mails_without_overlap() -> None:
    mails = make_ready(60)
    claimed: list[int] = []
    barrier = threading.Barrier(6)

    def race() -> None:
        try:
            barrier.wait()
            while batch := claim(NOW, 4).mails:
                claimed.extend(mail.pk for mail in batch)
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(mail.pk for mail in mails)
    assert set(OutgoingEmail.objects.values_list("attempts", flat=True)) == {1}
