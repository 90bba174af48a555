"""One mail and several who want to send it: races, and senders that come back from the dead."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection, connections
from django.utils import timezone

from guests.models import OutgoingEmail, State
from guests.outbox import claim as claiming
from guests.outbox.claim import Batch
from parties.words import Kind
from tests.faults.households import due_homes, party_soon, reminders
from tests.faults.looking import mails_sent, only_reminder, state_of
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import wait_for

ANNA = "parent0@example.com"
RACES = 500


@fault(
    "F11",
    "two beats, a timer and three workers",
    expected="one mail a home, each sent once",
)
def test_any_number_of_drivers_send_each_mail_once(rig: Rig, seen: Seen) -> None:
    workers = [rig.worker() for _ in range(3)]
    for worker in workers:
        worker.says("ready.")
    homes = []
    for number in range(4):
        emails = f"parent{number}+{{}}@example.com".format
        homes += due_homes(rig, 20, party=party_soon(), email=emails)
    beats = [rig.beat(), rig.beat()]
    printed = rig.manage("tick", "--drain")
    wait_for(lambda: len(reminders(State.SENT)) == len(homes))
    rig.settle()
    assert all(process.alive for process in (*workers, *beats))
    rows = Counter(mail.invitation_id for mail in reminders())
    ids = Counter(mail.message_id for mail in rig.smtp.mails)
    by_worker = [len(mails_sent(worker)) for worker in workers]
    seen(
        f"{len(rows)} rows, {sum(ids.values())} mails, at most {max(ids.values())} each; "
        f"{' + '.join(map(str, by_worker))} by workers"
    )
    assert "planned" in printed
    assert set(rows.values()) == set(ids.values()) == {1}
    assert len(ids) == len(homes)


@fault(
    "F14",
    f"two senders between SELECT and UPDATE of one row, {RACES} times",
    expected="one of them gets it, each time",
)
def test_of_two_senders_that_saw_the_same_row_one_gets_it(
    rig: Rig, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_homes(rig, 1)
    rig.manage("tick")
    mail, now = only_reminder(), timezone.now()
    # PostgreSQL would keep the row from the second one at the SELECT already. That is for speed:
    # what has to be right without it is the UPDATE.
    monkeypatch.setattr(type(connection.features), "has_select_for_update_skip_locked", value=False)
    both_have_seen, mark = threading.Barrier(2), claiming._mark
    saw: list[list[int]] = []
    this = threading.local()

    def mark_when_both_have_seen(
        batch: Batch, ready: Iterable[int], at: datetime
    ) -> tuple[int, int]:
        ids = list(ready)
        if not this.has_seen:
            this.has_seen = True
            saw.append(ids)
            both_have_seen.wait(60)
        return mark(batch, ids, at)

    def claim() -> int:
        this.has_seen = False
        return len(claiming.claim(now, 1).mails)

    def close() -> None:
        both_have_seen.wait(60)
        connections.close_all()

    def put_back() -> None:
        OutgoingEmail.objects.filter(pk=mail.pk).update(
            state=State.QUEUED, claim_token=None, lease_until=None, attempts=0, not_before=now
        )

    winners: Counter[int] = Counter()
    monkeypatch.setattr(claiming, "_mark", mark_when_both_have_seen)
    with ThreadPoolExecutor(2) as two:
        for _ in range(RACES):
            put_back()
            got = [one.result() for one in [two.submit(claim), two.submit(claim)]]
            winners[sum(got)] += 1
            assert (state_of(mail), mail.attempts) == (State.CLAIMED, 1)
        for closed in [two.submit(close), two.submit(close)]:
            closed.result()
    monkeypatch.undo()
    both = saw.count([mail.pk]) // 2
    seen(
        f"both saw it {both} times; {winners[1]} times one got it, "
        f"{winners[2]} times both, {winners[0]} times none"
    )
    assert saw == 2 * RACES * [[mail.pk]]
    assert winners == {1: RACES}
    put_back()
    rig.manage("tick", "--drain")


@fault(
    "F15",
    "SIGSTOP after the claim, another sends, SIGCONT",
    expected="the sleeper's commit point says no: RSET, one mail",
)
def test_a_sender_that_wakes_up_too_late_sends_nothing(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 1)
    hold = rig.smtp.hold("rcpt", ANNA)
    rig.beat()
    sleeper = rig.worker()
    hold.wait()
    mail = only_reminder()
    assert state_of(mail) == State.CLAIMED
    sleeper.freeze()
    rig.worker()
    wait_for(lambda: state_of(mail) == State.SENT)
    assert "RSET" not in rig.smtp.ledger.commands
    hold.release()
    hold.wait_for_answer()
    sleeper.thaw()
    wait_for(lambda: "RSET" in rig.smtp.ledger.commands)
    rig.settle()
    seen(f"RSET, {len(rig.smtp.mails)} mail, {state_of(mail)}")
    assert (len(rig.smtp.mails), mail.state) == (1, State.SENT)


@fault(
    "F16",
    "SIGSTOP after the commit point for longer than lease and grace, SIGCONT",
    expected="uncertain, then sent by the sleeper's own word; one mail",
)
def test_a_sender_that_wakes_up_after_its_commit_point_finishes(rig: Rig, seen: Seen) -> None:
    due_homes(rig, 1)
    hold = rig.smtp.hold("data", ANNA)
    rig.beat()
    sleeper = rig.worker()
    hold.wait()
    mail = only_reminder()
    assert state_of(mail) == State.HANDING
    sleeper.freeze()
    rig.worker()
    wait_for(lambda: state_of(mail) == State.UNCERTAIN)
    hold.release()
    hold.wait_for_answer()
    sleeper.thaw()
    wait_for(lambda: state_of(mail) == State.SENT)
    rig.settle()
    seen(f"uncertain, then {mail.state}; {len(rig.smtp.mails)} mail")
    assert len(rig.smtp.mails) == 1
    assert OutgoingEmail.objects.filter(kind=Kind.REMINDER).count() == 1
