"""How long a page waits for the database: 2 seconds in all, and then it says so.

A leaf: it knows no app and no database. Only pages have a limit; workers and commands wait as long
as the database's own settings let them. A database that hangs (not: that is away, which is said at
once) would hold every thread of the web server, so after one page waited in vain the others do not
wait at all, but for one every half a second that tries, until the database answers again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

#: Seconds that one page waits for the database, all its longer waits together.
PAGE = 2.0
#: A commit may take so many more: of one that was given up nobody knows what became of it.
COMMIT = 0.8
#: While the database hangs one page tries, for so long; and how long a vain wait is remembered.
TRY, HANGS_FOR = 0.5, 5.0
#: Waits shorter than this count for nothing: many quick queries are no hanging database.
NOTICEABLE = 0.2

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Thread(threading.local):
    left: float | None = None  # seconds; None: this thread serves no page
    tries: bool = False  # whether this page only tries a database that hangs


_thread = _Thread()
_hangs_until = 0.0  # monotonic; of this process
_next_try = 0.0


def for_pages(application: Wsgi) -> Wsgi:
    """The same WSGI application, in whose threads the limit holds."""

    def patient(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        begin()
        return application(environ, start_response)

    return patient


def begin() -> None:
    """This thread serves a new page from here on, until it begins the next one."""
    global _next_try
    now = time.monotonic()
    _thread.tries = now < _hangs_until
    if not _thread.tries:
        _thread.left = PAGE
    elif now >= _next_try:  # two threads that get here together both try, and that is no harm
        _next_try = now + TRY
        _thread.left = TRY
    else:
        _thread.left = 0.0


def end() -> None:
    """This thread serves no page any more."""
    _thread.left = None


def left() -> float | None:
    """Seconds that this page may still wait; None where there is no limit."""
    return _thread.left


def waited(seconds: float) -> None:
    """The database answered after so many seconds."""
    global _hangs_until
    _hangs_until = 0.0
    if _thread.left is not None and seconds >= NOTICEABLE:
        _thread.left = max(0.0, _thread.left - seconds)


@contextmanager
def longer(seconds: float) -> Iterator[None]:
    """What is done herein may wait so much longer."""
    if _thread.left is None:
        yield
        return
    _thread.left += seconds
    try:
        yield
    finally:
        _thread.left = max(0.0, _thread.left - seconds)


def in_vain(*, hangs: bool = True) -> None:
    """The database did not answer while the page could wait; it waits for nothing any more.

    `hangs`: it had so long that a database that lives would have answered.
    """
    global _hangs_until, _next_try
    now = time.monotonic()
    # A try is short: a slow database that lives must not be given up for ever.
    if hangs and not _thread.tries:
        _hangs_until, _next_try = now + HANGS_FOR, now + TRY
    _thread.left = 0.0
