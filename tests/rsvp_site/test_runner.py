"""``make run`` with real processes: it starts, heals, stops, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rsvp_site.env import BASE_DIR
from tests.running import Run, environment, free_port, running, start, stop, wait_for

pytestmark = pytest.mark.processes

#: What shows in the command line of each process that a run consists of.
MARKS = {
    "guardian": "run/guardian.py",
    "broker": "broker.sock",
    "web": "-m granian",
    "worker": "rsvp_site worker",
    "beat": "rsvp_site beat",
}


def processes() -> dict[int, tuple[int, str]]:
    """All living processes of the machine: number → (parent, command line)."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,stat=,command="],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    return {int(r[0]): (int(r[1]), r[3]) for r in rows if len(r) > 3 and "Z" not in r[2]}


def family(run: Run) -> dict[int, str]:
    """The processes that a run started, and those that they started."""
    alive = processes()
    found: dict[int, str] = {}
    parents = {run.process.pid}
    while parents:
        children = {pid for pid, (parent, _) in alive.items() if parent in parents}
        found.update({pid: alive[pid][1] for pid in children})
        parents = children
    return found


def one(run: Run, name: str) -> int:
    """The first process with that mark which the runner itself started."""
    alive = processes()
    return min(
        p for p, c in family(run).items() if MARKS[name] in c and alive[p][0] == run.process.pid
    )


def complete(run: Run) -> bool:
    """Whether all are there: the worker and the web server with a process of their own each."""
    commands = list(family(run).values())
    counts = {name: sum(mark in line for line in commands) for name, mark in MARKS.items()}
    return counts == {"guardian": 1, "broker": 1, "web": 2, "worker": 2, "beat": 1}


def left(pids: set[int]) -> dict[int, str]:
    """Which of the processes still live."""
    return {pid: command for pid, (_, command) in processes().items() if pid in pids}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run that the tests of this module share."""
    with running(tmp_path_factory.mktemp("run")) as run:
        wait_for(lambda: complete(run))
        yield run


def test_it_says_where_it_is_and_how_to_sign_in(up: Run) -> None:
    assert f"Full Table is ready: {up.address}" in up.output
    assert "rosa@example.org" in up.output
    assert f"{up.address}/mailbox/" in up.output
    assert len(up.output.splitlines()) < 10


@pytest.mark.parametrize("path", ["/", "/mailbox/", "/accounts/login/code/"])
def test_pages_answer(up: Run, path: str) -> None:
    assert up.get(path) == 200


def test_it_listens_on_this_machine_only(up: Run) -> None:
    assert "127.0.0.1" in processes()[one(up, "web")][1]


def test_a_second_terminal_finds_database_broker_and_address(up: Run) -> None:
    code = (
        "from django.conf import settings; from rsvp_site.celery import app;"
        "print(settings.SITE_URL, app.control.ping(timeout=2) != [])"
    )
    assert up.manage("shell", "--verbosity=0", "-c", code).split() == [up.address, "True"]


def test_no_address_of_a_page_is_in_the_logs(up: Run) -> None:
    with pytest.raises(OSError, match="404"):
        up.get("/i/a-token-that-opens-nothing/")
    logs = "".join(path.read_text() for path in (up.var_dir / "logs").iterdir())
    assert "a-token-that-opens-nothing" not in logs


@pytest.mark.parametrize("same_state", [True, False], ids=["same state", "other state"])
def test_a_second_run_on_a_busy_port_says_so_and_harms_nothing(
    up: Run, tmp_path: Path, same_state: bool
) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in up.var_dir.glob("*.url")}
    folder = up.var_dir if same_state else tmp_path / "var"
    second = subprocess.run(
        [sys.executable, "-m", "rsvp_site.run"], cwd=BASE_DIR, timeout=60, check=False,
        env=environment(VAR_DIR=str(folder), PORT=str(up.port)), capture_output=True, text=True,
    )  # fmt: skip
    assert second.returncode == 1
    assert re.fullmatch(rf"Port {up.port} is busy; [^\n]+\n", second.stderr)
    assert second.stdout == ""
    assert {path.name: path.stat().st_mtime_ns for path in up.var_dir.glob("*.url")} == before
    assert not (tmp_path / "var").exists()
    assert up.get("/") == 200
    assert complete(up)


def test_a_second_run_over_the_same_state_is_refused(up: Run) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "rsvp_site.run"], cwd=BASE_DIR, timeout=60, check=False,
        env=environment(VAR_DIR=str(up.var_dir), PORT=str(free_port())),
        capture_output=True, text=True,
    )  # fmt: skip
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert (up.var_dir / "site.url").read_text() == up.address
    assert complete(up)


@pytest.mark.parametrize("name", list(MARKS))
def test_a_killed_child_is_started_again(up: Run, name: str) -> None:
    killed = one(up, name)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in family(up) and complete(up))
    wait_for(lambda: answers(up))


def answers(run: Run) -> bool:
    try:
        return run.get("/") == 200
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_asked_to_stop_it_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path) as run:
        wait_for(lambda: complete(run))
        everything = set(family(run))
        assert stop(run, number) == 0
    assert left(everything) == {}
    assert "Full Table has stopped." in run.output
    assert "Traceback" not in run.output
    assert not (run.var_dir / "broker.url").exists()
    assert not (run.var_dir / "broker.sock").exists()


def test_killed_it_leaves_no_process_and_starts_again(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        wait_for(lambda: complete(run))
        everything = set(family(run))
        run.process.kill()
        run.process.wait()
        wait_for(lambda: left(everything) == {}, seconds=5)
    with running(tmp_path) as again:
        wait_for(lambda: complete(again))
        assert again.get("/") == 200


def test_when_the_make_that_started_it_is_killed_it_ends_itself(tmp_path: Path) -> None:
    run = start(tmp_path, through_shell=True)
    try:
        run.wait_until_ready()
        everything = set(family(run))
        run.process.kill()
        wait_for(lambda: left(everything) == {}, seconds=30)
    finally:
        stop(run)


def test_state_in_a_deep_folder_is_no_trouble(tmp_path: Path) -> None:
    deep = tmp_path / ("a-folder-with-a-long-name-" * 4)
    deep.mkdir()
    with running(deep) as run:
        wait_for(lambda: run.manage("check") != "")
        socket = Path((run.var_dir / "broker.url").read_text().removeprefix("redis+socket://"))
        assert socket.exists()
        stop(run)
        assert not socket.parent.exists()


def test_what_cannot_work_is_said_in_sentences(tmp_path: Path) -> None:
    run = start(tmp_path, SITE_URL="https://party.example.org")
    assert run.process.wait(timeout=60) == 1
    assert "DATABASE_URL is missing" in run.output
    assert "Traceback" not in run.output
