"""Redis is flushed, killed, frozen or full: pages do not notice, and what was due goes out."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from django.db import connections

from guests.models import Invitation
from tests.faults.crowd import Crowd, are_reminded, more_homes
from tests.faults.households import due_homes, party_soon
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import free_port, wait_for

#: Seconds in which ticks must run again after Redis is back.
AGAIN_WITHIN = 60.0
OPERATOR = "operator@example.org"


def seconds_until(condition: Callable[[], bool], at_most: float) -> float:
    began = time.monotonic()
    wait_for(condition, at_most)
    return time.monotonic() - began


@fault(
    "F6",
    "FLUSHALL of Redis, again and again",
    expected="all sent within two ticks after, none twice",
)
def test_a_redis_that_forgets_loses_no_mail(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes: list[Invitation] = []
    rig.beat()
    rig.worker()
    rig.worker()
    for _ in range(10):
        homes += more_homes(rig, 6, party)
        for _ in range(4):
            rig.redis.flush()
            time.sleep(0.2)
    took = seconds_until(are_reminded(homes), AGAIN_WITHIN)
    rig.settle()
    got = Counter(mail.to for mail in rig.smtp.mails)
    twice = sum(count > 1 for count in got.values())
    seen(f"40 flushes, {len(got)} sent, {twice} twice, {took:.0f} s after the last")
    assert (len(got), twice) == (len(homes), 0)


@fault(
    "F7",
    "Redis killed, and empty when it comes back",
    expected="answers go on; ticks run again within 60 s",
)
def test_a_redis_that_is_killed_holds_up_no_answer(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 6, party)
    web, beat, worker = rig.web(), rig.beat(), rig.worker()
    wait_for(are_reminded(homes))
    with Crowd(rig, homes[:4], host=party.host) as crowd:
        crowd.hears_thanks()
        rig.redis.kill()
        gone = time.monotonic()
        late = more_homes(rig, 4, party)
        while time.monotonic() < gone + 20:
            crowd.hears_thanks(1)
        rig.redis.start()
        took = seconds_until(are_reminded(late), AGAIN_WITHIN)
        crowd.hears_thanks()
    rig.settle()
    crowd.was_honest()
    assert crowd.turned_away == 0
    assert _complaints(web, "broker_not_reached") <= 1 + crowd.minutes
    assert _complaints(beat, "Couldn't apply scheduled task") <= 1 + crowd.minutes
    assert worker.alive
    seen(f"ticks {took:.0f} s after; {crowd.words}")


@fault(
    "F8",
    "Redis hangs (SIGSTOP) for 60 s; PostgreSQL is restarted, and its lines cut, meanwhile",
    expected="no page over 3 s, no answer lost; the timer sends meanwhile, ticks run afterwards",
)
@pytest.mark.own_postgres
def test_a_redis_that_hangs_holds_no_page(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 6, party)
    web, _beat, worker = rig.web(), rig.beat(), rig.worker()
    wait_for(are_reminded(homes))
    with Crowd(rig, homes[:4], host=party.host) as crowd:
        crowd.hears_thanks()
        rig.redis.freeze()
        frozen = time.monotonic()
        by_timer = more_homes(rig, 3, party)
        rig.manage("tick", "--drain")
        assert are_reminded(by_timer)()
        afterwards = more_homes(rig, 3, party)
        _trouble_postgres(rig, crowd)
        while time.monotonic() < frozen + 60:
            crowd.hears_thanks(1)
        rig.redis.thaw()
        took = seconds_until(are_reminded(afterwards), AGAIN_WITHIN)
        crowd.hears_thanks()
    rig.settle()
    crowd.was_honest()
    assert rig.postgres or crowd.turned_away == 0
    assert _complaints(web, "broker_not_reached") <= 1 + crowd.minutes
    assert worker.alive
    seen(f"ticks {took:.0f} s after; {crowd.words}")


@fault(
    "F9",
    "Redis is full (maxmemory, noeviction)",
    expected="pages go on; ticks run again within 60 s; one line a minute",
)
def test_a_redis_that_is_full_holds_up_nothing(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 4, party)
    web, beat, _worker = rig.web(), rig.beat(), rig.worker()
    wait_for(are_reminded(homes))
    rig.redis.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
    with Crowd(rig, homes, host=party.host) as crowd:
        rig.redis.call("CONFIG", "SET", "maxmemory", "1mb")
        with pytest.raises(redis.OutOfMemoryError):
            _fill(rig)
        late = more_homes(rig, 3, party)
        crowd.hears_thanks(20)
        beat.says("Couldn't apply scheduled task")
        rig.redis.call("CONFIG", "SET", "maxmemory", "0")
        took = seconds_until(are_reminded(late), AGAIN_WITHIN)
    rig.settle()
    crowd.was_honest()
    assert crowd.turned_away == 0
    assert _complaints(web, "broker_not_reached") <= 1 + crowd.minutes
    assert _complaints(beat, "Couldn't apply scheduled task") <= 1 + crowd.minutes
    seen(f"ticks {took:.0f} s after; {crowd.words}")


@fault(
    "F9",
    "Redis cannot save and refuses to write (MISCONF)",
    expected="pages go on; the worker ends and is started again within 180 s",
)
def test_a_redis_that_refuses_to_write_is_outlived(rig: Rig, seen: Seen, tmp_path: Path) -> None:
    """Celery ends at that error; whoever keeps the worker alive starts it again."""
    rig.redis.kill()
    rig.redis.start("--enable-protected-configs", "yes")
    party = party_soon()
    homes = more_homes(rig, 3, party)
    runner = _everything(rig)
    wait_for(are_reminded(homes), 2 * AGAIN_WITHIN)
    gone = tmp_path / "gone"
    gone.mkdir()
    rig.redis.call("CONFIG", "SET", "dir", str(gone))
    gone.rmdir()
    with Crowd(rig, homes, host=party.host) as crowd:
        rig.redis.call("CONFIG", "SET", "save", "1 1")
        rig.redis.call("SET", "a", "b")
        wait_for(lambda: _refuses_to_write(rig))
        late = more_homes(rig, 3, party)
        runner.says("worker ended")
        crowd.hears_thanks()
        rig.redis.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        took = seconds_until(are_reminded(late), 180)
    rig.settle()
    crowd.was_honest()
    assert crowd.turned_away == 0
    seen(f"ticks {took:.0f} s after; {crowd.words}")


@fault(
    "F7",
    "the worker waits for messages and none ever comes (SIGSTOP)",
    expected="the operator hears of it; it is started again; what was due goes out",
)
def test_a_worker_that_hangs_is_started_again(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 2, party)
    runner = _everything(rig, STALE_SECONDS="5", OPERATOR_EMAIL=OPERATOR)
    wait_for(are_reminded(homes), 2 * AGAIN_WITHIN)
    worker = next(pid for pid in runner.children if " worker " in _command(pid))
    os.killpg(worker, signal.SIGSTOP)
    late = more_homes(rig, 3, party)
    runner.says("Nothing was planned for too long; worker starts again.")
    took = seconds_until(are_reminded(late), 180)
    rig.settle()
    assert " worker " not in _command(worker)
    told = len(rig.smtp.to(OPERATOR))
    seen(f"sent {took:.0f} s after the restart; {told} mail to the operator")
    assert told == 1


@fault("F8", "no Redis at all, from the beginning", expected="family pages do not miss it")
def test_families_need_no_redis(rig: Rig, seen: Seen) -> None:
    """A family's page and its answer never call the broker; nobody has to be there."""
    rig.redis.kill()
    homes = due_homes(rig, 2)
    web = rig.web()
    with Crowd(rig, homes) as crowd:
        crowd.hears_thanks(10)
    crowd.was_honest()
    assert crowd.turned_away == 0
    complaints = _complaints(web, "broker")
    rig.manage("tick", "--drain")
    seen(f"{complaints} complaints; {crowd.words}")
    assert complaints == 0


