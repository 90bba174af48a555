"""The Celery app. Its messages only wake workers up: the database is the queue."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")

app = Celery("rsvp_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_site(**_kwargs: Any) -> None:
    """Worker and beat write the same masked lines as the web process."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def _say_why_nothing_goes(**_kwargs: Any) -> None:
    """One line at the start, if this worker will have nothing to send for a reason."""
    import structlog
    from django.db import Error as DatabaseError
    from django.db import connections

    from guests.outbox import gate

    try:
        closed = gate.closed()
    except DatabaseError:
        return  # not there yet; the ticks will say so
    finally:
        connections.close_all()  # the children of this process open their own
    if closed:
        structlog.get_logger(__name__).error("gate_closed", why=closed, words=gate.in_words(closed))
