"""The watchdog of the runner: nobody ticks, and so worker and beat are started again."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rsvp_site.env import BASE_DIR
from rsvp_site.run import watchdog
from rsvp_site.run.supervise import Child, Supervisor
from rsvp_site.run.watchdog import Watchdog, problems_at
from tests.running import wait_for

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(env={}, cwd=BASE_DIR, log_dir=tmp_path, say=said.append)
    yield made
    made.stop(lambda: True)


def started(supervisor: Supervisor) -> Child:
    child = Child("worker", SLEEPER, grace=0.1)
    supervisor.start(child)
    return child


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


@pytest.mark.parametrize("problem", ["ticks", "beat"])
def test_a_worker_that_had_its_time_is_started_again(
    problem: str, supervisor: Supervisor, said: list[str]
) -> None:
    child = started(supervisor)
    before = pid_of(child)
    dog = Watchdog(lambda: [problem], supervisor, stands=0.1, life=0.1)

    def restarted() -> bool:
        dog.look([child])
        return pid_of(child) != before

    wait_for(restarted)
    assert "worker starts again" in said[0]


def test_a_worker_that_has_only_begun_is_left_alone(supervisor: Supervisor) -> None:
    child = started(supervisor)
    before = pid_of(child)
    asked = threading.Event()

    def problems() -> list[str]:
        asked.set()
        return ["ticks"]

    dog = Watchdog(problems, supervisor, stands=0.1, life=3600)
    assert asked.wait(60)
    time.sleep(0.2)
    dog.look([child])
    assert pid_of(child) == before


def test_a_finding_that_has_only_begun_restarts_nobody(supervisor: Supervisor) -> None:
    """After the machine slept the last tick is long ago, and the next one is a second away."""
    child = started(supervisor)
    before, asked = pid_of(child), []

    def asleep() -> list[str]:
        asked.append(1)
        return ["ticks"] if len(asked) > 2 else []

    dog = Watchdog(asleep, supervisor, stands=4, life=0.1)
    wait_for(lambda: len(asked) > 3)
    dog.look([child])
    assert pid_of(child) == before


def test_a_finding_that_comes_and_goes_restarts_nobody(supervisor: Supervisor) -> None:
    child = started(supervisor)
    before, asked = pid_of(child), []

    def now_and_then() -> list[str]:
        asked.append(1)
        return ["ticks"] if len(asked) % 2 else []

    dog = Watchdog(now_and_then, supervisor, stands=1.6, life=0.1)
    while len(asked) < 8:
        dog.look([child])
        time.sleep(0.01)
    assert pid_of(child) == before


@pytest.mark.parametrize("problems", [[], ["database"], ["mail", "disk"]], ids=str)
def test_what_a_restart_would_not_mend_restarts_nobody(
    problems: list[str], supervisor: Supervisor
) -> None:
    child = started(supervisor)
    before, asked = pid_of(child), []

    def ask() -> list[str]:
        asked.append(1)
        return problems

    dog = Watchdog(ask, supervisor, stands=0.1, life=0.1)
    wait_for(lambda: len(asked) > 2)
    dog.look([child])
    assert pid_of(child) == before


def test_somebody_is_called_once_an_outage(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[str] = ["beat"]
    dog = Watchdog(lambda: problems, supervisor, stands=0.1, life=3600)
    for _outage in range(2):
        wait_for(dog.barks)
        assert not dog.barks()
        problems.clear()
        wait_for(lambda: not dog.is_sure)
        assert not dog.barks()
        problems.append("ticks")
    wait_for(dog.barks)
    monkeypatch.setattr(watchdog, "AGAIN_AFTER", 0.0)
    assert dog.barks()


def test_it_reads_what_readyz_says_by_the_name_of_the_site() -> None:
    hosts: list[str] = []

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(f"{self.path} {self.headers['Host']}")
            self.send_response(503)
            self.end_headers()
            self.wfile.write(json.dumps({"problems": {"ticks": "None yet."}}).encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ask = problems_at("127.0.0.1", server.server_port, "https://party.example.org")
        assert ask() == {"ticks": "None yet."}
        server.shutdown()
    assert hosts == ["/readyz party.example.org"]
    assert ask() == {}
