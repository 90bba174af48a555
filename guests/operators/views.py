"""The doors for operators: whether the process answers, and whether all is well."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import NamedTuple

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from guests.operators.findings import DATABASE, findings, require_writable
from guests.operators.notices import notices


class Seen(NamedTuple):
    """What is wrong, and what somebody should look at all the same: names and sentences."""

    problems: Mapping[str, str]
    notices: Mapping[str, str]


class Verdict:
    """What is so, looked up by one at a time and kept for some seconds: anybody may ask."""

    KEPT = 3.0  # seconds

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: Seen | None = None
        self._at = 0.0

    def ask(self) -> Seen:
        """Whoever comes while another one looks gets what was so."""
        seen = self._seen
        if not self._lock.acquire(blocking=seen is None):
            return seen or _look()
        try:
            if self._seen is None or time.monotonic() - self._at >= self.KEPT:
                self._seen, self._at = _look(), time.monotonic()
            return self._seen
        finally:
            self._lock.release()

    def forget(self) -> None:
        """The next one looks anew."""
        self._seen = None


def _look() -> Seen:
    now = timezone.now()
    try:
        require_writable()
        return Seen(findings(now), notices(now))
    except DatabaseError:
        return Seen({"database": DATABASE}, {})


verdict = Verdict()


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 if all is well, else 503; `problems` says what is not, by name and in a sentence.

    `notices`: what somebody should look at all the same. Both as of some seconds ago at most.
    """
    problems, looked_at = verdict.ask()
    return JsonResponse(
        {"ready": not problems, "problems": problems, "notices": looked_at},
        status=503 if problems else 200,
    )
