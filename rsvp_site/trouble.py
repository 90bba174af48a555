"""The database is away, locked, full, or cut the line: every page says so, and none breaks.

A leaf: it knows no app. The page needs no database, no session and no request. What was posted
stays on it, to be sent again with one tap.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.template.loader import get_template
from django.views import defaults

from rsvp_site.seldom import Seldom

#: Seconds after which it is worth while to try again, for the header.
RETRY_AFTER = "5"
#: What databases raise when nothing is wrong with the question.
TROUBLE = (OperationalError, InterfaceError, InternalError)

log = structlog.get_logger(__name__)
_seldom = Seldom()


class DatabaseTrouble:
    """A view that meets a database in trouble answers 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return sorry(request, error) if is_trouble(error) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """The site's handler500: middleware, too, can meet a database in trouble."""
    error = sys.exc_info()[1]
    if error is not None and is_trouble(error):
        return sorry(request, error)
    response: HttpResponse = defaults.server_error(request)
    return response


def is_trouble(error: BaseException | None) -> bool:
    """Whether this error is, or came of, a database that could not do its work."""
    while error is not None:
        if isinstance(error, TROUBLE):
            return True
        # The plain class from a driver: a broken file, a broken conversation. Django raises it as
        # well, without a cause: for a row that is gone.
        if type(error) is DatabaseError and error.__cause__ is not None:
            return True
        error = error.__cause__ or error.__context__
    return False


def may_be_saved(error: BaseException | None) -> bool:
    """Whether the database broke off in the middle of a commit: nobody knows what became of it."""
    return any(getattr(one, "may_be_saved", False) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """This error and all that it came of."""
    waiting, known = [error], set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in known:
            known.add(id(one))
            yield one
            waiting += [one.__context__, one.__cause__]


def sorry(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503, with what was posted still there."""
    note("database_in_trouble", error)
    context = {
        "posted": request.method == "POST",
        "kept": _kept(request),
        "unsure": may_be_saved(error),
    }
    response = HttpResponse(get_template("503.html").render(context), status=503)
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store, private"
    return response


def note(event: str, error: BaseException) -> None:
    """One line in the log a minute, with how often it happened since the last one."""
    times = _seldom.times(event)
    if times:
        log.error(event, error=type(error).__name__, times=times, exc_info=error)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields to send again; none of a form that was not known to be our own."""
    if request.method != "POST" or not getattr(request, "csrf_processing_done", False):
        return []
    try:
        if request.FILES:  # a page cannot hand a file back
            return []
        return [(name, value) for name, values in request.POST.lists() for value in values]
    except (UnreadablePostError, SuspiciousOperation, RequestDataTooBig):
        return []
