"""The doors of the guests' app: for hosts, families, operators and mail services, and the
mailbox."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("anymail/", include(("guests.deliveries.webhooks", "anymail"))),
    path("", include("guests.host.urls")),
    path("", include("guests.family.urls")),
    path("", include("guests.mailbox.urls")),
    path("", include("guests.operators.urls")),
]
