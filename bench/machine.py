"""What the operating system says of processes: the CPU seconds that they and theirs have used."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_UTIME, _STIME, _CUTIME, _CSTIME = 11, 12, 13, 14


def cpu_seconds(roots: Iterable[int]) -> float:
    """Of these processes and all below them, also of children that have ended meanwhile."""
    return sum(_with_children(pid) for pid in roots)


def cpu_of(pid: int) -> float:
    """Of one process alone."""
    fields = _stat(pid)
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS if fields else 0.0


def processors() -> int:
    """On how many this process may run."""
    return len(os.sched_getaffinity(0))


def _with_children(pid: int) -> float:
    fields = _stat(pid)
    if not fields:
        return 0.0
    own = sum(int(fields[place]) for place in (_UTIME, _STIME, _CUTIME, _CSTIME)) / _TICKS
    return own + sum(_with_children(child) for child in _children(pid))


def _stat(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        # The name of a program may hold spaces and brackets; what counts comes after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
