"""A family's page: GET shows it, POST answers. Nothing but a POST ever writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation

from guests.answering import Closed
from guests.family.door import RETRY_AFTER, TROUBLE, family_door, language_of, missing, render
from guests.family.home import Home, Stage, read_home, stage_of
from guests.family.saying import answer_in, read_post, save
from guests.family.showing import show, show_again
from guests.links import ANSWERING, Opened, open_token, token_for
from rsvp_site.trouble import note

# What is sent again by hand when not even the link could be looked up: name, and how many values.
_KEPT = {
    "answer": 1,
    "submission_id": 1,
    "revision": 1,
    "details": 1,
    "guests": 20,
    "adults": 1,
    "siblings": 1,
    "stays": 1,
    "allergies": 1,
    "message": 1,
    "know_by": 1,
}


class SeeOther(HttpResponseRedirect):
    """303: the answer is stored, now GET the page; a reload then sends nothing again."""

    status_code = 303


@family_door("GET", "HEAD", "POST")
def family(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        opened = open_token(token, ANSWERING, now)
        if opened is None:
            return missing()
        home = read_home(opened)
    except TROUBLE as error:
        note("family_page_unread", error)
        return _later(request)
    with translation.override(language_of(opened)):
        if request.method == "POST":
            return _answer(request, token, opened, home, now)
        return show(opened, home, now, asked=answer_in(request.GET.getlist("answer")))


@family_door("GET", "HEAD")
def tidied(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """The page without the full stop or bracket that slipped into its address."""
    return HttpResponseRedirect(reverse("family", args=[token]))


def _answer(
    request: HttpRequest, token: str, opened: Opened, home: Home, now: datetime
) -> HttpResponse:
    if stage_of(opened, home, now) in (Stage.CANCELLED, Stage.OVER):
        return show(opened, home, now)
    posted = read_post(request.POST, opened, home, now)
    if not posted.is_fit:
        return show_again(opened, home, now, posted)
    try:
        save(posted, opened, home, now)
    except TROUBLE as error:
        note("family_answer_unsaved", error)
        response = show_again(opened, home, now, posted, error)
        response["Retry-After"] = RETRY_AFTER
        return response
    except (Closed, ValueError):
        # The host cancelled the party, or changed the household, while the family was typing.
        return _as_it_is_now(request, token, now)
    return SeeOther(_address(opened))


def _as_it_is_now(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    try:
        opened = open_token(token, ANSWERING, now)
        return show(opened, read_home(opened), now) if opened else missing()
    except TROUBLE as error:
        note("family_page_unread", error)
        return _later(request)


def _later(request: HttpRequest) -> HttpResponse:
    """Not even the link could be looked up. What was typed stays on the page, to be sent again."""
    context: dict[str, Any] = {}
    if request.method == "POST":
        context = {
            "kept": [
                (name, value)
                for name, most in _KEPT.items()
                for value in request.POST.getlist(name)[:most]
            ],
            "answer": getattr(answer_in(request.POST.getlist("answer")), "value", ""),
        }
    response = render("guests/family/later.html", context, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response


def _address(opened: Opened) -> str:
    """The page's one address, without what a mail program left at its end."""
    row = opened.contact or opened.invitation
    return reverse("family", args=[token_for(opened.purpose, row)])
