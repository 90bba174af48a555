"""A tick with all that belongs to it: the pulse before it, the alarms after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from guests.operators.alarms import sound
from guests.operators.findings import findings
from guests.operators.notices import notices
from guests.operators.pulse import pulse
from guests.operators.reputation import watch
from guests.operators.zones import follow
from guests.outbox.recover import Recovered
from guests.outbox.tick import Ticked, tick
from guests.planner import Planned

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did. `closed`: why nothing was planned or may go (a `gate.Why`), or ''."""

    closed: str
    ticked: Ticked


def go_round(now: datetime, *, beat: bool, meanwhile: Callable[[], None] | None = None) -> Round:
    """One tick of a process; `beat`: Celery's beat asked for it; `meanwhile`: see `tick`.

    While the gate is closed nothing is planned, given up or called unclear: what the clock says
    then, or what this database says, may not be so.
    """
    closed = pulse(now, beat=beat)
    nothing = Ticked(Planned(), 0, Recovered())
    ticked = nothing if closed else _follow_and_tick(now, meanwhile)
    try:
        if not closed:
            watch(now)
        sound(findings(now) | notices(now), now)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("alarms_not_looked_at")
    return Round(closed, ticked)


def _follow_and_tick(now: datetime, meanwhile: Callable[[], None] | None) -> Ticked:
    try:
        follow(now)
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("zones_not_followed")  # mail goes by the hours that are known
    return tick(now, meanwhile)
