"""Keeps children alive: starts them in order, again when they die, and ends them in reverse."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsvp_site.run.guardian import Guardian, kill_group

#: Seconds until a dead child is started again: at once at first, slower when it keeps dying.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: Seconds of life after which an earlier death is forgotten.
STEADY_AFTER = 30.0


@dataclass
class Child:
    """One program that the runner keeps alive. Durations are in seconds."""

    name: str
    command: list[str]
    grace: float  # how long it may take to end when it is asked to
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0  # monotonic moment at which it is due to start again
    pause: float = FIRST_PAUSE
    deaths: int = 0

    @property
    def running(self) -> bool:
        """Whether its process exists and was not found dead yet."""
        return self.process is not None


@dataclass
class Supervisor:
    """All children of one run."""

    env: Mapping[str, str]
    cwd: Path
    log_dir: Path
    say: Callable[[str], None]
    guardian: Guardian = field(default_factory=Guardian)
    children: list[Child] = field(default_factory=list)

    def start(self, child: Child) -> None:
        """Starts a child for the first time and from then on keeps it alive."""
        self.children.append(child)
        self.log_of(child).write_bytes(b"")
        self._spawn(child)

    def restart(self, child: Child) -> None:
        """Ends a child and starts it at once."""
        self._end(child, lambda: False)
        self._spawn(child)

    def once(self, program: Child, give_up: Callable[[], bool]) -> tuple[int, bytes]:
        """Runs a short program to its end, or until ``give_up``; its exit code and its output.

        What it says on its standard error goes to its log.
        """
        with self.log_of(program).open("wb") as log:
            process = self._popen(program, stdout=subprocess.PIPE, stderr=log)
        output = b""
        while True:
            try:
                output, _ = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if give_up():
                    kill_group(process.pid)
        kill_group(process.pid)
        self.guardian.gone(process.pid)
        return process.returncode, output

    def log_of(self, child: Child) -> Path:
        """Where the child's output goes; each run begins it anew."""
        return self.log_dir / f"{child.name}.log"

    def last_words(self, child: Child) -> str:
        """The end of the child's log, for a terminal."""
        log = self.log_of(child)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        return f"The end of {log}:\n" + "\n".join(lines[-15:])

    def look(self) -> None:
        """One look at everything: buries the dead, starts what is due to start again."""
        self.guardian.keep_alive()
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            elif child.process is None and now >= child.start_at:
                self._spawn(child)

    def stop(self, hurry: Callable[[], bool]) -> None:
        """Ends all children, the last started first; at once when ``hurry`` says so."""
        for child in reversed(self.children):
            self._end(child, hurry)
        self.guardian.close()

    def _spawn(self, child: Child) -> None:
        with self.log_of(child).open("ab") as log:
            child.process = self._popen(child, stdout=log, stderr=log)
        child.started_at = time.monotonic()

    def _popen(self, child: Child, **streams: Any) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            env=dict(self.env),
            cwd=self.cwd,
            start_new_session=True,
            preexec_fn=self.guardian.before_exec(),
            **streams,
        )
        self.guardian.started(process.pid)
        return process

    def _bury(self, child: Child, now: float) -> None:
        """Ends what the dead child left behind and plans its return."""
        process = child.process
        if process is None:
            return
        kill_group(process.pid)
        self.guardian.gone(process.pid)
        if now - child.started_at >= STEADY_AFTER:
            child.pause = FIRST_PAUSE
        child.process = None
        child.deaths += 1
        child.start_at = now + child.pause
        self.say(
            f"{child.name} ended ({_why(process.returncode)}); it starts again in "
            f"{child.pause:g} s. See {self.log_of(child)}"
        )
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _end(self, child: Child, hurry: Callable[[], bool]) -> None:
        process = child.process
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + child.grace
        while process.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        kill_group(process.pid)
        process.wait()
        self.guardian.gone(process.pid)
        child.process = None


def _why(returncode: int) -> str:
    if returncode < 0:
        return f"signal {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"
