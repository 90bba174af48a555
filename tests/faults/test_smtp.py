"""A mail server that refuses, falls silent, hangs up, or is taken for another."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from guests.models import Address, Alarm, Breaker, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from guests.reasons import Reason, in_words
from parties.words import Kind
from tests.factories import make_host, make_invitation, make_mail
from tests.faults.households import due_homes, party_soon, reminders
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.faults.times import Clock, at_the_time_of
from tests.running import wait_for

ANNA = "parent0@example.com"
# How long the breaker waits at first (seconds here, minutes in real life).
PAUSES = (1, 2)


def some_ticks_pass(rig: Rig, count: int = 3) -> None:
    for _ in range(count):
        rig.manage("tick")


def only_reminder() -> OutgoingEmail:
    (mail,) = reminders()
    return mail


def breaker() -> Breaker:
    return Breaker.objects.first() or Breaker()


@fault("F26", "451 at RCPT three times", expected="4 attempts, 1 sent, pauses 5, 15, 30 min ±20 %")
def test_a_greylisted_reminder_arrives_at_the_fourth_try(
    rig: Rig, seen: Seen, settings: Settings
) -> None:
    settings.RETRY_SECONDS = 60
    clock = Clock(timezone.now())
    due_homes(rig, 1, party=party_soon(hour=10))
    rig.smtp.script(ANNA, ["451rcpt", "451rcpt", "451rcpt", "ok"])
    pauses = []
    tick(clock())
    for _ in range(4):
        drain(clock, connections=1)
        mail = only_reminder()
        if mail.state == State.QUEUED:
            pauses.append((mail.not_before - clock()) / timedelta(minutes=1))
            clock.moment = mail.not_before - timedelta(seconds=1)
            drain(clock, connections=1)  # a second early nothing happens
            assert only_reminder().attempts == mail.attempts
            clock.moment = mail.not_before
    seen(f"{mail.attempts} attempts, {mail.state}, pauses {[round(one, 1) for one in pauses]}")
    assert (mail.attempts, mail.state) == (4, State.SENT)
    assert len(rig.smtp.to(ANNA)) == 1
    for pause, planned in zip(pauses, (5, 15, 30), strict=True):
        assert planned * 0.8 <= pause <= planned * 1.2
    at_the_time_of(clock, rig.audit)


@fault(
    "F27",
    "550 5.1.1 at RCPT",
    expected="failed after 1 attempt, address marked, later mails skipped, each host told once",
)
def test_a_dead_address_is_told_to_the_hosts_once(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    party.co_hosts.add(make_host())
    (home,) = due_homes(rig, 1, party=party)
    contact = home.contacts.get()
    rig.smtp.script(ANNA, ["550rcpt"])
    rig.web()
    rig.beat()
    rig.worker()
    wait_for(lambda: bool(reminders(State.FAILED)))
    rig.smtp.script(ANNA, ["ok"])  # whatever is tried from here on would arrive
    later = make_mail(contact, kind=Kind.CHANGED, occasion="1", at=timezone.now())
    hosts = [host.email for host in party.hosts()]
    wait_for(lambda: all(rig.smtp.to(email) for email in hosts))
    rig.settle()
    some_ticks_pass(rig)
    rig.settle()
    mail = only_reminder()
    later.refresh_from_db()
    told = [len(rig.smtp.to(email)) for email in hosts]
    seen(
        f"{mail.state} after {mail.attempts}, bounced {bounced(ANNA)}, "
        f"later {later.state}: {later.reason}, hosts told {told}"
    )
    assert (mail.attempts, mail.reason) == (1, Reason.REFUSED)
    assert bounced(ANNA)
    assert (later.state, later.reason) == (State.SKIPPED, Reason.BOUNCED)
    assert told == [1, 1]
    assert rig.smtp.to(ANNA) == []
    words = rig.smtp.to(hosts[0])[0].parsed.get_body(("plain",))
    assert words is not None
    assert "Child0" in words.get_content()
    fix = f"/homes/{home.pk}/?correct={contact.pk}#contact{contact.pk}"
    assert fix in words.get_content()
    assert fix in rig.get(f"/parties/{party.pk}/", host=party.host).text
    page = rig.get(f"/parties/{party.pk}/homes/{home.pk}/", host=party.host).text
    assert in_words(Reason.BOUNCED) in page


def bounced(email: str) -> bool:
    return Address.objects.get(email=email).bounced_at is not None


WRONG = {
    "535 at sign-in": ("smtp://us:wrong@{}:{}", "", "connect: 535"),
    "530 at MAIL": ("smtp://{}:{}", "530 5.7.0 Authentication required", "mail: 530"),
    "550 at MAIL": ("smtp://{}:{}", "550 5.7.1 Not you", "mail: 550"),
}


@fault(
    "F28",
    "535 at sign-in, 530 and 550 at MAIL",
    expected="0 rows failed, one probe a pause, alarm once; all go once after the fix",
)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_server_that_does_not_want_us_costs_no_mail(rig: Rig, seen: Seen, wrong: str) -> None:
    address, at_mail, why = WRONG[wrong]
    where = (rig.smtp.host, rig.smtp.port)
    if not at_mail:
        restart(rig, password="right")
    rig.smtp.manners.mail = at_mail
    due_homes(rig, 5)
    operator = {"OPERATOR_EMAIL": "operator@example.org"}
    rig.beat()
    workers = [rig.worker(EMAIL_URL=address.format(*where), **operator) for _ in range(2)]
    wait_for(lambda: breaker().failures >= 3)
    wait_for(Alarm.objects.filter(name="mail_server").exists)
    seen_then = breaker()
    for worker in workers:
        worker.kill()
    tries, failures = rig.smtp.ledger.connections, breaker().failures
    mails = reminders()
    pauses = sorted(
        (line for worker in workers for line in said(worker, "mail_server_paused")),
        key=lambda line: line["timestamp"],
    )
    warned = sum(line["level"] == "warning" for line in pauses)
    alarms = Alarm.objects.filter(name="mail_server").count()
    assert {mail.state for mail in mails} <= {State.QUEUED, State.CLAIMED}
    assert sum(mail.attempts for mail in mails) <= 1  # one may just have been in hand
    assert rig.smtp.mails == []
    assert seen_then.reason.startswith(why)
    # One try a pause, and one that was killed before it could say so; and those who sent at the
    # same time before anybody knew.
    assert failures <= tries <= failures + len(workers)
    assert (warned, alarms) == (1, 1)
    moments = [datetime.fromisoformat(line["timestamp"]) for line in pauses]
    between = [(late - soon).total_seconds() for soon, late in pairwise(moments)]
    assert [line["failures"] for line in pauses][:3] == [1, 2, 3]
    assert between[0] >= PAUSES[0]
    assert between[1] >= PAUSES[1]
    rig.smtp.manners.mail = ""
    rig.worker(EMAIL_URL=address.replace("wrong", "right").format(*where), **operator)
    wait_for(lambda: len(reminders(State.SENT)) == 5)
    rig.settle()
    families = [mail for mail in rig.smtp.mails if mail.to.startswith("parent")]
    failed = len(reminders(State.FAILED))
    seen(
        f"{tries} tries, {failures} pauses, {failed} failed, {warned} warning; {len(families)} sent"
    )
    assert failed == 0
    assert len({mail.message_id for mail in families}) == len(families) == 5


def restart(rig: Rig, **manners: str) -> None:
    """The same mail server with other manners."""
    rig.smtp.stop()
    for name, value in manners.items():
        setattr(rig.smtp.manners, name, value)
    rig.smtp.start()


def said(worker: Process, event: str) -> list[dict[str, Any]]:
    """The lines of its log about one thing."""
    return [json.loads(line) for line in worker.log.splitlines() if f'"{event}"' in line]


@fault(
    "F29",
    "the server hangs at the dot for longer than the timeout",
    expected="held after 210 s at most, the worker is free for others",
)
def test_a_server_that_hangs_at_the_dot_holds_one_mail_and_no_other(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 4)
    rig.smtp.script(ANNA, ["hangdot"])
    rig.beat()
    rig.worker()
    wait_for(lambda: any(mail.handed_at for mail in reminders()))
    began = time.monotonic()
    wait_for(lambda: len(reminders(State.SENT)) == 3)
    free_after = time.monotonic() - began
    wait_for(lambda: len(reminders(State.UNCERTAIN)) == 1)
    rig.settle()
    (held,) = reminders(State.UNCERTAIN)
    seen(f"{held.reason}; the others went {free_after:.0f} s later, {len(rig.smtp.mails)} arrived")
    assert held.address is not None
    assert held.address.email == ANNA
    assert free_after < 210
    assert len(rig.smtp.to(ANNA)) == 1
    assert len({mail.message_id for mail in rig.smtp.mails}) == len(rig.smtp.mails) == 4


@fault("F30", "hangs up after the dot, a reminder", expected="held, 1 mail")
def test_a_reminder_that_may_have_arrived_never_goes_again(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 1)
    rig.smtp.script(ANNA, ["dropdot", "ok"])
    rig.beat()
    rig.worker()
    wait_for(lambda: bool(reminders(State.UNCERTAIN)))
    some_ticks_pass(rig, 6)
    rig.settle()
    mail = only_reminder()
    seen(f"{mail.state}, {len(rig.smtp.mails)} arrived")
    assert (mail.state, mail.reason, len(rig.smtp.mails)) == (State.UNCERTAIN, Reason.UNCLEAR, 1)


@fault(
    "F30",
    "hangs up after the dot, an invitation",
    expected="sent, 2 mails with the same Message-ID and the same sum",
)
def test_an_invitation_that_may_have_arrived_goes_again_as_it_was(rig: Rig, seen: Seen) -> None:
    make_invitation(party_soon(), emails=(ANNA,), invited_at=timezone.now())
    rig.smtp.script(ANNA, ["dropdot", "ok"])
    rig.beat()
    rig.worker()
    wait_for(lambda: OutgoingEmail.objects.filter(state=State.SENT).exists())
    rig.settle()
    mail = OutgoingEmail.objects.get()
    seen(f"{mail.state}, {len(rig.smtp.mails)} arrived, {mail.unclear} unclear")
    assert (mail.state, mail.unclear) == (State.SENT, 1)
    assert [one.message_id for one in rig.smtp.mails] == [mail.message_id] * 2
    assert {one.sha256 for one in rig.smtp.mails} == {mail.body_sha256}


@fault("F30", "hangs up after every dot", expected="3 held, and one a sender at most; 27 wait")
def test_a_server_that_hangs_up_after_every_dot_is_left_alone(rig: Rig, seen: Seen) -> None:
    senders = 4
    due_homes(rig, 30, email="dropdot+{}@example.com".format)
    for _ in range(2):
        rig.manage("tick", "--drain", RETRY_SECONDS="600")
    held, waiting = len(reminders(State.UNCERTAIN)), len(reminders(State.QUEUED))
    assert 3 <= held < 3 + senders
    assert held + waiting == 30
    for number in range(30):
        rig.smtp.script(f"dropdot+{number}@example.com", ["ok"])
    Breaker.objects.update(open_until=timezone.now())
    rig.manage("tick", "--drain", RETRY_SECONDS="600")
    sent = len(reminders(State.SENT))
    seen(f"{held} held, {waiting} waited, {sent} sent when it was over")
    assert (sent, len(reminders(State.UNCERTAIN))) == (waiting, held)


@fault("F31", "554 after the dot, six times", expected="breaker at 5, the 6th is not tried")
def test_five_rejected_contents_of_two_senders_pause_the_sending(rig: Rig, seen: Seen) -> None:
    """Each round is a process of its own: what they met is known to the next one."""
    party = party_soon()
    for number in range(2):
        due_homes(rig, 3, party=party, email=f"554dot+{number}{{}}@example.com".format)
        rig.manage("tick", "--drain", RETRY_SECONDS="600")
    failed, waiting = reminders(State.FAILED), reminders(State.QUEUED)
    tried = rig.smtp.ledger.commands.count("DATA")
    paused = breaker().failures
    seen(f"{len(failed)} failed, {len(waiting)} waits, {tried} tried, {paused} pause")
    assert (len(failed), len(waiting), tried, paused) == (5, 1, 5, 1)
    assert {mail.reason for mail in failed} == {Reason.REFUSED}
    assert waiting[0].attempts == 0
    assert rig.smtp.mails == []
    Breaker.objects.update(open_until=timezone.now())
    assert waiting[0].address is not None
    rig.smtp.script(waiting[0].address.email, ["ok"])
    assert "sent 1" in rig.manage("tick", "--drain", RETRY_SECONDS="600")


@fault("F31", "554 after the dot for two hours", expected="5 failed, 15 sent when it is over")
def test_a_server_that_refuses_for_hours_costs_no_more_than_five_mails(
    rig: Rig, seen: Seen, settings: Settings
) -> None:
    """Round after round of probes, with pauses as long as they really are."""
    settings.RETRY_SECONDS = 60
    clock = Clock(timezone.now())
    due_homes(rig, 20, party=party_soon(hour=10), email="554dot+{}@example.com".format)
    tick(clock())
    began, probes = clock(), 0
    while clock() < began + timedelta(hours=2):
        drain(clock, connections=1)
        clock.moment = max(breaker().open_until or clock(), clock.move(seconds=1))
        probes += 1
    lost = len(reminders(State.FAILED))
    for number in range(20):
        rig.smtp.script(f"554dot+{number}@example.com", ["ok"])
    for _ in range(3):
        clock.move(hours=1)
        drain(clock, connections=1)
    seen(f"{probes} rounds, {lost} failed, {len(reminders(State.SENT))} sent")
    assert probes > 5
    assert (lost, len(reminders(State.SENT)), len(rig.smtp.mails)) == (5, 15, 15)
    at_the_time_of(clock, rig.audit)


@fault("F32", "hangs and hangs up at QUIT", expected="sent")
@pytest.mark.parametrize("manner", ["hangquit", "dropquit"])
def test_what_happens_at_quit_changes_nothing(rig: Rig, seen: Seen, manner: str) -> None:
    due_homes(rig, 1)
    rig.smtp.script(ANNA, [manner])
    assert "sent 1" in rig.manage("tick", "--drain")
    rig.manage("tick", "--drain")
    mail = only_reminder()
    seen(f"{mail.state}, {len(rig.smtp.mails)} arrived")
    assert (mail.state, len(rig.smtp.mails)) == (State.SENT, 1)
