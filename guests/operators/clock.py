"""The machine's two clocks: the one on the wall, which can be set, and the one that only runs."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# It goes on while the machine sleeps; where there is none, the monotonic one does so itself.
_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks at once. `offset`: the wall clock less the seconds that the machine runs."""

    boot: str
    wall: datetime
    offset: float


def read() -> Reading:
    """What the clocks show now. Two readings of one boot have one offset, unless one was set."""
    running = time.clock_gettime(_RUNNING)
    wall = time.clock_gettime(time.CLOCK_REALTIME)
    return Reading(boot_id(), datetime.fromtimestamp(wall, UTC), wall - running)


@cache
def boot_id() -> str:
    """Names the machine and its last start; where no system tells, this process alone."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip() or uuid.uuid4().hex
    except OSError:
        return uuid.uuid4().hex
