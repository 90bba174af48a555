"""Wakes somebody without waiting for it: whoever presses the bell goes on at once.

A leaf: it knows no app.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

#: Seconds of rest after a ring that nobody heard.
REST = 5.0


class Doorbell:
    """Calls `ring` in a thread of its own; several presses meanwhile are one more ring.

    `ring` says whether it was heard, and raises nothing. After one that was not heard the bell
    rests, so that a door that hangs is not rung at for ever. A process that ends takes its presses
    along.
    """

    def __init__(
        self,
        ring: Callable[[], bool],
        rest: float = REST,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ring, self._rest, self._sleep = ring, rest, sleep
        self._lock = threading.Lock()
        self._pressed = threading.Event()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def press(self) -> None:
        """Returns at once."""
        with self._lock:
            if self._process != os.getpid():  # a fork has no threads but its first
                self._process, self._thread = os.getpid(), None
                self._pressed = threading.Event()
            self._pressed.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="doorbell", daemon=True)
                self._thread.start()

    def _listen(self) -> None:
        heard = True
        while True:
            self._pressed.wait()
            if not heard:
                self._sleep(self._rest)
            self._pressed.clear()
            heard = self._ring()
