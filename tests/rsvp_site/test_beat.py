"""Beat calls at its intervals, whatever happens to the clock on the wall."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery import Celery

from rsvp_site import settings as site
from rsvp_site.beat import SteadyScheduler

START = datetime(2027, 5, 24, 11, 0, tzinfo=UTC)


class Beat(SteadyScheduler):
    """One whose calls are counted instead of sent."""

    calls = 0

    def apply_async(self, *_args: object, **_kwargs: object) -> None:
        self.calls += 1


def made() -> Beat:
    app = Celery("beat", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 30.0}}
    return Beat(app=app, max_interval=5, lazy=False)


@pytest.mark.parametrize(
    "jump", [timedelta(0), timedelta(days=2), timedelta(days=-2), timedelta(hours=-1)], ids=str
)
def test_it_calls_once_an_interval(monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    passed = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    with time_machine.travel(START, tick=False) as clock:
        beat = made()
        assert 0 < beat.tick() <= 5
        assert beat.calls == 0
        clock.move_to(START + jump)
        for due in (1, 2, 3):
            passed += 29.0
            beat.tick()
            assert beat.calls == due - 1
            passed += 1.0
            beat.tick()
            assert beat.calls == due
            assert 0 < beat.tick() <= 5


def test_it_is_the_one_that_the_site_uses() -> None:
    module, _colon, name = site.CELERY_BEAT_SCHEDULER.partition(":")
    assert (module, name) == (SteadyScheduler.__module__, SteadyScheduler.__name__)
