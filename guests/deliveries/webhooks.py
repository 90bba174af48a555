"""Reports of hosted mail services: Anymail's webhooks, made safe.

A door is open only where the service has to prove itself, by a signature or a password of ours;
what comes without is turned away before it is read. See `receiving` for what follows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from anymail import urls as anymail_urls
from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import URLPattern

from rsvp_site.hosted import is_signed
from rsvp_site.trouble import is_trouble

View = Callable[..., HttpResponse]

log = structlog.get_logger(__name__)


def careful(view: View, service: str) -> View:
    """A webhook that is closed where nothing is signed, and that no odd report can break."""

    @functools.wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_signed(service, settings.ANYMAIL):
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except (SuspiciousOperation, PermissionDenied, Http404):
            raise
        except Exception as error:
            if is_trouble(error):
                raise  # 503: the service tries again
            log.warning("report_not_understood", service=service, error=type(error).__name__)
            return HttpResponseBadRequest()

    return inner


def _doors() -> Iterator[URLPattern]:
    """Anymail's own addresses for reports on mail that we sent; we take no mail in by them."""
    for pattern in anymail_urls.urlpatterns:
        if pattern.name.endswith("_webhook") and "inbound" not in pattern.name:
            service = pattern.name.removesuffix("_webhook").removesuffix("_tracking")
            yield URLPattern(
                pattern.pattern,
                careful(pattern.callback, service),
                pattern.default_args,
                pattern.name,
            )


urlpatterns = list(_doors())
