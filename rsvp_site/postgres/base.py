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
from psycopg.pq import TransactionStatus

from rsvp_site import patience

#: Seconds after which the server itself ends what a page asked for: sooner than the page would
#: give up, so that the connection can be kept and nobody takes a slow statement for a server that
#: hangs.
LOCK_LIMIT, LIMIT = 1.5, 1.8
FOR_PAGES = f"-c lock_timeout={LOCK_LIMIT * 1000:.0f}ms -c statement_timeout={LIMIT * 1000:.0f}ms"
#: How often a wait looks at its watch (seconds).
INTERVAL = 0.1

_WORDS = "The database kept a page waiting."


class MaybeSaved(psycopg.OperationalError):
    """The connection broke, or was given up, while a commit was under way."""

    may_be_saved = True


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
            waited = time.monotonic() - began
            if error.sqlstate is not None or waited < left:  # the server's own answer, or its end
                patience.waited(waited)
                raise
            patience.in_vain(hangs=waited > LIMIT)
            self.pgconn.finish()  # whatever the server still answers, nobody may read it
            raise psycopg.OperationalError(_WORDS) from error
        patience.waited(time.monotonic() - began)
        return result

    def commit(self) -> None:
        """Has patience of its own, so that what is stored is not called unsaved.

        Raises MaybeSaved where nobody knows what became of it.
        """
        nothing_to_do = self.pgconn.transaction_status == TransactionStatus.IDLE
        try:
            with patience.longer(patience.COMMIT):
                super().commit()
        except psycopg.OperationalError as error:
            if self.closed and not nothing_to_do:
                raise MaybeSaved(*error.args) from error
            raise

    def set_autocommit(self, value: bool) -> None:
        """Sends nothing, so it needs no patience: Django does it after each commit."""
        with self.lock:
            super().wait(self._set_autocommit_gen(value))

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
