"""The site as a Django app: its checks, its Celery app and the table of its cache."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Holds no models."""

    name = "rsvp_site"

    def ready(self) -> None:
        """Loads what registers itself: system checks, and the app that shared tasks belong to."""
        from rsvp_site import celery, checks  # noqa: F401
