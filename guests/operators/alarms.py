"""Alarms: raised once for each outage over all processes, and cleared when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q

from guests.models import Alarm

# Another machine may not see what this one sees: over is what nobody saw for so many ticks.
_TICKS = 3
_AGAIN_AFTER = timedelta(minutes=5)
_PATIENCE = 5  # seconds for each answer of the mail server
_CLOCKS_DIFFER = timedelta(minutes=2)

log = structlog.get_logger(__name__)


def sound(found: Mapping[str, str], now: datetime) -> None:
    """Raise what is new among `found`, clear what is over, tell the operator what is untold."""
    for name, words in found.items():
        _raise(name, words, now)
    grace = _TICKS * timedelta(seconds=settings.TICK_SECONDS)
    gone = Q(seen_at__lt=now - grace) | Q(seen_at__gt=now + _CLOCKS_DIFFER)
    for alarm in Alarm.objects.filter(gone).exclude(name__in=found):
        if Alarm.objects.filter(gone, pk=alarm.pk).delete()[0]:
            log.info("alarm_over", alarm=alarm.name)
    for name in found:
        _tell(name, found[name], now)


def _raise(name: str, words: str, now: datetime) -> None:
    _alarm, new = Alarm.objects.get_or_create(name=name, defaults={"since": now, "seen_at": now})
    if new:
        log.error("alarm", alarm=name, words=words)
    else:
        Alarm.objects.filter(name=name).update(seen_at=now)


def _tell(name: str, words: str, now: datetime) -> None:
    """One mail about it, once; tried again while it lasts if it did not go."""
    if not settings.OPERATOR_EMAIL:
        return
    free = Q(tried_at__isnull=True) | Q(tried_at__lt=now - _AGAIN_AFTER) | Q(tried_at__gt=now)
    mine = Alarm.objects.filter(free, name=name, told_at__isnull=True).update(tried_at=now)
    if mine and _send(words):
        Alarm.objects.filter(name=name).update(told_at=now)


def _send(words: str) -> bool:
    """Directly and not through the outbox, which may be what is wrong."""
    try:
        message = EmailMessage(
            subject=f"Full Table needs a look: {settings.SITE_URL}",
            body=f"{words}\n\n{settings.SITE_URL}/readyz says what is so by now.\n",
            to=[settings.OPERATOR_EMAIL],
            headers={"Auto-Submitted": "auto-generated"},
            connection=get_connection(timeout=_PATIENCE),
        )
        return message.send() > 0
    except Exception as error:  # whatever the way of mail raises, a tick goes on
        log.warning("alarm_not_told", error=type(error).__name__)
        return False
