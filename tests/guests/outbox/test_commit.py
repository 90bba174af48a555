"""The commit point: what happens between the claim and DATA decides."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guests import calling, inviting, stopping
from guests.inviting import NewContact
from guests.models import Address, Invitation, OutgoingEmail, State
from guests.outbox.claim import claim
from guests.outbox.commit import Prepared, commit_point
from guests.outbox.outcome import Result
from guests.outbox.recover import recover
from guests.outbox.smtp import SmtpTransport
from guests.planner import plan
from guests.reasons import Reason
from parties import services
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_response
from tests.guests.outbox.conftest import Clock, Send
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db


def reminder(email: str = "anna@example.com") -> OutgoingEmail:
    contact = make_invitation(emails=(email,), reached=True).contacts.get()
    return make_mail(contact, kind=Kind.REMINDER, occasion="by hand")


def answer(mail: OutgoingEmail) -> None:
    assert mail.invitation is not None
    make_response(mail.invitation, Answer.DECLINED)


def phone(mail: OutgoingEmail) -> None:
    assert mail.invitation is not None
    calling.answer_by_phone(
        invitation_id=mail.invitation.pk,
        answer=Answer.DECLINED,
        submission_id=uuid.uuid4(),
        now=NOW,
    )


def disagree(mail: OutgoingEmail) -> None:
    assert mail.invitation is not None
    other = make_contact(mail.invitation, "ben@example.com", name="Ben")
    make_response(mail.invitation, Answer.DECLINED)
    make_response(mail.invitation, Answer.ACCEPTED, contact=other)


def stop(mail: OutgoingEmail) -> None:
    assert mail.contact is not None
    stopping.stop_party(contact=mail.contact, now=NOW)


def stop_all(mail: OutgoingEmail) -> None:
    assert mail.contact is not None
    stopping.stop_everything(contact=mail.contact, now=NOW)


def cancel(mail: OutgoingEmail) -> None:
    services.cancel_party(party=mail.party, note="", now=NOW)


def withdraw(mail: OutgoingEmail) -> None:
    assert mail.invitation is not None
    inviting.withdraw(invitation=mail.invitation, now=NOW)


def correct(mail: OutgoingEmail) -> None:
    assert mail.contact is not None
    inviting.correct_contact(
        contact=mail.contact, corrected=NewContact("Anna", "right@example.com"), now=NOW
    )


def bounce(mail: OutgoingEmail) -> None:
    assert mail.address is not None
    Address.objects.filter(pk=mail.address.pk).update(bounced_at=NOW)


ACTS = [
    (answer, Reason.ANSWERED),
    (phone, Reason.ANSWERED),
    (disagree, Reason.DISPUTED),
    (stop, Reason.STOPPED),
    (stop_all, Reason.STOPPED_ALL),
    (cancel, Reason.CANCELLED),
    (withdraw, Reason.WITHDRAWN),
    (correct, Reason.RETIRED),
    (bounce, Reason.BOUNCED),
]


@pytest.mark.parametrize(("act", "reason"), ACTS, ids=[act.__name__ for act, _ in ACTS])
@pytest.mark.django_db(transaction=True)
def test_an_act_between_claim_and_data_stops_the_mail(
    server: MailServer, send: Send, act: Callable[[OutgoingEmail], None], reason: str
) -> None:
    """The act happens in another thread while the server thinks about the recipient."""
    mail = reminder()

    def meanwhile(_recipient: str) -> None:
        try:
            act(OutgoingEmail.objects.get(pk=mail.pk))
        finally:
            connection.close()

    server.on_rcpt(meanwhile)
    assert send() == {Result.STOPPED: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, reason)
    assert server.mails == []
    assert "DATA" not in server.ledger.commands
    assert "RSET" in server.ledger.commands


@pytest.mark.django_db(transaction=True)
def test_a_move_between_claim_and_data_lets_the_mail_be_composed_again(
    server: MailServer, send: Send
) -> None:
    contact = make_invitation(emails=("anna@example.com",)).contacts.get()
    mail = make_mail(contact)
    moved: list[int] = []

    def meanwhile(_recipient: str) -> None:
        try:
            if not moved:
                moved.append(1)
                party = OutgoingEmail.objects.get(pk=mail.pk).party
                party.place = "Hackney Marshes"
                services.revise_party(party=party, changed={"place"}, now=NOW)
        finally:
            connection.close()

    server.on_rcpt(meanwhile)
    assert send() == {Result.STOPPED: 1, Result.SENT: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.revision, mail.attempts) == (State.SENT, 2, 1)
    assert len(server.mails) == 1
    assert b"Hackney Marshes, revision 2" in server.mails[0].content


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_server_is_spoken_to(server: MailServer, send: Send) -> None:
    mail = reminder()
    open_then: list[bool] = []

    class Watching(SmtpTransport):
        def _hand_over(self, *args: Any) -> tuple[int, bytes]:
            open_then.append(connection.in_atomic_block)
            return super()._hand_over(*args)

    send(transport=Watching)
    mail.refresh_from_db()
    assert mail.state == State.SENT
    assert open_then == [False]


def prepared(mail: OutgoingEmail) -> Prepared:
    return Prepared(b"bytes", "sum", NOW, mail.party.revision)


def test_only_the_holder_of_the_token_passes() -> None:
    mail = reminder()
    batch = claim(NOW, 10)
    assert not commit_point(mail, uuid.uuid4(), NOW, prepared(mail))
    assert commit_point(mail, batch.token, NOW, prepared(mail))
    assert not commit_point(mail, batch.token, NOW, prepared(mail))


def test_a_sender_that_lost_its_lease_does_not_pass() -> None:
    mail = reminder()
    asleep = claim(NOW, 10)
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=State.QUEUED, claim_token=None, lease_until=None
    )
    awake = claim(NOW, 10)
    assert not commit_point(mail, asleep.token, NOW, prepared(mail))
    assert commit_point(mail, awake.token, NOW, prepared(mail))


def test_a_sender_whose_lease_ran_out_does_not_pass_and_judges_nothing() -> None:
    """It slept, or the clock has jumped: by that hour the mail would be called too late."""
    mail = reminder()
    batch = claim(NOW, 10)
    assert not commit_point(mail, batch.token, NOW + timedelta(days=9), prepared(mail))
    mail.refresh_from_db()
    assert mail.state == State.CLAIMED


def test_at_night_it_waits_for_the_window_and_no_attempt_is_counted(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = reminder()
    clock.moment = NOW.replace(hour=22)
    assert send() == {Result.STOPPED: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.reason) == (State.QUEUED, 0, "")
    assert mail.not_before == NOW.replace(hour=7) + timedelta(days=1)  # 8 in London
    clock.moment = mail.not_before
    assert send() == {Result.SENT: 1}


def test_two_parties_that_share_an_address_remind_it_20_hours_apart(
    server: MailServer, send: Send, clock: Clock
) -> None:
    _one, other = reminder("anna@example.com"), reminder("anna@example.com")
    assert send() == {Result.SENT: 1, Result.STOPPED: 1}
    other.refresh_from_db()
    assert other.state == State.QUEUED
    assert other.not_before >= NOW + timedelta(hours=20)
    assert Address.objects.get().last_plan_mail_at == NOW
    clock.moment = other.not_before
    assert send() == {Result.SENT: 1}


def test_a_still_on_does_not_count_for_the_20_hours(server: MailServer, send: Send) -> None:
    contact = make_invitation(reached=True, answer=Answer.ACCEPTED).contacts.get()
    make_mail(contact, kind=Kind.STILL_ON, occasion="1")
    assert send() == {Result.SENT: 1}
    assert Address.objects.get().last_plan_mail_at is None


def test_a_retry_is_not_stopped_by_its_own_stamp(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mail = reminder("anna@example.com")
    server.script("anna@example.com", ["451dot", "ok"])
    send()
    mail.refresh_from_db()
    assert mail.state == State.QUEUED
    clock.moment = mail.not_before
    assert send() == {Result.SENT: 1}


def test_an_invitation_that_goes_makes_the_plan_look_again(server: MailServer, send: Send) -> None:
    invitation = make_invitation(next_mail_at=None)
    make_mail(invitation.contacts.get())
    send()
    assert Invitation.objects.get().next_mail_at == NOW


def test_what_may_have_arrived_is_never_called_skipped(
    server: MailServer, send: Send, clock: Clock
) -> None:
    invitation = make_invitation(emails=("dropdot@example.com",))
    mail = make_mail(invitation.contacts.get())
    send()
    OutgoingEmail.objects.update(state=State.QUEUED)
    services.cancel_party(party=invitation.party, note="", now=clock())
    assert send() == {Result.STOPPED: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.UNCERTAIN, Reason.UNCLEAR)


def test_what_may_have_arrived_does_not_go_again_with_the_old_day(
    server: MailServer, send: Send, clock: Clock
) -> None:
    invitation = make_invitation(emails=("dropdot@example.com",))
    mail = make_mail(invitation.contacts.get())
    send()
    party = invitation.party
    party.place = "Hackney Marshes"
    services.revise_party(party=party, changed={"place"}, now=clock())
    clock.move(minutes=6)
    recover(clock())
    assert send() == {Result.STOPPED: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.UNCERTAIN, Reason.UNCLEAR)
    assert len(server.mails) == 1


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "cancelled"])
def test_whom_an_unclear_invitation_may_have_reached_is_told_of_what_followed(
    server: MailServer, send: Send, clock: Clock, moved: bool
) -> None:
    invitation = make_invitation(emails=("dropdot@example.com",))
    make_mail(invitation.contacts.get())
    send()
    clock.move(minutes=6)
    recover(clock())
    party = invitation.party
    if moved:
        party.place = "Hackney Marshes"
        services.revise_party(party=party, changed={"place"}, now=clock())
    else:
        services.cancel_party(party=party, note="", now=clock())
    plan(clock())
    kind = Kind.CHANGED if moved else Kind.CANCELLED
    assert OutgoingEmail.objects.filter(kind=kind.value, state=State.QUEUED).exists()


def queries(send: Send) -> int:
    with CaptureQueriesContext(connection) as captured:
        send()
    return len(captured)


def test_a_mail_costs_a_bounded_number_of_queries(server: MailServer, send: Send) -> None:
    for number in range(10):
        reminder(f"one{number}@example.com")
    few = queries(send)
    for number in range(40):
        reminder(f"two{number}@example.com")
    many = queries(send)
    # savepoint and release stand for begin and commit here
    assert (many - few) / 30 < 10
