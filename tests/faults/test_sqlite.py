"""SQLite is locked by somebody else, or its disk is full: nothing is lost, and nothing is said
that is not so."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from guests.models import Invitation
from rsvp_site.settings import SQLITE_OPTIONS
from rsvp_site.sqlite3.base import MAY_WAIT
from tests.faults.crowd import PROMISED, Crowd
from tests.faults.households import due_homes
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import PATIENCE

pytestmark = pytest.mark.only("sqlite")

#: Seconds that a writer waits for its turn, and what a slow machine may add.
TURN = float(SQLITE_OPTIONS["timeout"])
WHILE_LOCKED = TURN + PATIENCE / 2
SCRIBES, TIMES = 8, 150
#: Families, more than may wait for long for their turn.
CROWDED = MAY_WAIT + 4


def file_of(rig: Rig) -> Path:
    return Path(rig.database_url.removeprefix("sqlite:///"))


@contextlib.contextmanager
def foreign(rig: Rig) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection to the database."""
    with contextlib.closing(sqlite3.connect(file_of(rig), isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def locked(rig: Rig) -> Iterator[None]:
    """Somebody else is writing, and takes his time."""
    with foreign(rig) as other:
        other.execute("PRAGMA busy_timeout=60000")
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@fault(
    "F20",
    "a foreign process holds the write lock for 10 s",
    expected="answers wait for it and are stored",
)
def test_answers_wait_for_a_lock_and_are_stored(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 6)
    rig.manage("tick", "--drain")
    rig.web()
    with Crowd(rig, homes, families=6, promised=WHILE_LOCKED) as crowd:
        crowd.hears_thanks()
        with locked(rig):
            time.sleep(10)
        crowd.hears_thanks(12)
    crowd.was_honest()
    assert crowd.turned_away == 0
    assert max(crowd.seconds["answer"]) > 5  # it did wait
    seen(f"{crowd.words}; {_who_only_looked(crowd)}")


@fault(
    "F20",
    "the same with more families than may wait for long, and somebody who probes",
    expected="some are turned away; who only looks does not wait, nor does the probe",
)
def test_those_who_wait_hold_nobody_who_only_looks(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, CROWDED)
    rig.manage("tick", "--drain")
    rig.web()
    with Crowd(rig, homes, families=CROWDED, promised=WHILE_LOCKED) as crowd:
        crowd.hears_thanks()
        with locked(rig):
            ends = time.monotonic() + 10
            time.sleep(1)
            probes = [rig.get("/readyz")]
            while time.monotonic() < ends:
                time.sleep(0.5)
                probes.append(rig.get("/readyz"))
        crowd.hears_thanks(2 * CROWDED)
    crowd.was_honest()
    assert crowd.turned_away > 0
    assert {probe.status for probe in probes} == {503}
    slowest = max(probe.seconds for probe in probes)
    assert slowest < PROMISED
    seen(f"{crowd.words}; {_who_only_looked(crowd)}; probe {slowest:.2f} s")


@fault(
    "F21",
    "a foreign process holds the write lock for 40 s",
    expected="503 with the form kept; the same submission is stored once",
)
def test_a_lock_that_lasts_turns_answers_away_with_their_form(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 6)
    rig.manage("tick", "--drain")
    rig.web()
    with Crowd(rig, homes, families=6, promised=WHILE_LOCKED) as crowd:
        crowd.hears_thanks()
        with locked(rig):
            since = time.monotonic()
            crowd.is_turned_away(2)
            time.sleep(max(0.0, since + 40 - time.monotonic()))
        crowd.hears_thanks(12)
    crowd.was_honest()
    seen(f"{crowd.words}; {_who_only_looked(crowd)}")


@fault(
    "F22",
    f"{SCRIBES} processes x {TIMES} transactions that read and then write",
    expected='0 "database is locked", no count lost',
)
def test_transactions_that_read_first_never_collide(rig: Rig, seen: Seen) -> None:
    (home,) = due_homes(rig, 1)
    Invitation.objects.filter(pk=home.pk).update(personal_line="0")
    command = [sys.executable, "-m", "tests.faults.scribe", str(home.pk), str(TIMES)]
    env = {"DJANGO_SETTINGS_MODULE": "rsvp_site.settings"}
    scribes = [rig.process(f"scribe{number}", command, **env) for number in range(SCRIBES)]
    codes = [scribe.wait(4 * PATIENCE) for scribe in scribes]
    logs = "".join(scribe.log for scribe in scribes)
    assert codes == [0] * SCRIBES, logs
    home.refresh_from_db()
    assert home.personal_line == str(SCRIBES * TIMES)
    rig.manage("tick", "--drain")
    seen(f"{home.personal_line} counted, {logs.count('locked')} locked")


@fault(
    "F23",
    "the database may not grow by a page",
    expected="503, never thank you; sound; stored once there is room",
)
def test_a_full_disk_loses_no_answer(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 4)
    rig.manage("tick", "--drain")
    with foreign(rig) as other:
        other.execute("CREATE TABLE filler AS SELECT zeroblob(1000000) AS emptiness")
        (pages,) = other.execute("PRAGMA page_count").fetchone()
        rig.web(DATABASE_URL=_limited(rig, pages))
        with Crowd(rig, homes) as crowd:
            crowd.is_turned_away(5)
            full = len(crowd.thanked)
            assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            other.execute("DROP TABLE filler")
            crowd.hears_thanks(6)
    crowd.was_honest()
    seen(f"full after {full}; {crowd.words}")


@fault(
    "F23",
    "the disk takes no byte any more",
    expected="503, never thank you; sound; stored once there is room",
)
def test_a_disk_that_takes_nothing_loses_no_answer(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 4)
    rig.manage("tick", "--drain")
    web = rig.web()
    with Crowd(rig, homes) as crowd:
        crowd.hears_thanks()
        _take_no_byte_of(web)
        crowd.is_turned_away(10)
        _take_no_byte_of(web, not_even_one=False)
        crowd.hears_thanks(6)
    crowd.was_honest()
    with foreign(rig) as other:
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    seen(crowd.words)


def _who_only_looked(crowd: Crowd) -> str:
    """How long looking took at most; AssertionError if it had to wait for those who write."""
    looked = {name: max(waits) for name, waits in crowd.seconds.items() if name != "answer"}
    assert set(looked) == {"family page", "stop", "calendar", "landing", "sign in"}
    assert max(looked.values()) < PROMISED, looked
    return f"who only looked {max(looked.values()):.2f} s"


def _limited(rig: Rig, pages: int) -> str:
    """The database's address, for a process that may not make it larger."""
    command = f"{SQLITE_OPTIONS['init_command']}PRAGMA max_page_count={pages};"
    return f"{rig.database_url}?init_command={quote(command)}"


def _take_no_byte_of(web: Process, *, not_even_one: bool = True) -> None:
    """No process of the web server can write to a file; or each can again."""
    room = 0 if not_even_one else resource.RLIM_INFINITY
    for pid in (web.pid, *web.children):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
