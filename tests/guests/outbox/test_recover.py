"""What a dead sender left behind."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from guests import judge
from guests.models import OutgoingEmail, State
from guests.outbox import recover as recovering
from guests.outbox.claim import claim
from guests.outbox.commit import Prepared, commit_point
from guests.outbox.outcome import Outcome, Result
from guests.outbox.record import MAX_ATTEMPTS, record
from guests.outbox.recover import Recovered, recover
from guests.reasons import Reason
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_mail, make_party
from tests.guests.outbox.conftest import Clock, Send, small
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db
LEASE = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _lease(settings: Settings) -> None:
    settings.LEASE_SECONDS = int(LEASE.total_seconds())


def left(kind: Kind, state: State, **over: Any) -> OutgoingEmail:
    """A mail that somebody claimed at NOW, and nobody has touched since."""
    contact = make_invitation(reached=kind is not Kind.INVITATION).contacts.get()
    over = {"lease_until": NOW + LEASE, "attempts": 1, **over}
    return make_mail(contact, kind=kind, occasion="by hand", state=state, **over)


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.INVITATION])
def test_a_lease_that_ran_out_before_the_commit_point_frees_the_mail(kind: Kind) -> None:
    mail = left(kind, State.CLAIMED)
    assert recover(NOW + LEASE) == Recovered()
    assert recover(NOW + LEASE + timedelta(seconds=1)) == Recovered(released=1)
    mail.refresh_from_db()
    assert (mail.state, mail.claim_token, mail.lease_until) == (State.QUEUED, None, None)
    assert mail.attempts == 1  # it counts: a mail that kills its sender is given up some day


def test_a_mail_that_kills_every_sender_takes_no_others_with_it(
    server: MailServer, send: Send, clock: Clock
) -> None:
    killer, *others = [make_mail(make_invitation().contacts.get()) for _ in range(12)]
    for _ in range(MAX_ATTEMPTS):
        batch = claim(clock(), 5)
        # it dies on the killer, or on what lies before it
        assert killer in batch.mails
        clock.moment = batch.until + timedelta(seconds=1)
        assert recover(clock()).given_up == 0 or batch.mails == [killer]
    killer.refresh_from_db()
    assert (killer.state, killer.reason) == (State.FAILED, Reason.TRIED_ENOUGH)
    assert send() == {Result.SENT: len(others)}


def test_a_mail_that_was_tried_often_is_claimed_by_itself_wherever_it_stands() -> None:
    mails = [make_mail(make_invitation().contacts.get(), attempts=n) for n in (0, 2, 3, 1, 0)]
    taken = [[mails.index(mail) for mail in claim(NOW, 5).mails] for _ in range(4)]
    assert taken == [[0, 1], [2], [3, 4], []]


def test_a_mail_that_kills_every_sender_is_given_up() -> None:
    mail = left(Kind.INVITATION, State.CLAIMED, attempts=MAX_ATTEMPTS)
    assert recover(NOW + 2 * LEASE) == Recovered(given_up=1)
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.FAILED, Reason.TRIED_ENOUGH)


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON])
def test_after_the_commit_point_a_mail_of_the_plan_is_held(kind: Kind) -> None:
    mail = left(kind, State.HANDING)
    assert recover(NOW + 2 * LEASE) == Recovered()
    assert recover(NOW + 2 * LEASE + timedelta(seconds=1)) == Recovered(unclear=1)
    assert recover(NOW + 9 * LEASE) == Recovered()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.UNCERTAIN, Reason.UNCLEAR)


@pytest.mark.parametrize("kind", [Kind.INVITATION, Kind.CHANGED, Kind.CANCELLED, Kind.CONFIRMATION])
def test_after_the_commit_point_other_mail_goes_again(kind: Kind) -> None:
    mail = left(kind, State.HANDING)
    assert recover(NOW + 3 * LEASE) == Recovered(unclear=1, again=1)
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.QUEUED, "")


def test_other_mail_goes_again_twice_and_is_then_held() -> None:
    mail = left(Kind.INVITATION, State.HANDING, unclear=2)
    assert recover(NOW + 3 * LEASE) == Recovered(unclear=1)
    mail.refresh_from_db()
    assert (mail.state, mail.reason, mail.unclear) == (State.UNCERTAIN, Reason.UNCLEAR, 3)


def test_tries_that_were_refused_do_not_count_as_unclear() -> None:
    mail = left(Kind.INVITATION, State.HANDING, attempts=7)
    assert recover(NOW + 3 * LEASE) == Recovered(unclear=1, again=1)
    mail.refresh_from_db()
    assert (mail.state, mail.unclear) == (State.QUEUED, 1)


def test_what_may_have_arrived_is_held_and_not_given_up() -> None:
    mail = left(Kind.INVITATION, State.CLAIMED, attempts=12, handed_at=NOW, body_sha256="sum")
    assert recover(NOW + 3 * LEASE) == Recovered(unclear=1)
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.UNCERTAIN, Reason.UNCLEAR)


def test_an_unclear_mail_waits_a_little_before_it_goes_again() -> None:
    left(Kind.INVITATION, State.UNCERTAIN)
    assert recover(NOW + timedelta(minutes=4)) == Recovered()
    assert recover(NOW + timedelta(minutes=5)) == Recovered(again=1)


def test_a_sender_that_only_slept_may_still_say_that_the_mail_went(clock: Clock) -> None:
    contact = make_invitation(reached=True).contacts.get()
    mail = make_mail(contact, kind=Kind.REMINDER, occasion="by hand")
    batch = claim(NOW, 10)
    assert commit_point(mail, batch.token, NOW, Prepared(b"", "", NOW, 1))
    recover(NOW + 3 * LEASE)
    mail.refresh_from_db()
    assert mail.state == State.UNCERTAIN
    sent = Outcome(Result.SENT, code=250)
    late = NOW + 4 * LEASE
    assert record(mail, batch.token, sent, committed=True, now=late, rng=random.Random(1))
    mail.refresh_from_db()
    assert (mail.state, mail.reason, mail.sent_at) == (State.SENT, "", late)


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after it"])
@pytest.mark.parametrize("result", [r for r in Result if r is not Result.STOPPED])
def test_a_sender_that_lost_its_mail_to_another_has_no_word_any_more(
    committed: bool, result: Result
) -> None:
    contact = make_invitation(reached=True).contacts.get()
    mail = make_mail(contact, kind=Kind.REMINDER, occasion="by hand")
    asleep = claim(NOW, 10)
    recover(asleep.until + timedelta(seconds=1))
    awake = claim(asleep.until + timedelta(seconds=1), 10)
    if committed:
        assert commit_point(mail, awake.token, NOW, Prepared(b"", "", NOW, 1))
    before = OutgoingEmail.objects.filter(pk=mail.pk).values().get()
    said = Outcome(result, code=550)
    rng = random.Random(1)
    assert not record(mail, asleep.token, said, committed=committed, now=NOW, rng=rng)
    assert OutgoingEmail.objects.filter(pk=mail.pk).values().get() == before


def test_a_mail_whose_time_passes_while_no_server_is_there_says_so() -> None:
    mail = left(Kind.REMINDER, State.QUEUED, expires_at=NOW)
    assert mail.invitation is not None
    mail.invitation.reply_by_at = NOW
    mail.invitation.save()
    assert recover(NOW) == Recovered(given_up=1)
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.EXPIRED)


def test_a_mail_that_the_party_was_moved_for_keeps_its_chance() -> None:
    mail = left(Kind.REMINDER, State.QUEUED, expires_at=NOW)
    assert recover(NOW) == Recovered()
    mail.refresh_from_db()
    assert mail.state == State.QUEUED


def test_recovering_reads_indexes_and_not_the_whole_outbox() -> None:
    with CaptureQueriesContext(connection) as captured:
        recover(NOW)
    for query in captured:
        if connection.vendor == "sqlite" and not query["sql"].startswith(("SAVE", "RELEASE")):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                plan = " ".join(str(row[3]) for row in cursor.fetchall())
            assert "USING INDEX" in plan or "USING COVERING INDEX" in plan, query["sql"]


@pytest.mark.parametrize("kind", [Kind.INVITATION, Kind.BOUNCED])
def test_what_lives_longer_than_was_thought_keeps_nothing_from_its_end(
    monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """The party was put off after the mails were queued."""
    monkeypatch.setattr(recovering, "_AT_ONCE", 2)
    party = make_party()
    whose: dict[str, Any] = {"host": party.host, "party": party}
    if kind is Kind.INVITATION:
        whose = {"contact": make_invitation(party).contacts.get()}
    kept = [
        make_mail(**whose, kind=kind, occasion=str(number), expires_at=NOW) for number in range(3)
    ]
    over = make_mail(make_invitation(withdrawn_at=NOW).contacts.get(), expires_at=NOW)
    now = NOW + timedelta(hours=1)
    assert sum(recover(now).given_up for _ in range(2)) == 1
    over.refresh_from_db()
    assert over.state == State.SKIPPED
    for mail in kept:
        mail.refresh_from_db()
        assert (mail.state, mail.expires_at) == (State.QUEUED, party.starts_at)


def test_a_mail_that_cannot_be_composed_fails_alone(
    server: MailServer, send: Send, clock: Clock
) -> None:
    poison = make_mail(make_invitation().contacts.get())
    make_mail(make_invitation(emails=("anna@example.com",)).contacts.get())

    def compose(mail: OutgoingEmail, now: Any) -> Any:
        if mail.pk == poison.pk:
            raise ZeroDivisionError("Anna of 3 Cherry Lane")
        return small(mail, now)

    for _ in range(3):
        send(compose=compose)
        poison.refresh_from_db()
        clock.moment = max(poison.not_before, clock())
    assert (poison.state, poison.reason) == (State.FAILED, Reason.NOT_COMPOSED)
    assert poison.attempts == 3
    assert [mail.to for mail in server.mails] == ["anna@example.com"]


def test_a_mail_that_nobody_can_judge_holds_up_nobody(
    server: MailServer, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = make_mail(make_invitation().contacts.get())
    make_mail(make_invitation(emails=("anna@example.com",)).contacts.get())
    real = judge.verdict

    def verdict(mail: OutgoingEmail, **given: Any) -> Any:
        if mail.pk == poison.pk:
            raise ZeroDivisionError
        return real(mail, **given)

    monkeypatch.setattr(judge, "verdict", verdict)
    send()
    poison.refresh_from_db()
    assert (poison.state, poison.attempts) == (State.QUEUED, 1)
    assert poison.not_before > NOW
    assert [mail.to for mail in server.mails] == ["anna@example.com"]
