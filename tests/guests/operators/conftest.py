"""A machine with a memory and a clock of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from guests.operators import clock, views

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_memory(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    views.verdict.forget()


@dataclass
class Machine:
    """A clock on the wall that can be set, and one that only runs."""

    wall: datetime
    running: float = 1_000.0
    boot: str = "first start"

    def read(self) -> clock.Reading:
        return clock.Reading(self.boot, self.wall, self.wall.timestamp() - self.running)

    def passes(self, seconds: float) -> datetime:
        """Time passes on both clocks."""
        self.wall += seconds * SECOND
        self.running += seconds
        return self.wall

    def set(self, seconds: float) -> datetime:
        """Somebody sets the clock on the wall."""
        self.wall += seconds * SECOND
        return self.wall

    def starts_again(self, after: float) -> datetime:
        """The machine is switched off and on."""
        self.wall += after * SECOND
        self.running, self.boot = 10.0, "second start"
        return self.wall


@pytest.fixture
def machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine that this process runs on, with a clock that is watched."""
    settings.WATCH_CLOCK = True
    settings.CLOCK_PAUSE_SECONDS = 600
    made = Machine(datetime.now(UTC))
    monkeypatch.setattr(clock, "read", made.read)
    return made
