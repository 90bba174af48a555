"""What becomes of a mail, for each thing that a mail server can do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from guests.mails.compose import compose
from guests.models import Breaker, OutgoingEmail, Refusal, State
from guests.outbox.breaker import PAUSES
from guests.outbox.outcome import Result
from guests.outbox.record import BACKOFF, MAX_ATTEMPTS
from guests.outbox.recover import recover
from guests.reasons import Reason
from parties.words import Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party
from tests.guests.outbox.conftest import Clock, Send
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db


def mail_to(email: str, kind: Kind = Kind.REMINDER, reached: bool = True) -> OutgoingEmail:
    """A mail that is ready, to a household that was invited by mail (unless this invites it)."""
    reached = reached and kind is not Kind.INVITATION
    invitation = make_invitation(emails=(email,), reached=reached)
    contact = invitation.contacts.get()
    return make_mail(contact, kind=kind, occasion="sent by hand" if reached else "first")


def about(minutes: timedelta, mail: OutgoingEmail, now: object) -> bool:
    assert now == NOW
    return minutes * 0.8 <= mail.not_before - NOW <= minutes * 1.2


def test_a_mail_that_is_taken_is_sent(server: MailServer, send: Send) -> None:
    mail = mail_to("anna@example.com")
    assert send() == {Result.SENT: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at, mail.handed_at) == (State.SENT, NOW, NOW)
    assert (mail.attempts, mail.smtp_code, mail.claim_token) == (1, 250, None)
    assert mail.revision == mail.party.revision
    assert mail.body_sha256 == server.mails[0].sha256
    assert server.mails[0].message_id == mail.message_id
    assert server.mails[0].sender == "hello@fulltable.example"


@pytest.mark.parametrize(
    ("kind", "kept"), [(Kind.INVITATION, True), (Kind.REMINDER, False)], ids=["goes again", "never"]
)
def test_the_bytes_are_kept_of_kinds_that_go_again(
    server: MailServer, send: Send, kind: Kind, kept: bool
) -> None:
    mail = mail_to("anna@example.com", kind)
    send()
    mail.refresh_from_db()
    body = None if mail.body is None else bytes(mail.body)
    assert body == (server.mails[0].content if kept else None)


def test_a_mail_to_a_host_goes_too(server: MailServer, send: Send) -> None:
    host = make_host(email="dee@example.org")
    mail = make_mail(host=host, party=make_party(host), kind=Kind.NEWS, occasion="1")
    send()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert [one.to for one in server.mails] == ["dee@example.org"]


TEMPORARY = ["451rcpt", "452rcpt", "droprcpt", "dropdata", "451dot"]


@pytest.mark.parametrize("behaviour", TEMPORARY)
def test_a_temporary_refusal_goes_back_to_the_queue(
    server: MailServer, send: Send, behaviour: str
) -> None:
    mail = mail_to(f"{behaviour}@example.com")
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (State.QUEUED, 1)
    assert about(timedelta(minutes=5), mail, NOW)


def test_the_pauses_grow_and_differ_a_little(server: MailServer, send: Send, clock: Clock) -> None:
    mail = mail_to("451rcpt@example.com", Kind.INVITATION)
    pauses = []
    for _ in range(8):
        send()
        mail.refresh_from_db()
        pauses.append((mail.not_before - clock()) / timedelta(minutes=1))
        clock.moment = mail.not_before
    minutes = [*BACKOFF, BACKOFF[-1], BACKOFF[-1]]
    assert all(0.8 * m <= p <= 1.2 * m for p, m in zip(pauses, minutes, strict=True))
    assert all(p != m for p, m in zip(pauses, minutes, strict=True))


def test_three_refusals_and_then_it_arrives_once(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = mail_to("anna@example.com")
    server.script("anna@example.com", ["451rcpt", "451rcpt", "451dot", "ok"])
    for _ in range(4):
        send()
        mail.refresh_from_db()
        clock.moment = mail.not_before
    assert (mail.state, mail.attempts) == (State.SENT, 4)
    assert len(server.to("anna@example.com")) == 1


def test_a_mail_is_given_up_after_twelve_attempts(server: MailServer, send: Send) -> None:
    mail = mail_to("451rcpt@example.com", Kind.INVITATION)
    OutgoingEmail.objects.filter(pk=mail.pk).update(attempts=MAX_ATTEMPTS - 1)
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.FAILED, Reason.TRIED_ENOUGH)
    assert mail.smtp_code == 451


DEAD = [
    ("550rcpt", 550, True),
    ("bare550", 550, True),
    ("5521rcpt", 550, True),
    ("policyrcpt", 554, False),
]


@pytest.mark.parametrize(("behaviour", "code", "bounced"), DEAD, ids=[row[0] for row in DEAD])
def test_a_refused_recipient_fails_and_a_dead_address_bounces(
    server: MailServer, send: Send, behaviour: str, code: int, bounced: bool
) -> None:
    mail = mail_to(f"{behaviour}@example.com")
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.reason, mail.smtp_code) == (State.FAILED, Reason.REFUSED, code)
    assert mail.address is not None
    assert mail.address.bounced_at == (NOW if bounced else None)


def test_after_a_bounce_nothing_more_goes_to_that_address(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail_to("550rcpt@example.com")
    send()
    server.script("550rcpt@example.com", ["ok"])
    contact = OutgoingEmail.objects.filter(kind=Kind.REMINDER).get().contact
    other = make_mail(contact, kind=Kind.CHANGED, occasion="1", at=clock())
    send()
    other.refresh_from_db()
    assert (other.state, other.reason) == (State.SKIPPED, Reason.BOUNCED)
    assert server.mails == []


def test_rejected_content_fails_and_the_address_stays_good(server: MailServer, send: Send) -> None:
    mail = mail_to("554dot@example.com")
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.reason, mail.smtp_code) == (State.FAILED, Reason.REFUSED, 554)
    assert mail.address is not None
    assert mail.address.bounced_at is None


@pytest.mark.parametrize("behaviour", ["dropdot", "hangdot"])
@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON])
def test_silence_after_the_dot_holds_a_mail_of_the_plan_for_ever(
    server: MailServer, send: Send, clock: Clock, behaviour: str, kind: Kind
) -> None:
    mail = unclear_mail(f"{behaviour}@example.com", kind)
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.UNCERTAIN, Reason.UNCLEAR)
    for _ in range(5):
        clock.move(hours=1)
        recover(clock())
        send()
    mail.refresh_from_db()
    assert mail.state == State.UNCERTAIN
    assert len(server.mails) == 1


def test_an_unclear_invitation_goes_again_as_the_same_mail_twice_at_most(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = mail_to("dropdot@example.com", Kind.INVITATION)
    for _ in range(6):
        send()
        mail.refresh_from_db()
        assert mail.state == State.UNCERTAIN
        clock.move(minutes=6)
        recover(clock())
    assert (mail.attempts, mail.reason) == (3, Reason.UNCLEAR)
    assert len(server.mails) == 3
    assert len({one.content for one in server.mails}) == 1
    assert {one.message_id for one in server.mails} == {mail.message_id}


def test_an_unclear_invitation_that_arrives_the_second_time_is_sent(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = mail_to("anna@example.com", Kind.INVITATION)
    server.script("anna@example.com", ["dropdot", "451dot", "ok"])
    send()
    clock.move(minutes=6)
    recover(clock())
    send()
    mail.refresh_from_db()
    assert mail.body is not None  # the first one may have arrived: the bytes stay
    clock.moment = mail.not_before
    send()
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert len({one.content for one in server.mails}) == 1


def test_refusals_before_it_do_not_keep_an_unclear_invitation_from_going_again(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = mail_to("anna@example.com", Kind.INVITATION)
    server.script("anna@example.com", ["451rcpt", "451rcpt", "451dot", "dropdot", "ok"])
    for _ in range(5):
        send()
        mail.refresh_from_db()
        clock.moment = max(mail.not_before, clock.moment + timedelta(minutes=6))
        recover(clock())
    assert (mail.state, mail.attempts, mail.unclear) == (State.SENT, 5, 1)
    assert len({one.content for one in server.mails}) == 1


def test_an_invitation_that_may_have_arrived_is_held_after_twelve_attempts(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = mail_to("anna@example.com", Kind.INVITATION)
    server.script("anna@example.com", ["dropdot", "451rcpt"])
    send()
    clock.move(minutes=6)
    recover(clock())
    OutgoingEmail.objects.filter(pk=mail.pk).update(attempts=MAX_ATTEMPTS - 1)
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.UNCERTAIN, Reason.UNCLEAR)


def test_a_mail_with_nothing_left_to_say_is_skipped(server: MailServer, send: Send) -> None:
    contact = make_invitation(reached=True).contacts.get()
    mail = make_mail(contact, kind=Kind.CONFIRMATION, occasion="999")
    assert send(compose=compose) == {}
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.SUPERSEDED)
    assert server.mails == []


def test_a_refused_mail_is_composed_anew_with_fresher_facts(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = mail_to("anna@example.com", Kind.INVITATION)
    server.script("anna@example.com", ["451dot", "ok"])
    send()
    mail.refresh_from_db()
    assert (mail.body, mail.body_sha256, mail.composed_at) == (None, "", None)
    mail.party.place = "Hackney Marshes"
    mail.party.save()
    clock.moment = mail.not_before
    send()
    assert b"Hackney Marshes" in server.mails[0].content


NO_SERVER = ["421", "530rcpt", "421dot"]


@pytest.mark.parametrize("behaviour", NO_SERVER)
def test_a_server_that_cannot_be_used_pauses_all_and_costs_no_attempt(
    server: MailServer, send: Send, behaviour: str
) -> None:
    first = mail_to(f"{behaviour}@example.com")
    second = mail_to("anna@example.com")
    send()
    for mail in (first, second):
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == (State.QUEUED, 0)
    breaker = Breaker.objects.get()
    assert (breaker.failures, breaker.open_until) == (1, NOW + timedelta(minutes=PAUSES[0]))
    assert server.mails == []


def test_a_server_that_hangs_when_it_is_left_took_the_mail(server: MailServer, send: Send) -> None:
    mail = mail_to("hangquit@example.com")
    send()
    mail.refresh_from_db()
    assert mail.state == State.SENT


def test_five_rejected_contents_pause_the_sending(server: MailServer, send: Send) -> None:
    for number in range(6):
        mail_to(f"554dot+{number}@example.com")
    send()
    states = list(OutgoingEmail.objects.filter(kind=Kind.REMINDER).values_list("state", flat=True))
    assert (states.count(State.FAILED), states.count(State.QUEUED)) == (5, 1)
    assert Breaker.objects.get().failures == 1


def test_four_domains_that_refuse_by_policy_pause_the_sending(
    server: MailServer, send: Send
) -> None:
    for number in range(6):
        mail_to(f"policyrcpt@example{number}.com")
    send()
    states = list(OutgoingEmail.objects.filter(kind=Kind.REMINDER).values_list("state", flat=True))
    assert (states.count(State.FAILED), states.count(State.QUEUED)) == (4, 2)


@pytest.mark.parametrize(
    ("emails", "failed"),
    [
        ([f"554dot+{n}@example.com" for n in range(6)], 5),
        ([f"policyrcpt@example{n}.com" for n in range(6)], 4),
    ],
    ids=["contents", "domains"],
)
def test_refusals_are_counted_over_all_senders(
    server: MailServer, send: Send, emails: list[str], failed: int
) -> None:
    """Each mail by a sender of its own, which remembers nothing of the others."""
    for email in emails:
        mail_to(email)
        send()
    mails = OutgoingEmail.objects.filter(kind=Kind.REMINDER)
    assert mails.filter(state=State.FAILED).count() == failed
    assert mails.filter(state=State.QUEUED, attempts=0).count() == 6 - failed


def test_refusals_further_apart_are_no_reason_to_pause(
    server: MailServer, send: Send, clock: Clock
) -> None:
    for number in range(6):
        mail_to(f"554dot+{number}@example.com")
        send()
        clock.move(minutes=3)
    assert not Breaker.objects.exists()
    assert OutgoingEmail.objects.filter(kind=Kind.REMINDER, state=State.FAILED).count() == 6


def test_what_is_refused_as_a_probe_goes_back_to_the_queue(
    server: MailServer, send: Send, clock: Clock
) -> None:
    """While we are taken for spam, one mail after the other must not be lost to find out."""
    for number in range(8):
        mail_to(f"554dot+{number}@example.com")
    send()
    for _ in range(3):
        clock.moment = Breaker.objects.get().open_until or clock.moment
        send()
    mails = OutgoingEmail.objects.filter(kind=Kind.REMINDER)
    assert mails.filter(state=State.FAILED).count() == 5
    assert mails.filter(state=State.QUEUED).count() == 3
    assert Breaker.objects.get().failures == 4


def until_the_next_probe(clock: Clock) -> None:
    until = Breaker.objects.get().open_until
    clock.moment = max(clock(), until) if until else clock.move(minutes=1)


def test_a_server_that_refuses_everything_costs_five_mails_however_long_it_lasts(
    server: MailServer, send: Send, clock: Clock
) -> None:
    """The longest pause is longer than refusals are remembered."""
    for number in range(20):
        mail_to(f"554dot+{number}@example.com")
    for _ in range(12):
        send()
        until_the_next_probe(clock)
    assert Breaker.objects.get().failures > len(PAUSES)
    assert OutgoingEmail.objects.filter(state=State.FAILED).count() == 5
    for mail in OutgoingEmail.objects.filter(state=State.QUEUED):
        assert mail.address is not None
        server.script(mail.address.email, ["ok"])
    send()
    clock.move(hours=2)
    send()
    assert OutgoingEmail.objects.filter(kind=Kind.REMINDER, state=State.SENT).count() == 15


def test_refusals_are_remembered_for_as_short_as_pauses_are(
    server: MailServer, send: Send, clock: Clock, settings: Settings
) -> None:
    settings.RETRY_SECONDS = 1
    for number in range(6):
        mail_to(f"554dot+{number}@example.com")
        send()
        clock.move(seconds=3)
    assert not Breaker.objects.exists()


def test_a_server_that_hangs_up_after_every_dot_is_left_alone_after_three(
    server: MailServer, send: Send, clock: Clock
) -> None:
    """Each mail by a sender of its own, which remembers nothing of the others."""
    for number in range(8):
        mail_to(f"dropdot+{number}@example.com")
        send()
    mails = OutgoingEmail.objects.filter(kind=Kind.REMINDER)
    assert mails.filter(state=State.UNCERTAIN).count() == 3
    assert mails.filter(state=State.QUEUED, attempts=0).count() == 5
    # As long as it lasts, each probe costs one.
    for failures in (2, 3):
        until_the_next_probe(clock)
        assert send() == {Result.UNCLEAR: 1}
        assert Breaker.objects.get().failures == failures
    until_the_next_probe(clock)
    for number in range(8):
        server.script(f"dropdot+{number}@example.com", ["ok"])
    assert send() == {Result.SENT: 3}
    assert Breaker.objects.get().failures == 0
    assert not Refusal.objects.exists()


def test_one_silence_now_and_then_stops_nobody(server: MailServer, send: Send) -> None:
    for number in range(5):
        mail_to(f"dropdot+{number}@example.com")
        mail_to(f"dropdot+more{number}@example.com")
        mail_to(f"ok+{number}@example.com")
    assert send() == {Result.UNCLEAR: 10, Result.SENT: 5}
    assert not Breaker.objects.exists()


def unclear_mail(email: str, kind: Kind) -> OutgoingEmail:
    """A mail of the plan to a household whose answer it fits."""
    mail = mail_to(email)
    assert mail.invitation is not None
    fitting = {Kind.REMINDER: "silent", Kind.FOLLOW_UP: "tentative", Kind.STILL_ON: "accepted"}
    mail.invitation.answer = fitting[kind]
    mail.invitation.answered_at = NOW
    mail.invitation.save()
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        kind=kind.value, occasion="1" if kind is Kind.STILL_ON else "by hand"
    )
    mail.refresh_from_db()
    return mail
