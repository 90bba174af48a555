"""Stopping mail: a page with a button for people, one POST without a page for mail programs.

RFC 8058: a mail program POSTs to the exact address of the header, without cookies, and wants no
redirect. So every POST here answers 200, whatever its body and however often.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone

from guests import stopping
from guests.family.door import RETRY_AFTER, TROUBLE, family_door, missing, render
from guests.links import Opened, Purpose, answer_path, forget_path, open_token, stranger_path
from guests.models import Contact
from rsvp_site.trouble import note


class Wish(StrEnum):
    """What somebody wants of us. What a mail program posts says PARTY."""

    PARTY = "party"
    EVERYTHING = "everything"
    AGAIN = "again"


@family_door("GET", "HEAD", "POST")
def stop(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    posts = request.method == "POST"
    opened: Opened | None = None
    try:
        opened = open_token(token, {Purpose.STOP}, now)
        if opened is None or opened.contact is None:
            return _stopped_already() if posts else missing()
        if not posts:
            return _page(opened, _state(opened.contact), now)
        wish = _wish(request)
        _grant(wish, opened.contact, now)
    except TROUBLE as error:
        note("stop_unsaved", error)
        return _later(opened, posts=posts)
    return _page(opened, wish, now)


def _wish(request: HttpRequest) -> Wish:
    """What the body asks for. A broken or unknown one still came to the door that stops."""
    try:
        return Wish(request.POST.get("what", ""))
    except (ValueError, MultiPartParserError, UnreadablePostError, SuspiciousOperation):
        return Wish.PARTY


def _grant(wish: Wish, contact: Contact, now: datetime) -> None:
    services = {
        Wish.PARTY: stopping.stop_party,
        Wish.EVERYTHING: stopping.stop_everything,
        Wish.AGAIN: stopping.start_again,
    }
    services[wish](contact=contact, now=now)


def _state(contact: Contact) -> Wish | None:
    """What is stopped already."""
    if contact.address is not None and contact.address.stopped_at is not None:
        return Wish.EVERYTHING
    return Wish.PARTY if contact.stopped_at is not None else None


def _page(opened: Opened, state: Wish | None, now: datetime) -> HttpResponse:
    party, contact = opened.party, opened.contact
    context = {
        "party": party,
        "state": state.value if state else "",
        "is_open": not party.is_cancelled and not party.is_over(now),
        "has_answered": bool(contact and contact.newest_id),
        "page": answer_path(contact) if contact else "",
        "forget": forget_path(contact) if contact else "",
        "stranger": stranger_path(contact) if contact else "",
        "complained": bool(contact and contact.address and contact.address.complained_at),
    }
    return render("guests/family/stop.html", context, opened=opened)


def _stopped_already() -> HttpResponse:
    """For a POST to a link that opens nothing: there is nothing left to stop."""
    return render("guests/family/stop.html", {"state": Wish.PARTY.value})


def _later(opened: Opened | None, *, posts: bool) -> HttpResponse:
    """Nothing was stopped yet; a mail program tries again by itself."""
    context = {"party": opened.party if opened else None, "unsaved": posts}
    response = render("guests/family/stop_later.html", context, opened=opened, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
