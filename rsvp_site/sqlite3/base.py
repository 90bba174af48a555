"""The database backend that settings name for SQLite.

One writes at a time, and the others wait for their turn, long if need be: an answer is worth it.
But each that waits holds a thread of the web server, so only some pages wait long; the others are
turned away soon, with their form, and who only reads is served meanwhile.
"""

from __future__ import annotations

import threading

from django.db.backends.sqlite3 import base

from rsvp_site import patience

#: So many pages of one process may wait long; it has to have more threads than that.
MAY_WAIT = 8
#: Milliseconds that any other page waits for its turn.
SOON = 1000

_turns = threading.BoundedSemaphore(MAY_WAIT)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, but that a page which finds many waiting does not join them for long."""

    def _start_transaction_under_autocommit(self) -> None:
        if patience.left() is None:
            self._begin()
        elif _turns.acquire(blocking=False):
            try:
                self._begin()
            finally:
                _turns.release()
        else:
            self._begin_soon()

    def _begin_soon(self) -> None:
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            (usual,) = cursor.fetchone()
            cursor.execute(f"PRAGMA busy_timeout={SOON}")
            try:
                self._begin()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={usual}")

    def _begin(self) -> None:  # the stubs do not know what it calls
        super()._start_transaction_under_autocommit()  # type: ignore[misc]
