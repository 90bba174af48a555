"""What the doors share behind which a family has one wish: a page, and a POST that grants it."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from guests.family.door import RETRY_AFTER, render
from guests.links import Opened


def posted(request: HttpRequest, name: str) -> str:
    """One value of the body; the empty string where it is missing or the body is broken."""
    try:
        return str(request.POST.get(name, ""))
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation):
        return ""


def later(
    opened: Opened | None, *, posts: bool, button: str, kept: Iterable[tuple[str, str]] = ()
) -> HttpResponse:
    """The database is away, and nothing was changed: the page says so, with the button again."""
    context = {
        "party": opened.party if opened else None,
        "unsaved": posts,
        "button": button,
        "kept": list(kept),
    }
    response = render("guests/family/act_later.html", context, opened=opened, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
