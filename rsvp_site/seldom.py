"""Says a thing once a minute, and not once for each page that it happens to.

A leaf: it knows no app.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

MINUTE = 60.0


@dataclass
class Seldom:
    """Counts what is not said."""

    pause: float = MINUTE  # seconds
    clock: Callable[[], float] = time.monotonic
    _said: dict[Hashable, float] = field(default_factory=dict)
    _held: dict[Hashable, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def times(self, what: Hashable) -> int:
        """How often it has happened since it was last said, now included; 0: do not say it yet."""
        now = self.clock()
        with self._lock:
            count = self._held.get(what, 0) + 1
            said = self._said.get(what)
            if said is not None and now - said < self.pause:
                self._held[what] = count
                return 0
            self._said[what], self._held[what] = now, 0
            return count
