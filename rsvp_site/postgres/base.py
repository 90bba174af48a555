"""The database backend that settings name for PostgreSQL.

A server that hangs keeps its sockets open and acknowledges every packet, so neither keepalives nor
the server's own timeouts end the wait of a client. The client has to look at its watch itself.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base

from rsvp_site import patience

#: What the server itself ends sooner than the page would give up: then the connection can be kept.
FOR_PAGES = "-c lock_timeout=1500ms -c statement_timeout=2500ms"
#: How often a wait looks at its watch (seconds).
INTERVAL = 0.1

_WORDS = "The database kept a page waiting."


class PatientConnection(psycopg.Connection[Any]):
    """Gives up when the page's patience is at its end; the connection is then closed."""

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        left = patience.left()
        if left is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        if left <= 0:
            raise psycopg.OperationalError(_WORDS)  # nothing was sent: the connection is as it was
        began = time.monotonic()
        try:
            result = super().wait(gen, interval, left)
        except psycopg.OperationalError as error:
            if time.monotonic() - began < left:
                raise
            patience.in_vain()
            self.pgconn.finish()  # whatever the server still answers, nobody may read it
            raise psycopg.OperationalError(_WORDS) from error
        patience.waited(time.monotonic() - began)
        return result

    @classmethod
    def _connect_gen(cls, *args: Any, **options: Any) -> Generator[Any, int, Any]:
        """All attempts to connect share the patience of one page, however many addresses."""
        left, began = patience.left(), time.monotonic()
        if left is not None and left <= 0:
            raise psycopg.OperationalError(_WORDS)
        attempt = super()._connect_gen(*args, **options)
        wish = next(attempt)
        try:
            while True:
                ready = yield wish
                if left is not None and time.monotonic() - began >= left:
                    patience.in_vain()
                    raise psycopg.OperationalError(_WORDS)
                wish = attempt.send(ready)
        except StopIteration as done:
            patience.waited(time.monotonic() - began)
            return done.value


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with patient connections; those of pages also have shorter limits at the server."""

    Database: Any = SimpleNamespace(**{**vars(psycopg), "connect": PatientConnection.connect})

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        if patience.left() is not None:
            params["options"] = f"{params.get('options', '')} {FOR_PAGES}".strip()
        return params
