"""How long the outbox waits before it tries again."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings


def minutes(number: float) -> timedelta:
    """So many minutes; RETRY_SECONDS makes them shorter where nobody can wait."""
    return timedelta(seconds=number * settings.RETRY_SECONDS)
