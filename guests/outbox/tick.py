"""One tick: plan, look, recover. Sends nothing; `drain` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from guests import limits
from guests.looking import look
from guests.models import OutgoingEmail
from guests.outbox import breaker
from guests.outbox.recover import Recovered, recover
from guests.planner import Planned, plan

T = TypeVar("T")

# So many waiting mails are worth another sender.
_MAILS_A_HELPER = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did. `failed` names the parts that broke; the others were done nevertheless."""

    planned: Planned
    news: int
    recovered: Recovered
    failed: tuple[str, ...] = ()


def tick(now: datetime, meanwhile: Callable[[], None] | None = None) -> Ticked:
    """Queue what is due at `now` for families and hosts, and settle what was left behind.

    `meanwhile` is called when there is something to send already and much still to plan.
    """
    failed: list[str] = []
    _do("release", lambda: limits.release(now), 0, failed)
    return Ticked(
        planned=_do("plan", lambda: plan(now, meanwhile=meanwhile), Planned(), failed),
        news=_do("look", lambda: look(now), 0, failed),
        recovered=_do("recover", lambda: recover(now), Recovered(), failed),
        failed=tuple(failed),
    )


def can_send(now: datetime) -> bool:
    """Whether a sender would find something to do, and a server to do it with."""
    return breaker.is_closed(now) and OutgoingEmail.objects.ready(now).exists()


def helpers_worth(now: datetime, at_most: int) -> int:
    """How many senders more than one the waiting mails are worth."""
    ready = OutgoingEmail.objects.ready(now).values_list("pk", flat=True)
    return len(ready[: at_most * _MAILS_A_HELPER]) // _MAILS_A_HELPER


def _do(name: str, part: Callable[[], T], nothing: T, failed: list[str]) -> T:
    """A part that breaks must not keep the others from being done."""
    try:
        return part()
    except SoftTimeLimitExceeded:
        raise  # the next tick goes on where this one was cut short
    except Exception:
        log.exception("tick_part_failed", part=name)
        failed.append(name)
        return nothing
