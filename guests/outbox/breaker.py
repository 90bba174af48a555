"""Whether the mail server can be tried: one row that all senders share.

While it is open nothing is claimed. When its pause has passed, one sender probes with one mail:
success closes it, failure opens it for longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q

from guests.models import Breaker
from guests.outbox.waits import minutes

PAUSES = (1, 2, 5, 15)  # minutes
# A prober that dies keeps the others waiting for two minutes and the time that a server may take
# for all its answers, counted in the longest that it may take for one.
PROBE, ANSWERS = 2, 8

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Permit:
    """What one sender may do now. `failures` is what it saw, so that a late word does no harm."""

    may_send: bool
    probe: bool = False
    failures: int = 0


def probing() -> timedelta:
    """How long one probe has the server for itself."""
    return minutes(PROBE) + timedelta(seconds=ANSWERS * settings.EMAIL_TIMEOUT)


def is_closed(now: datetime) -> bool:
    """Whether somebody may send at `now`, if only a probe."""
    return not Breaker.objects.filter(pk=Breaker.ONLY, failures__gt=0, open_until__gt=now).exists()


def ask(now: datetime) -> Permit:
    """Whether mails may be claimed at `now`, and whether only one, as a probe."""
    row = Breaker.objects.filter(pk=Breaker.ONLY).first()
    if row is None or row.failures == 0:
        return Permit(may_send=True)
    if row.open_until is not None and row.open_until > now:
        return Permit(may_send=False)
    taken = Breaker.objects.filter(
        Q(open_until=row.open_until) if row.open_until else Q(open_until__isnull=True),
        pk=Breaker.ONLY,
        failures=row.failures,
    ).update(open_until=now + probing())
    return Permit(may_send=taken == 1, probe=taken == 1, failures=row.failures)


def failed(permit: Permit, now: datetime, reason: str) -> datetime:
    """No working server was met: pause. Returns when the server may be tried again (UTC).

    Of several senders that meet the same dead server only the first counts.
    """
    Breaker.objects.get_or_create(pk=Breaker.ONLY)
    failures = permit.failures + 1
    until = now + minutes(PAUSES[min(failures, len(PAUSES)) - 1])
    counted = Breaker.objects.filter(pk=Breaker.ONLY, failures=permit.failures).update(
        failures=failures, open_until=until, reason=reason[:300]
    )
    if counted:
        # One warning an outage; that it goes on is worth a line, and no more.
        say = log.warning if failures == 1 else log.info
        say("mail_server_paused", failures=failures, until=until.isoformat(), why=reason)
    return until


def worked(permit: Permit) -> None:
    """The probe got through: everybody may send again."""
    if permit.probe:
        closed = Breaker.objects.filter(pk=Breaker.ONLY, failures=permit.failures).update(
            failures=0, open_until=None, reason=""
        )
        if closed:
            log.info("mail_server_back")


def give_back(permit: Permit, now: datetime) -> None:
    """The probe found no mail to try with: the next one who has a mail may probe."""
    if permit.probe:
        Breaker.objects.filter(pk=Breaker.ONLY, failures=permit.failures).update(open_until=now)
