"""Copies, restored backups, and a beat that hangs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from guests.models import Alarm, Installation, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from parties.models import Party
from parties.schedule import Anchor
from parties.words import Kind
from tests.factories import make_invitation, make_mail
from tests.faults.households import due_homes, party_soon, reminders, zone_where_it_is
from tests.faults.rig import Rig, looking_at
from tests.faults.table import Seen, fault
from tests.running import free_port, wait_for

# A machine that is busy with other things may take its time.
pytestmark = pytest.mark.timeout(900)
OPERATOR = "operator@example.org"
MINUTE = timedelta(minutes=1)


def problems(rig: Rig) -> dict[str, str]:
    """What /readyz says is wrong; nothing where all is well."""
    page = rig.get("/readyz")
    assert page.status in (200, 503), page
    found: dict[str, str] = json.loads(page.text)["problems"]
    assert (page.status == 200) is (found == {})
    return found


def alarms_told(rig: Rig, word: str) -> int:
    """How many mails about it the operator got."""
    return sum(word in mail.content.decode() for mail in rig.smtp.to(OPERATOR))


@fault(
    "F12",
    "beat hangs for longer than STALE_SECONDS",
    expected="the timer sends; /readyz 503 names it; one alarm; over when beat is back",
)
def test_a_beat_that_hangs_is_told_while_the_timer_goes_on(rig: Rig, seen: Seen) -> None:
    env: dict[str, Any] = {"STALE_SECONDS": "15", "OPERATOR_EMAIL": OPERATOR}
    rig.web(**env)
    rig.worker(**env)
    beat = rig.beat(**env)
    wait_for(lambda: problems(rig) == {})
    beat.freeze()
    due_homes(rig, 3)

    def told_by_the_timer() -> bool:
        rig.manage("tick", "--drain", **env)
        return alarms_told(rig, "beat") > 0

    wait_for(told_by_the_timer)
    assert list(problems(rig)) == ["beat"]
    assert rig.get("/healthz").status == 200
    for _ in range(3):
        rig.manage("tick", "--drain", **env)
    sent = len(reminders(State.SENT))
    told = alarms_told(rig, "beat")
    beat.thaw()
    wait_for(lambda: problems(rig) == {} and not Alarm.objects.exists())
    seen(f"{sent} of 3 sent, 503 with beat, {told} alarm mail")
    assert (sent, told) == (3, 1)


@dataclass
class Backup:
    """A copy of a rig's database."""

    rig: Rig
    name: str

    @property
    def url(self) -> str:
        if self.rig.postgres is None:
            return f"sqlite:///{self.rig.folder / self.name / 'full-table.sqlite3'}"
        return self.rig.postgres.url(self.name)

    @classmethod
    def made(cls, rig: Rig) -> Backup:
        """Everything as it is now, while no process runs."""
        backup = cls(rig, f"backup_{free_port()}")
        connections["default"].close()
        if rig.postgres is None:
            shutil.copytree(sqlite_of(rig).parent, rig.folder / backup.name)
        else:
            rig.postgres.create(backup.name, template=database_of(rig))
        return backup

    def restore(self) -> None:
        """Put it in the place of the rig's database."""
        connections["default"].close()
        if self.rig.postgres is None:
            folder = sqlite_of(self.rig).parent
            shutil.rmtree(folder)
            shutil.copytree(self.rig.folder / self.name, folder)
        else:
            self.rig.postgres.drop(database_of(self.rig))
            self.rig.postgres.create(database_of(self.rig), template=self.name)

    def remove(self) -> None:
        if self.rig.postgres is not None:
            self.rig.postgres.drop(self.name)


def sqlite_of(rig: Rig) -> Path:
    return Path(rig.database_url.removeprefix("sqlite:///"))


def database_of(rig: Rig) -> str:
    return rig.database_url.rpartition("/")[2]


@contextmanager
def backed_up(rig: Rig) -> Iterator[Backup]:
    backup = Backup.made(rig)
    try:
        yield backup
    finally:
        backup.remove()


def lived(now: datetime) -> None:
    """A tick of the timer, at a moment of the past."""
    with time_machine.travel(now, tick=False):
        call_command("tick", "--drain", verbosity=0, stdout=sys.stderr)


def party_with_a_reminder_this_hour(now: datetime) -> tuple[Party, datetime]:
    """A party one rule of which spoke at the last full hour, and that moment."""
    moment = now.replace(minute=0, second=0, microsecond=0)
    party = party_soon(timezone=zone_where_it_is(11, moment))
    party.rules.filter(kind=Kind.REMINDER).delete()
    # at 11 o'clock in a zone of full hours
    party.rules.create(
        kind=Kind.REMINDER.value, anchor=Anchor.AFTER_INVITING.value, days=6, at="11:00"
    )
    return party, moment


