"""What all doors of families share: who may knock, what they answer with, in which language.

The token in the path is the secret. So these doors need no session, cookie or CSRF token, and their
address must not leak: not to the next page, not into a cache, not into a search engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import get_template
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from guests.links import Opened

# The database is locked, full, restarting or away. Nothing was saved, and it will soon be back.
TROUBLE = (DatabaseError, InterfaceError)
RETRY_AFTER = "5"  # seconds

# `no-referrer` is stricter than the site's own policy, which the forms of hosts need.
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

View = Callable[[HttpRequest, str], HttpResponse]


def family_door(*methods: str) -> Callable[[View], View]:
    """Makes a view a door of families: only `methods`, no CSRF, headers that keep the secret."""

    def make(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def door(request: HttpRequest, token: str) -> HttpResponse:
            if request.method in methods:
                response = view(request, token)
            else:
                response = HttpResponseNotAllowed(methods)
            for name, value in _HEADERS.items():
                response[name] = value
            return response

        return door

    return make


def render(
    template: str, context: Mapping[str, Any], *, opened: Opened | None = None, status: int = 200
) -> HttpResponse:
    """A page in the language of whom it is for; without a known one in that of the browser.

    The request stays outside, so no context processor can touch a session or set a cookie.
    """
    with translation.override(language_of(opened)):
        response = HttpResponse(get_template(template).render(dict(context)), status=status)
        response["Content-Language"] = translation.get_language() or settings.LANGUAGE_CODE
    return response


def missing() -> HttpResponse:
    """The same page for a token that is wrong, foreign, revoked or too old."""
    return render("guests/family/missing.html", {}, status=404)


def language_of(opened: Opened | None) -> str:
    """The contact's language, or the party's; one that the site speaks."""
    if opened is None:
        return translation.get_language() or settings.LANGUAGE_CODE
    wanted = opened.contact.language if opened.contact else opened.party.language
    for code in (wanted, opened.party.language):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
