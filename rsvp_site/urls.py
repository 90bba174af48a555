"""All addresses: each app keeps its own list."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("parties.urls")),
    path("", include("guests.urls")),
]
