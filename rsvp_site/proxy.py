"""Tells the visitor's address and scheme when the site stands behind proxies.

A leaf: it knows no app. ``TRUSTED_PROXIES`` is how many proxies of our own each request passes.
Each of them appends to X-Forwarded-For, so only that many entries, counted from the right, were
written by somebody we trust; everything before them is a visitor's claim.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

#: What a visitor may not tell us himself.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class TrustedProxies:
    """Sets REMOTE_ADDR and the scheme from the proxies' headers, then drops the headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.count: int = settings.TRUSTED_PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        hops, schemes, _host = (meta.pop(name, "") for name in FORWARDED)
        if self.count:
            if (client := nth_from_right(hops, self.count)) and is_address(client):
                meta["REMOTE_ADDR"] = client
            if (scheme := nth_from_right(schemes, self.count)) in ("http", "https"):
                meta["wsgi.url_scheme"] = scheme
        return self.get_response(request)


def nth_from_right(header: str, count: int) -> str:
    """The ``count``-th value from the right of a comma-separated header.

    Proxies that overwrite instead of appending leave one value; that one is theirs then. Nothing
    at all: ''.
    """
    values = [value.strip() for value in header.split(",")] if header else [""]
    return values[-min(count, len(values))]


def is_address(text: str) -> bool:
    """Whether a text is one IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
