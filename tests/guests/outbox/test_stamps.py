"""A reminder that surely did not go uses up nobody's 20 hours."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from guests.models import Address, Invitation, OutgoingEmail, State
from guests.outbox.claim import claim
from guests.outbox.commit import Prepared, commit_point
from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.record import record
from guests.outbox.stamps import give_back
from guests.planner import expected_next, plan
from parties.schedule import SPACING
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_mail
from tests.guests.outbox.conftest import Clock, Send
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

ANNA = "anna@example.com"


def reminder(email: str = ANNA) -> OutgoingEmail:
    contact = make_invitation(emails=(email,), reached=True).contacts.get()
    return make_mail(contact, kind=Kind.REMINDER, occasion="by hand")


def follow_up(email: str = ANNA) -> OutgoingEmail:
    home = make_invitation(emails=(email,), reached=True, answer=Answer.TENTATIVE)
    return make_mail(home.contacts.get(), kind=Kind.FOLLOW_UP, occasion="by hand")


def last_of(email: str = ANNA) -> object:
    return Address.objects.get(email=email).last_plan_mail_at


NOT_TAKEN = ["dropdata", "451dot", "421dot", "554dot", "nobodydot"]


@pytest.mark.parametrize("make", [reminder, follow_up])
@pytest.mark.parametrize("behaviour", NOT_TAKEN)
def test_a_mail_that_was_not_taken_gives_its_stamp_back(
    server: MailServer, send: Send, behaviour: str, make: Callable[[], OutgoingEmail]
) -> None:
    mail = make()
    server.script(ANNA, [behaviour])
    send()
    mail.refresh_from_db()
    assert mail.state in (State.QUEUED, State.FAILED)
    assert last_of() is None


@pytest.mark.parametrize("behaviour", ["ok", "dropdot", "hangquit"])
def test_a_mail_that_went_or_may_have_gone_keeps_it(
    server: MailServer, send: Send, behaviour: str
) -> None:
    reminder()
    server.script(ANNA, [behaviour])
    send()
    assert last_of() == NOW


def test_the_stamp_of_the_mail_before_comes_back(
    server: MailServer, send: Send, clock: Clock
) -> None:
    reminder()
    send()
    clock.move(hours=21, minutes=1)
    reminder()
    server.script(ANNA, ["451dot"])
    send()
    assert last_of() == NOW


def test_another_partys_reminder_that_waited_for_it_goes_at_once(
    server: MailServer, send: Send, clock: Clock
) -> None:
    one, other = reminder(), reminder()
    server.script(ANNA, ["451dot", "ok"])
    batch = claim(clock(), 1)
    (first,) = batch.mails
    prepared = Prepared(b"bytes", "sum", clock(), first.party.revision)
    assert commit_point(first, batch.token, clock(), prepared)
    send()  # meanwhile: the other one has to wait 20 hours
    other.refresh_from_db()
    assert other.not_before >= NOW + SPACING
    clock.move(seconds=30)
    refuse(first, batch.token, clock)
    other.refresh_from_db()
    assert (other.state, other.not_before) == (State.QUEUED, clock())
    server.script(ANNA, ["ok"])
    assert send() == {Result.SENT: 1}
    assert last_of() == clock()
    one.refresh_from_db()
    assert one.state == State.QUEUED


def test_whose_plan_was_worked_out_by_the_stamp_is_planned_again(clock: Clock) -> None:
    mail = reminder()
    other = make_invitation(emails=(ANNA,), reached=True)
    batch = claim(clock(), 1)
    (first,) = batch.mails
    prepared = Prepared(b"bytes", "sum", clock(), first.party.revision)
    assert commit_point(first, batch.token, clock(), prepared)
    plan(clock())
    clock.move(seconds=30)
    refuse(mail, batch.token, clock)
    for home in Invitation.objects.all():
        expected = expected_next([home.pk])[home.pk]
        assert expected is not None
        assert home.next_mail_at is not None
        assert home.next_mail_at <= expected
    assert other.contacts.exists()


def test_a_stamp_that_is_not_ours_any_more_stays(clock: Clock) -> None:
    reminder()
    batch = claim(clock(), 1)
    (first,) = batch.mails
    prepared = Prepared(b"bytes", "sum", clock(), first.party.revision)
    assert commit_point(first, batch.token, clock(), prepared)
    later = NOW + timedelta(hours=21)
    Address.objects.update(last_plan_mail_at=later)
    refuse(first, batch.token, clock)
    assert last_of() == later


def test_who_lost_the_mail_gives_nothing_back(clock: Clock) -> None:
    reminder()
    batch = claim(clock(), 1)
    (first,) = batch.mails
    prepared = Prepared(b"bytes", "sum", clock(), first.party.revision)
    assert commit_point(first, batch.token, clock(), prepared)
    other = claim(clock(), 1).token
    refuse(first, other, clock)
    assert last_of() == NOW


def test_it_goes_again_although_it_was_stamped_itself(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = reminder()
    server.script(ANNA, ["451dot", "dropdata", "ok"])
    for _ in range(3):
        send()
        mail.refresh_from_db()
        clock.moment = mail.not_before
    assert (mail.state, mail.attempts) == (State.SENT, 3)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_and_another_partys_reminder_at_once_keep_the_20_hours(
    server: MailServer, send: Send, clock: Clock
) -> None:
    """Many times over: one is refused while the other asks. At most one of them goes."""
    for number in range(10):
        email = f"two{number}@example.com"
        one, other = reminder(email), reminder(email)
        batch = claim(clock(), 1)
        (first,) = batch.mails
        prepared = Prepared(b"bytes", "sum", clock(), first.party.revision)
        assert commit_point(first, batch.token, clock(), prepared)
        thread = threading.Thread(target=in_thread, args=(refuse, first, batch.token, clock))
        thread.start()
        send()
        thread.join()
        OutgoingEmail.objects.filter(pk=first.pk).update(not_before=clock())
        send()
        sent = OutgoingEmail.objects.filter(pk__in=[one.pk, other.pk], state=State.SENT)
        assert sent.count() == 1
        assert last_of(email) == sent.get().handed_at


def test_only_what_is_spaced_gives_back(clock: Clock) -> None:
    contact = make_invitation(reached=True, answer=Answer.ACCEPTED).contacts.get()
    mail = make_mail(contact, kind=Kind.STILL_ON, occasion="1")
    Address.objects.update(last_plan_mail_at=NOW)
    batch = claim(clock(), 1)
    give_back(mail, batch.token, clock())
    assert Address.objects.get().last_plan_mail_at == NOW


def in_thread(act: Callable[..., None], *given: object) -> None:
    try:
        act(*given)
    finally:
        connection.close()


def refuse(mail: OutgoingEmail, token: uuid.UUID, clock: Clock) -> None:
    """The server says "not now" to the final dot."""
    said = Outcome(Result.NOT_NOW, Phase.DOT, 451, "4.3.0")
    record(mail, token, said, committed=True, now=clock(), rng=random.Random(7))