@fault(
    "F48",
    "a backup of an hour ago comes back",
    expected="nothing goes; after_restore holds what went since; 0 mails go again",
)
def test_nothing_of_the_journal_goes_again_after_a_backup(rig: Rig, seen: Seen) -> None:
    now = timezone.now()
    then = now - 65 * MINUTE
    party, moment = party_with_a_reminder_this_hour(now)
    silent = [
        make_invitation(
            party, emails=(f"silent{number}@example.com",), invited_at=moment - timedelta(days=6),
            reached=True, next_mail_at=moment,
        )
        for number in range(3)
    ]  # fmt: skip
    OutgoingEmail.objects.all().delete()
    new = [
        make_invitation(party, emails=(f"new{number}@example.com",), invited_at=then)
        for number in range(2)
    ]
    for home in silent:
        _was_reached(rig, home, moment - timedelta(days=6))
    with time_machine.travel(then, tick=False):
        call_command("tick", verbosity=0)
    with backed_up(rig) as backup:
        for minutes in (1, 2):
            lived(then + minutes * MINUTE)
        lived(min(max(moment, then) + MINUTE / 2, now))
        lived(now)
        went = sorted(mail.to for mail in rig.smtp.mails)
        assert went == sorted(home.contacts.get().email_as_typed for home in (*silent, *new))
        backup.restore()
        refused = rig.manage("tick", "--drain")
        assert "Run manage.py after_restore" in refused
        assert len(rig.smtp.mails) == len(went)
        told = rig.manage("after_restore")
        assert "5 mails of 1 parties may have gone out" in told
        assert "This was done already" in rig.manage("after_restore")
        rig.web()
        page = rig.get(f"/parties/{party.pk}/", host=party.host)
        assert page.text.count("may have gone out before a backup") == 5
        fresh = due_homes(rig, 1)[0]
        rig.worker()
        rig.beat()
        wait_for(lambda: len(rig.smtp.mails) > len(went))
        rig.settle()
    again = len(rig.smtp.mails) - len(went) - 1
    held = OutgoingEmail.objects.filter(state=State.UNCERTAIN, reason=Reason.RESTORED).count()
    seen(f"{len(went)} in the journal, {held} held, {again} again, 1 new one sent")
    assert rig.smtp.mails[-1].to == fresh.contacts.get().email_as_typed
    assert (held, again) == (5, 0)


def _was_reached(rig: Rig, home: Invitation, at: datetime) -> None:
    """Its invitation went out, and stands in the journal."""
    mail = make_mail(home.contacts.get(), state=State.SENT, at=at)
    line = {"at": at.isoformat(), "message_id": mail.message_id, "to": "", "sha256": ""}
    with rig.journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def last_tick() -> datetime:
    moment = Installation.objects.get().seen_at
    assert moment is not None
    return moment


@fault(
    "F49",
    "a copy of the database starts elsewhere, with another INSTANCE_ID",
    expected="0 mails by the copy; runner and worker say why at the start; the original sends",
)
def test_a_copy_sends_nothing_and_says_why(rig: Rig, seen: Seen) -> None:
    rig.manage("tick")
    due_homes(rig, 3)
    with backed_up(rig) as copy:
        elsewhere = rig.folder / "elsewhere"
        run = rig.process(
            "run",
            [sys.executable, "-m", "rsvp_site.run"],
            DATABASE_URL=copy.url,
            VAR_DIR=str(elsewhere),
            INSTANCE_ID="a copy",
            PORT=str(free_port()),
            REDIS_URL=rig.redis.url.removesuffix("0") + "1",
        )
        run.says("Full Table is ready")
        run.says("belongs to an installation with another INSTANCE_ID")
        worker_log = elsewhere / "logs" / "worker.log"
        wait_for(lambda: "gate_closed" in worker_log.read_text())
        with looking_at(copy.url):
            before = last_tick()
            wait_for(lambda: last_tick() > before + timedelta(seconds=3))
            assert not OutgoingEmail.objects.exclude(kind=Kind.INVITATION).exists()
        by_copy = len(rig.smtp.mails)
        run.term()
        run.wait()
    rig.manage("tick", "--drain")
    seen(f"{by_copy} by the copy, said by runner and worker, {len(rig.smtp.mails)} by the original")
    assert (by_copy, len(rig.smtp.mails)) == (0, 3)
