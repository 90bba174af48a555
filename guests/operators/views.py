"""The doors for operators: whether the process answers, and whether all is well."""

from __future__ import annotations

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from guests.operators.findings import DATABASE, findings, require_writable
from guests.operators.notices import notices


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 if all is well, else 503; `problems` says what is not, by name and in a sentence.

    `notices`: what somebody should look at all the same.
    """
    now, looked_at = timezone.now(), {}
    try:
        require_writable()
        problems, looked_at = findings(now), notices(now)
    except DatabaseError:
        problems = {"database": DATABASE}
    return JsonResponse(
        {"ready": not problems, "problems": problems, "notices": looked_at},
        status=503 if problems else 200,
    )
