"""The pages of the mailbox: to read and click the mails that "went out".

Only while no mail server is configured, and only for a visitor on this very machine: mails hold the
links that answer for families.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from guests.mailbox import box, letters

PER_PAGE = 50
# The frame of a mail: its inline styles and nothing else. No script, no form, no picture from
# elsewhere; its links may lead the whole window away, and only when somebody clicks.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, _P], HttpResponse]


def only_here(view: _View[_P]) -> _View[_P]:
    """404 unless the mailbox is in use and the visitor sits at this machine."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        if not is_open_to(request):
            raise Http404
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


@require_safe
@never_cache
@only_here
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails, the newest first."""
    pages = Paginator(box.names(), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    mails = letters.envelopes(list(page.object_list))
    return render(request, "guests/mailbox.html", {"mails": mails, "page": page})


@require_safe
@never_cache
@only_here
def mailbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: as it looks, its plain text and its headers."""
    return render(request, "guests/mailbox_mail.html", {"mail": _letter(name)})


@require_safe
@never_cache
@only_here
def mailbox_html(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """The HTML of a mail, for the frame on its page, under a policy of its own."""
    mail = _letter(name)
    if not mail.html:
        raise Http404
    response = HttpResponse(letters.framed(mail.html))
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def is_open_to(request: HttpRequest) -> bool:
    """Whether the mailbox is in use, and this visitor may read it."""
    return settings.EMBEDDED_MAILBOX and is_loopback(request.META.get("REMOTE_ADDR", ""))


def is_loopback(address: str) -> bool:
    """Whether the peer at `address` is this machine."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None)
    return (inner or found).is_loopback


def _letter(name: str) -> letters.Opened:
    found = letters.open_letter(name)
    if found is None:
        raise Http404
    return found
