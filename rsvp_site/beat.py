"""When beat calls: by a clock that nobody can set."""

from __future__ import annotations

import time
from typing import Any

from celery.beat import ScheduleEntry, Scheduler
from celery.schedules import schedstate


class SteadyScheduler(Scheduler):
    """Celery's in-memory scheduler for plain intervals, by the seconds that really pass.

    Celery's own goes by the clock on the wall: set back by two days, it would be silent for two.
    """

    def _when(self, _entry: ScheduleEntry, next_time_to_run: Any, **_ignored: Any) -> float:
        """Where an entry stands in the heap."""
        return time.monotonic() + (self.adjust(next_time_to_run) or 0)

    def is_due(self, entry: ScheduleEntry) -> schedstate:
        """Asked when an entry has reached the top of the heap at its time: it is."""
        interval: Any = entry.schedule
        return schedstate(is_due=True, next=interval.seconds)
