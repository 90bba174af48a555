"""The doors of families. A token never holds a slash, so nothing else is reached through them."""

from __future__ import annotations

from django.urls import path, re_path

from guests.family.calendar import calendar
from guests.family.forget import forget
from guests.family.page import family, tidied
from guests.family.stop import stop
from guests.family.stranger import stranger

urlpatterns = [
    path("i/<str:token>/", family, name="family"),
    # the full stop or bracket that a chat or a mail program took for a part of the link
    re_path(r"^i/(?P<token>[^/]+)/[.,;:>)\]}'\"! ]+/?$", tidied),
    path("stop/<str:token>/", stop, name="stop"),
    path("forget/<str:token>/", forget, name="forget"),
    path("stranger/<str:token>/", stranger, name="stranger"),
    path("calendar/<str:token>.ics", calendar, name="calendar"),
]
