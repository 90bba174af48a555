"""What Celery carries: wake-up calls without a payload. Losing or doubling one changes nothing."""

from __future__ import annotations

import time

import structlog
from celery import Task, shared_task
from django.conf import settings
from django.utils import timezone

from guests.operators.rounds import go_round
from guests.outbox import gate
from guests.outbox import tick as ticking
from guests.outbox.drain import drain
from rsvp_site.doorbell import Doorbell
from rsvp_site.seldom import Seldom

# One slice of sending (seconds). A worker that sends does not plan: a slice is shorter than the
# time between two ticks, and asks for another one while mail is waiting.
SLICE = 20.0

# Whoever is free when a tick finds many mails helps to send them. Such a call is for now: one that
# waits behind a sender is forgotten, so that the calls never pile up before the next tick.
HELPERS = 15
HELP_NOW = 2.0

# A sender that is called for is needed even if the call has to wait for a tick or two (seconds).
SENDER_WAITS = 10.0

log = structlog.get_logger(__name__)
_seldom = Seldom()


@shared_task(name="guests.tasks.tick", bind=True)
def tick(self: Task[[], None]) -> None:
    """What beat asks for: plan, look, recover; then call a sender if there is something to send.

    A call that follows right behind the last tick of this process has waited for it. It is let go,
    or on a slow machine the ticks would pile up before those who send.
    """
    if not self.request.called_directly and _rest.is_short():
        return
    go_round(timezone.now(), beat=True, meanwhile=_call_helpers)
    _call_senders()
    _rest.begin()


@shared_task(name="guests.tasks.woken")
def woken() -> None:
    """The same at somebody's wish; another name, so that a beat that is silent shows."""
    go_round(timezone.now(), beat=False, meanwhile=_call_helpers)
    _call_senders()


@shared_task(name="guests.tasks.deliver")
def deliver() -> None:
    """Send for a while.

    Asks for another slice when this one is used up. One that got nothing, because others hold what
    is ready, leaves the rest to the next tick, and does not call itself again and again.
    """
    length, began = min(SLICE, settings.TICK_SECONDS), time.monotonic()
    sent = drain(deadline=length)
    if sent or time.monotonic() - began >= length:
        _call_sender()


def wake() -> None:
    """Ask for a tick now instead of at the next beat; for `on_commit` after a host's act.

    Never raises and never waits: a thread of this process makes the call. If the broker is away or
    hangs, it rests before it tries again; the next beat does the same work.
    """
    _bell.press()


def call_tick() -> bool:
    """What `wake` asks for, here and now, for a process that is about to end: was it heard?

    Waits for a broker that hangs as long as its socket timeout lets it.
    """
    return _publish(woken, settings.CALL_SECONDS)


_bell = Doorbell(call_tick)


class _Rest:
    """How long ago this process has ended its last tick, by a clock that nobody can set."""

    def __init__(self) -> None:
        self._began = float("-inf")

    def begin(self) -> None:
        self._began = time.monotonic()

    def is_short(self) -> bool:
        return time.monotonic() - self._began < settings.TICK_SECONDS / 4


_rest = _Rest()


def _call_senders() -> None:
    """One sender that will come, and helpers."""
    if _call_sender():
        _call_helpers()


def _call_helpers() -> None:
    """As many as the waiting mails are worth; they send already while this process still plans."""
    for _ in range(ticking.helpers_worth(timezone.now(), HELPERS)):
        if not _publish(deliver, HELP_NOW):
            return


def _call_sender() -> bool:
    if ticking.can_send(timezone.now()) and not gate.closed():
        # the next tick asks again
        return _publish(deliver, max(settings.TICK_SECONDS, SENDER_WAITS))
    return False


def _publish(task: Task[[], None], expires: float) -> bool:
    try:
        task.apply_async(expires=expires, retry=False)
    except Exception as error:
        times = _seldom.times("broker_not_reached")  # one line a minute, not one a call
        if times:
            log.warning("broker_not_reached", error=type(error).__name__, times=times)
        return False
    return True
