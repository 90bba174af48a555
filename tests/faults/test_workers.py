"""Workers that die, hang, are asked to go, or eat the machine's memory."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from guests.models import Address, Invitation, OutgoingEmail, State
from guests.reasons import Reason, in_words
from parties.models import Rule
from parties.words import Anchor, Kind
from tests.faults.households import due_homes, party_soon, reminders
from tests.faults.looking import only_reminder, state_of
from tests.faults.processes import Process
from tests.faults.rig import WAITS, Rig
from tests.faults.table import Seen, fault
from tests.running import wait_for

ANNA = "parent0@example.com"


@fault("F1", "kill -9 of a worker before DATA", expected="queued at the lease's end, sent once")
def test_a_worker_that_is_killed_before_data_costs_nothing(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 1)
    hold = rig.smtp.hold("rcpt", ANNA)
    rig.beat()
    worker = rig.worker()
    hold.wait()
    assert state_of(only_reminder()) == State.CLAIMED
    worker.kill()
    hold.release()
    rig.worker()
    mail = only_reminder()
    wait_for(lambda: state_of(mail) == State.SENT)
    rig.settle()
    seen(f"{mail.state} after {mail.attempts} attempts, {len(rig.smtp.mails)} arrived")
    assert (mail.attempts, len(rig.smtp.mails)) == (2, 1)


@fault(
    "F2",
    "kill -9 after the dot, before its answer",
    expected="held and shown, never again; the next rule's mail goes",
)
def test_a_worker_that_is_killed_after_the_dot_leaves_a_held_mail(rig: Rig, seen: Seen) -> None:
    (home,) = due_homes(rig, 1)
    hold = rig.smtp.hold("dot", ANNA)
    rig.web()
    rig.beat()
    worker = rig.worker()
    hold.wait()
    worker.kill()
    hold.release()
    rig.worker()
    mail = only_reminder()
    wait_for(lambda: state_of(mail) == State.UNCERTAIN)
    assert mail.reason == Reason.UNCLEAR
    path = f"/parties/{home.party_id}/homes/{home.pk}/"
    assert in_words(Reason.UNCLEAR) in rig.get(path, host=home.party.host).text
    later = the_next_rule_is_due(home)
    wait_for(lambda: state_of(later) == State.SENT)
    rig.settle()
    arrived = [one.message_id for one in rig.smtp.mails]
    seen(f"{state_of(mail)}, shown; {arrived.count(mail.message_id)} arrived, the next one too")
    assert mail.state == State.UNCERTAIN
    assert arrived == [mail.message_id, later.message_id]


def the_next_rule_is_due(home: Invitation) -> OutgoingEmail:
    """A day passes, and the plan has another line for today."""
    a_day = timedelta(days=1)
    for one in reminders():
        assert one.handed_at
        assert one.address_id
        OutgoingEmail.objects.filter(pk=one.pk).update(handed_at=one.handed_at - a_day)
        Address.objects.filter(pk=one.address_id).update(last_plan_mail_at=one.handed_at - a_day)
    now = timezone.now()
    rule = Rule.objects.create(
        party=home.party,
        kind=Kind.REMINDER,
        anchor=Anchor.AFTER_INVITING,
        days=6,
        at=(now - timedelta(minutes=1)).astimezone(home.party.zone).time(),
    )
    Invitation.objects.filter(pk=home.pk).update(next_mail_at=now)
    wait_for(lambda: OutgoingEmail.objects.filter(rule=rule).exists())
    return OutgoingEmail.objects.get(rule=rule)


@fault(
    "F3",
    "kill -9 between the answer to the dot and the record of it",
    expected="held, one arrived, never again",
)
def test_a_worker_that_is_killed_before_it_writes_down_leaves_a_held_mail(
    rig: Rig, seen: Seen
) -> None:
    due_homes(rig, 1)
    hold = rig.smtp.hold("dot", ANNA)
    rig.beat()
    worker = rig.worker()
    hold.wait()
    mail = only_reminder()
    with transaction.atomic():
        # What we hold here, it cannot write down.
        OutgoingEmail.objects.select_for_update().get(pk=mail.pk)
        hold.release()
        dies_before_it_writes_down(worker)
    assert state_of(mail) == State.HANDING
    rig.worker()
    wait_for(lambda: state_of(mail) == State.UNCERTAIN)
    rig.settle()
    seen(f"{mail.state}, {len(rig.smtp.mails)} arrived")
    assert [one.message_id for one in rig.smtp.mails] == [mail.message_id]


def dies_before_it_writes_down(worker: Process) -> None:
    """Wait until the worker has heard the answer and wants the row, and kill it there."""
    if connection.vendor == "postgresql":
        wait_for(lambda: bool(_who_waits()))
        worker.kill()
        with connection.cursor() as cursor:
            # The database does not notice that, and would write it down for the dead.
            for pid in _who_waits():
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        wait_for(lambda: not _who_waits())
    else:
        # SQLite sleeps between two looks at a lock; who waits for a mail server polls a socket.
        child = Path(f"/proc/{worker.children[0]}/wchan")
        wait_for(lambda: "nanosleep" in child.read_text())
        worker.kill()


def _who_waits() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_locks WHERE NOT granted")
        return [pid for (pid,) in cursor.fetchall()]


@fault("F5", "SIGTERM during a send", expected="that mail finishes, nothing stays claimed")
def test_a_worker_that_is_asked_to_go_finishes_its_mail(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 12)
    hold = rig.smtp.hold("dot", ANNA)
    rig.beat()
    worker = rig.worker(SMTP_SECONDS="30")
    hold.wait()
    reached = time.monotonic()
    worker.term()
    worker.says("arm shutdown")
    # Its slice of time is over as well, so that it goes home with this mail.
    wait_for(lambda: time.monotonic() > reached + 2 * WAITS["TICK_SECONDS"])
    hold.release()
    code = worker.wait(120)
    states = sorted({mail.state for mail in reminders()})
    first = OutgoingEmail.objects.get(kind=Kind.REMINDER, address__email=ANNA)
    seen(f"exit code {code}, the mail is {first.state}, the others {' or '.join(states)}")
    assert code == 0
    assert first.state == State.SENT
    assert set(states) <= {State.SENT, State.QUEUED}
    rig.worker()
    wait_for(lambda: len(reminders(State.SENT)) == 12)
    rig.settle()
    assert len(rig.smtp.mails) == 12


@fault("F44", "kill -9 of the planner in the middle", expected="the next tick completes it")
@pytest.mark.timeout(600)
def test_a_planner_that_is_killed_in_the_middle_is_completed(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 600)
    planner = rig.process("planner", [sys.executable, "manage.py", "tick"])
    found = OutgoingEmail.objects.filter(kind=Kind.REMINDER)
    while planner.alive and not found.exists():
        pass
    planner.freeze()
    done = found.count()
    planner.kill()
    assert 0 < done < len(homes), planner.log
    rig.manage("tick", "--drain")
    planned = found.values_list("invitation_id", flat=True).order_by("invitation_id")
    seen(f"{done} of {len(homes)} when it died, {len(planned)} after the next tick, all sent")
    assert list(planned) == [home.pk for home in homes]
    assert len(rig.smtp.mails) == len(homes)


@fault("F45", "a mail that cannot be written", expected="failed after 3 tries, the others go")
def test_a_mail_that_cannot_be_written_fails_alone(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 3)
    (poisoned,) = due_homes(rig, 1, party=party_soon(), email="poison{}@example.com".format)
    rig.manage("tick")
    zone = poisoned.party.timezone
    type(poisoned.party).objects.filter(pk=poisoned.party_id).update(timezone="Nowhere/Land")
    rig.beat()
    worker = rig.worker()
    mail = OutgoingEmail.objects.get(invitation=poisoned, kind=Kind.REMINDER)
    wait_for(lambda: state_of(mail) == State.FAILED, 180)
    wait_for(lambda: len(reminders(State.SENT)) == 3)
    seen(f"{mail.state}: {mail.reason} after {mail.attempts} tries, 3 others sent")
    assert (mail.reason, mail.attempts) == (Reason.NOT_COMPOSED, 3)
    assert worker.alive
    type(poisoned.party).objects.filter(pk=poisoned.party_id).update(timezone=zone)
    assert len(rig.smtp.mails) == 3


@fault("F46", "a worker that leaks 60 MB a task", expected="replaced at its limit, nothing lost")
def test_a_worker_that_leaks_is_replaced_and_nothing_is_lost(rig: Rig, seen: Seen) -> None:
    rig.beat()
    worker = rig.worker("--include", "tests.faults.leak", LEAK_MEGABYTES="60")
    worker.says("ready.")
    wait_for(lambda: bool(worker.children))
    known = set(worker.children)

    def there_is_a_new_one() -> bool:
        return bool(set(worker.children) - known)

    for number in range(3):
        due_homes(rig, 4, email=f"parent{number}+{{}}@example.com".format)
        wait_for(there_is_a_new_one)
        known.update(worker.children)
    wait_for(lambda: len(reminders(State.SENT)) == 12)
    rig.settle()
    seen(f"replaced {len(known) - 1} times, {len(rig.smtp.mails)} of 12 sent")
    assert worker.alive
    assert len(rig.smtp.mails) == 12
