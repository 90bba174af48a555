"""A clock for senders of the test's own process, where what is tested takes hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import time_machine


class Clock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **by: float) -> datetime:
        self.moment += timedelta(**by)
        return self.moment


def at_the_time_of(clock: Clock, act: Callable[[], None]) -> None:
    """Do it as if it were that late."""
    with time_machine.travel(clock.moment, tick=False):
        act()