@fault("F8", "families answer, and Redis counts who calls", expected="nobody does")
def test_families_never_call_redis(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 2)
    before = _connections(rig)
    rig.web()
    with Crowd(rig, homes) as crowd:
        crowd.hears_thanks(10)
    crowd.was_honest()
    calls = _connections(rig) - before - 1  # the question itself
    rig.manage("tick", "--drain")
    seen(f"{calls} calls; {crowd.words}")
    assert calls == 0


def _fill(rig: Rig) -> None:
    for number in range(1000):
        rig.redis.call("SET", f"filler{number}", "x" * 10_000)


def _trouble_postgres(rig: Rig, crowd: Crowd) -> None:
    if rig.postgres is None:
        return
    for _ in range(10):
        rig.postgres.terminate_backends(rig.database_url.rpartition("/")[2])
        crowd.hears_thanks(1)
    rig.postgres.stop()
    crowd.is_turned_away()
    rig.postgres.start()
    crowd.hears_thanks()
    connections.close_all()  # the test's own line was cut as well


def _connections(rig: Rig) -> int:
    """How many clients Redis has taken since it began."""
    return int(rig.redis.call("INFO", "stats")["total_connections_received"])


def _complaints(process: Process, words: str) -> int:
    return process.log.count(words)


def _refuses_to_write(rig: Rig) -> bool:
    with contextlib.suppress(redis.ResponseError):
        rig.redis.call("BGSAVE")
    try:
        rig.redis.call("SET", "a", "c")
    except redis.ResponseError as error:
        return "MISCONF" in str(error)
    return False


def _command(pid: int) -> str:
    """What a process is; '' for one that has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def _everything(rig: Rig, **env: str) -> Process:
    """Web, worker and beat as `make run` keeps them alive, with the rig's services."""
    rig.port = free_port()
    state = rig.folder / "run"
    return rig.process(
        "run", [sys.executable, "-m", "rsvp_site.run"],
        VAR_DIR=str(state), HOST="127.0.0.1", PORT=str(rig.port), SITE_URL=rig.url(""), **env,
    )  # fmt: skip
