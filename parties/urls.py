from __future__ import annotations

from django.urls import path

from parties.views.landing import landing
from parties.views.list import party_list
from parties.views.new import party_new

urlpatterns = [
    path("", landing, name="landing"),
    path("parties/", party_list, name="parties"),
    path("parties/new/", party_new, name="party_new"),
]
