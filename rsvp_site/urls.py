"""All addresses: each app keeps its own list."""

from django.urls import include, path
from django.views.generic import TemplateView

_ROBOTS = TemplateView.as_view(template_name="robots.txt", content_type="text/plain")

urlpatterns = [
    path("robots.txt", _ROBOTS),
    path("accounts/", include("allauth.urls")),
    path("", include("parties.urls")),
    path("", include("guests.urls")),
]
handler500 = "rsvp_site.trouble.server_error"
