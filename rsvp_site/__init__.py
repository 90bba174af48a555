"""What holds Full Table together: settings, addresses, the worker, the runner."""

from rsvp_site.celery import app as celery_app

__all__ = ("celery_app",)
