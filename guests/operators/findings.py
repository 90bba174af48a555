"""What is wrong just now: the one list that /readyz shows and that the alarms go by.

Each finding has a short name and a sentence for an operator, without a word about families.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from guests.models import Breaker, Installation, OutgoingEmail, State
from guests.outbox import gate
from guests.outbox.waits import minutes

# A mail that waits for longer, with nothing in its way, is overdue.
OVERDUE_AFTER = 10  # minutes
# A beat that was silent for so long was given up for the timer on purpose.
GIVEN_UP_AFTER = timedelta(days=7)
ROOM = 100_000_000  # bytes that should be free
SOON = 1000  # milliseconds

DATABASE = "The database cannot be written to."


def findings(now: datetime) -> dict[str, str]:
    """Name and sentence of all that is wrong at `now`. Raises what a database that is away does."""
    found: dict[str, str] = {}
    if why := gate.closed():
        found[why] = gate.in_words(why)
    if paused := _mail_server():
        found["mail_server"] = paused
    if not found and (overdue := _overdue(now)):
        found["overdue"] = overdue
    found |= _heartbeat(now)
    if full := _disk():
        found["disk"] = full
    return found


def require_writable() -> None:
    """Take the lock that a change needs, and take everything back. Raises DatabaseError."""
    with _soon(), transaction.atomic():
        Installation.objects.filter(pk=Installation.ONLY).update(ticks=F("ticks"))
        transaction.set_rollback(True)


@contextmanager
def _soon() -> Iterator[None]:
    """SQLite lets whoever writes wait for long; a probe must not hold a thread for that time."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        (usual,) = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout={SOON}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")


def _heartbeat(now: datetime) -> dict[str, str]:
    row = Installation.objects.filter(pk=Installation.ONLY).first()
    stale = now - timedelta(seconds=settings.STALE_SECONDS)
    if row is None or row.seen_at is None:
        return {"ticks": "There was no tick yet; start worker and beat, or the timer."}
    if row.seen_at < stale:
        return {"ticks": f"The last tick was {_ago(row.seen_at, now)}; is a worker running?"}
    if row.beat_at is not None and now - GIVEN_UP_AFTER < row.beat_at < stale:
        return {
            "beat": f"Celery's beat last called {_ago(row.beat_at, now)}; only the timer ticks."
        }
    return {}


def _mail_server() -> str:
    row = Breaker.objects.filter(pk=Breaker.ONLY, failures__gt=0).first()
    if row is None:
        return ""
    return f"The mail server cannot be used ({row.reason}); it is tried again by itself."


def _overdue(now: datetime) -> str:
    """Nothing is said while somebody works on the queue, or has hardly begun after a pause."""
    late = now - minutes(OVERDUE_AFTER)
    in_hand = OutgoingEmail.objects.filter(state__in=[State.CLAIMED, State.HANDING])
    paused = Installation.objects.filter(pk=Installation.ONLY, paused_until__gt=late)
    if paused.exists() or in_hand.exists():
        return ""
    oldest = OutgoingEmail.objects.ready(late).values_list("not_before", flat=True).first()
    return f"A mail that was due {_ago(oldest, now)} is still waiting." if oldest else ""


def _disk() -> str:
    places = {Path(settings.VAR_DIR)}
    if connection.vendor == "sqlite":
        places.add(Path(connection.settings_dict["NAME"]).parent)
    for place in places:
        try:
            free = shutil.disk_usage(place).free
        except OSError:
            continue
        if free < ROOM:
            return f"The disk is nearly full: {free // 1_000_000} MB are left."
    return ""


def _ago(moment: datetime, now: datetime) -> str:
    return f"{round((now - moment).total_seconds())} seconds ago"
