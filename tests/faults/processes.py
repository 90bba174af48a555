"""Processes that a test may kill, freeze and thaw, with all that they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rsvp_site.env import BASE_DIR
from rsvp_site.run import children
from tests.running import PATIENCE, wait_for

CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "rsvp_site"]


class Process:
    """One program in a process group of its own; its output goes to a file."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], log: Path) -> None:
        self.log_file = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                list(command),
                cwd=BASE_DIR,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """kill -9 of the whole group; returns when the program is dead."""
        self._signal(signal.SIGKILL)
        self._popen.wait(PATIENCE)

    @property
    def children(self) -> list[int]:
        """Its own child processes; of a worker, the ones that work."""
        with contextlib.suppress(OSError):
            found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            return [int(pid) for pid in found.split()]
        return []

    @staticmethod
    def kill_child(pid: int) -> bool:
        """kill -9 of one child; False if it was dead already."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return True
        return False

    def term(self) -> None:
        """Ask the program alone to end, as a supervisor does; does not wait."""
        if self.alive:
            self._popen.terminate()

    def freeze(self) -> None:
        """SIGSTOP: it hangs, and is not dead."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code, once it has ended."""
        return self._popen.wait(seconds)

    def says(self, words: str) -> None:
        """Wait until its log contains these words."""
        wait_for(lambda: words in self.log or not self.alive)
        assert words in self.log, self.log

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return


def web_command(port: int) -> list[str]:
    """The web server as `make run` starts it."""
    return children.web("127.0.0.1", port).command


def worker_command(name: str, *options: str) -> list[str]:
    """A worker with a name of its own."""
    lean = ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    return [*CELERY, "worker", "--hostname", f"{name}@%h", *lean, *options]


def beat_command() -> list[str]:
    return [*CELERY, "beat", "--pidfile="]


def manage(env: Mapping[str, str], *arguments: str, check: bool = True) -> str:
    """What a command of manage.py prints; AssertionError if it fails and `check` is set."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR, env=dict(env), text=True, capture_output=True, timeout=4 * PATIENCE,
        check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
