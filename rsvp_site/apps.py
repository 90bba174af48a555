"""The site as a Django app: its checks and the table of its cache."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Holds no models."""

    name = "rsvp_site"
