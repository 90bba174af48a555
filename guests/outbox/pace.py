"""How fast a sender gets on, and what follows from that: how many mails to claim, and whether more
connections would help."""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Self

# Mails for one claim at most: a sender that is killed keeps them until their lease ends.
BATCH = 25
# The first claim, before anything is known, and the time that the later ones are to take (seconds).
_FIRST = 5
_AT_ONCE = 0.5
# Threads that only wait for each other take about as many times their own work as there are.
_WAITS = 1.5


class Pace:
    """Of one sender; notes each round as a context manager. `mails`: those of this round."""

    def __init__(self) -> None:
        self.claim = _FIRST
        self.mails = 0
        self._ratio = 1.0

    def __enter__(self) -> Self:
        self.mails = 0
        self._began, self._worked = time.perf_counter(), time.thread_time()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took = max(time.perf_counter() - self._began, 1e-6)
        worked = max(time.thread_time() - self._worked, 1e-6)
        self._ratio = took / worked
        if self.mails:
            self.claim = max(1, min(BATCH, int(_AT_ONCE * self.mails / took)))

    def connections(self, now: int) -> int:
        """How many are worth their while, with so many `now`: more where most of it is waiting."""
        return math.ceil(self._ratio) if self._ratio > _WAITS * now else now
