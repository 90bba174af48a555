"""The doors of the guests' app: the host's pages, the families' pages, the mailbox."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("guests.host.urls")),
    path("", include("guests.family.urls")),
    path("", include("guests.mailbox.urls")),
]
