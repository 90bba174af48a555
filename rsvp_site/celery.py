"""The Celery app. Its messages only wake workers up: the database is the queue."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")

app = Celery("rsvp_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_like_the_site(**_kwargs: Any) -> None:
    """Worker and beat write the same masked lines as the web process."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
