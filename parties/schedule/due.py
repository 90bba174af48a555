"""Which of a household's steps are due at a moment, and which of those are dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from parties.schedule.words import Kind, Skip, Step

_ONLY_THE_NEWEST = frozenset({Kind.REMINDER, Kind.FOLLOW_UP})


@dataclass(frozen=True, slots=True)
class Due:
    """What the planner does now: queue `go`, and record `drop` with the `Skip` beside it."""

    go: list[Step] = field(default_factory=list)
    drop: list[tuple[Step, str]] = field(default_factory=list)


def due(steps: Iterable[Step], now: datetime) -> Due:
    """Sort the steps whose own moment has come into those that go and those that are dropped.

    Judged by what really happened (`own_at`, `own_skip`), not by the timeline. Of several
    overdue reminders and follow-ups of one contact only the newest goes. Steps that are not due
    are in neither list. Whether `now` is at night is for the commit point to ask.
    """
    found = Due()
    newest: dict[str, Step] = {}
    for step in sorted(steps, key=lambda s: (s.ideal, s.occasion)):
        if step.own_at > now:
            continue
        if step.own_skip:
            found.drop.append((step, step.own_skip))
        elif step.expires_at <= now:
            found.drop.append((step, str(Skip.EXPIRED)))
        elif step.kind in _ONLY_THE_NEWEST:
            older = newest.get(step.contact)
            if older is not None:
                found.drop.append((older, str(Skip.SUPERSEDED)))
            newest[step.contact] = step
        else:
            found.go.append(step)
    found.go.extend(newest.values())
    return found
