"""A party today: how many come, what needs the host, who is silent, what goes out next."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from guests.host import saying
from guests.host.alarm import banner_of, is_calm_again
from guests.host.door import host_page, open_party
from guests.host.needs import needs_of
from guests.host.overview import Overview
from guests.host.reach import HomeLine, Stand
from guests.wording import join_names, party_when


@host_page("GET")
def dashboard(request: HttpRequest, pk: int) -> HttpResponse:
    """The party's page of today; `?show=` narrows the list of homes at its end."""
    now = timezone.now()
    view = Overview(open_party(request, pk), now)
    alarm = banner_of(view)
    context = {
        "page": "today",
        "party": view.party,
        "when": party_when(view.party),
        "begins": saying.when_words(view.party.starts_at, view.party, now),
        "togo": saying.days_to_go(view.party, now),
        "over": view.party.is_over(now),
        "view": view,
        "alarm": alarm,
        "calm_again": is_calm_again(view),
        "needs": needs_of(view, alarmed=alarm is not None),
        "invited": any(home.stand is not Stand.NEW for home in view.homes),
        "form_uuid": uuid.uuid4(),
        **_silent(view),
        **_timeline(view),
        **_homes(view, request.GET.get("show", "")),
    }
    return render(request, "guests/host/dashboard.html", context)


def _silent(view: Overview) -> dict[str, Any]:
    homes = view.standing(Stand.SILENT)
    return {
        "silent": homes,
        "silent_names": join_names([home.names for home in homes]),
    }


def _timeline(view: Overview) -> dict[str, Any]:
    rules = view.gathered[0].rules if view.gathered else ()
    lines = [*view.done, *view.upcoming]
    return {"timeline": saying.time_lines(lines, view.party, rules, view.now)}


def _homes(view: Overview, show: str) -> dict[str, Any]:
    """The homes to list, each with its line, and the links that narrow the list."""
    chosen = show if show in set(Stand) else ""
    homes = [home for home in view.homes if not chosen or home.stand == chosen]
    return {
        "show": chosen,
        "filters": [(stand.value, saying.STAND[stand], n) for stand, n in view.counts],
        "homes": [(home, home_words(home)) for home in homes],
    }


def home_words(home: HomeLine) -> str:
    """The second line of a home: who its adults are, and what is known."""
    parts = [f"{home.adults}." if home.adults else "", saying.stand_words(home)]
    return " ".join(part for part in parts if part)
