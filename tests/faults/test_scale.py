"""Many parties whose reminders fall due in the same minute; in full with --full-size."""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from guests.load import Wish, fill
from guests.models import Invitation, OutgoingEmail, State
from parties.models import Party
from tests.faults.households import reminders
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import wait_for

WORKERS = 4
SMALL = Wish(parties=120, invitations=2_400, due=240)
FULL = Wish(parties=10_000, invitations=200_000, due=20_000)
SINK = 0.005  # seconds before each answer of the mail server
#: What the full size must keep to; the small one is too short for a rate to mean much.
MAILS_A_SECOND = {"sqlite": 20, "postgresql": 50}
PLANNED_WITHIN = 10.0
MEMORY = 300  # MB
PAGE = 0.3  # seconds, p95


@dataclass(frozen=True, slots=True)
class Planner:
    """What the tick took that found them all due."""

    seconds: float
    megabytes: float


@fault(
    "F43",
    "very many reminders due in the same minute, four workers, a sink that takes 5 ms an answer",
    expected="each sent once, planned in 10 s and 300 MB, by the indexes for what is due, no host "
    "waits more than twice the median; in full at least 50 mails/s (SQLite 20)",
)
@pytest.mark.timeout(3600)
def test_what_is_due_goes_out_however_much_there_is(
    rig: Rig, seen: Seen, database: str, request: pytest.FixtureRequest
) -> None:
    full = bool(request.config.getoption("--full-size"))
    wish = FULL if full else SMALL
    fill(wish, timezone.now(), mail_may_go_out=True)
    note_what_was_sent(rig)
    assert "invitation_due" in explained(Invitation.objects.due(timezone.now())[:200])
    rig.web()
    workers = [rig.worker() for _ in range(WORKERS)]
    for worker in workers:
        worker.says("ready.")
    rig.smtp.manners.delay = SINK
    due = timezone.now()
    planner = planned(rig)
    assert "mail_ready" in explained(OutgoingEmail.objects.ready(timezone.now())[:25])
    rig.beat()
    pages = looked_at_until_sent(rig, wish.due)
    rig.settle()
    sent = reminders(State.SENT)
    rate = len(sent) / (max(at for at in moments(sent)) - due).total_seconds()
    waits = waits_of_hosts(sent, due)
    most = max(waits) / statistics.median(waits)
    page = statistics.quantiles(pages, n=20)[-1]
    ids = Counter(mail.message_id for mail in rig.smtp.mails)
    seen(
        f"{len(ids)} of {wish.invitations} homes at {rate:.0f}/s, at most {max(ids.values())} "
        f"each; planned in {planner.seconds:.1f} s and {planner.megabytes:.0f} MB; "
        f"longest wait {most:.2f} x the median; pages {1000 * page:.0f} ms (p95)"
    )
    assert len(ids) == len(sent) == wish.due
    assert set(ids.values()) == {1}
    assert planner.megabytes < MEMORY
    assert most <= 2
    if full:
        assert planner.seconds < PLANNED_WITHIN
        assert rate >= MAILS_A_SECOND[database]
        assert page < PAGE


def planned(rig: Rig) -> Planner:
    """A tick in a process of its own, which also calls the workers."""
    began = time.monotonic()
    process = rig.process("planner", [sys.executable, "manage.py", "tick"])
    most = 0.0
    while process.alive:
        most = max(most, megabytes(process))
        time.sleep(0.02)
    assert process.wait() == 0, process.log
    return Planner(time.monotonic() - began, most)


def megabytes(process: Process) -> float:
    """The most memory that the process has used so far."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def looked_at_until_sent(rig: Rig, count: int) -> list[float]:
    """Hosts look at their pages meanwhile; how long each page took (seconds)."""
    parties = list(Party.objects.order_by("pk").select_related("host")[:20])
    took: list[float] = []

    def all_sent() -> bool:
        party = parties[len(took) % len(parties)]
        page = rig.get(party.get_absolute_url(), host=party.host)
        assert page.status == 200, page.text
        took.append(page.seconds)
        return len(reminders(State.SENT)) == count

    wait_for(all_sent, 1800)
    return took


def waits_of_hosts(sent: Sequence[OutgoingEmail], due: datetime) -> list[float]:
    """For each party how long it took until the last of its mails was sent (seconds)."""
    last: dict[int, datetime] = defaultdict(lambda: due)
    for mail, at in zip(sent, moments(sent), strict=True):
        last[mail.party_id] = max(last[mail.party_id], at)
    return [(at - due).total_seconds() for at in last.values()]


def moments(sent: Sequence[OutgoingEmail]) -> list[datetime]:
    return [mail.sent_at for mail in sent if mail.sent_at is not None]


def explained(query: QuerySet[Any]) -> str:
    """How the database goes about it, once it knows how large its tables are."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return query.explain()


def note_what_was_sent(rig: Rig) -> None:
    """What the load calls sent stands in the journal, as if the mail server had taken it."""
    sent = OutgoingEmail.objects.filter(state=State.SENT)
    with rig.journal.open("a", encoding="utf-8") as file:
        told = sent.values_list("message_id", "address__email", "handed_at")
        for message_id, to, at in told.iterator():
            line = {"at": str(at), "message_id": message_id, "to": to, "sha256": ""}
            file.write(json.dumps(line) + "\n")
