"""Ends every child when the runner is gone, however it went; works on Linux and macOS.

The guardian is a tiny process that reads a pipe whose only writer is the runner. Each child says
``+PID`` there itself, after it became the leader of a session and before it became its program,
so there is no moment at which a child exists and the guardian does not know it. The runner says
``-PID`` when a child and all that it started are gone. When the pipe closes, the guardian kills
what is left: whole process groups, and so also the processes that web server and worker started.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


class Guardian:
    """The runner's side: starts the guardian and lets children register."""

    def __init__(self) -> None:
        self._registered: set[int] = set()
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None
        self._start()

    def _start(self) -> None:
        reader, self._writer = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__)), str(reader)],
            stdin=subprocess.DEVNULL,
            pass_fds=(reader,),
            start_new_session=True,
        )
        os.close(reader)

    @property
    def pid(self) -> int:
        """The guardian's own process."""
        return self._process.pid

    def before_exec(self) -> Callable[[], None]:
        """What a child runs between fork and exec, when its session is its own already."""
        runner, writer, libc = os.getpid(), self._writer, self._libc

        def register() -> None:
            os.write(writer, b"+%d\n" % os.getpid())
            if libc is not None:  # a second net: the kernel itself ends the child
                libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != runner:
                os._exit(1)

        return register

    def started(self, pid: int) -> None:
        """Remembers a child, for a guardian that has to be started again."""
        self._registered.add(pid)

    def gone(self, pid: int) -> None:
        """A child and its group are no more; its number may be somebody else's soon."""
        self._registered.discard(pid)
        self._tell(f"-{pid}\n")

    def keep_alive(self) -> None:
        """Starts the guardian again if somebody ended it."""
        if self._process.poll() is None:
            return
        os.close(self._writer)
        self._start()
        for pid in self._registered:
            self._tell(f"+{pid}\n")

    def close(self) -> None:
        """Lets the guardian end; it kills what is still registered."""
        os.close(self._writer)
        self._process.wait()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._writer, line.encode())


def kill_group(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Sends a signal to a child's whole process group, if there is any."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def watch(reader: int) -> None:
    """The guardian's side: follows the pipe to its end, then kills what is registered."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    alive: set[int] = set()
    with open(reader, encoding="ascii") as lines:
        for line in lines:
            pid = int(line[1:])
            if line.startswith("+"):
                alive.add(pid)
            else:
                alive.discard(pid)
    for pid in alive:
        kill_group(pid)


if __name__ == "__main__":
    watch(int(sys.argv[1]))
