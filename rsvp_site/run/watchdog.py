"""Notices that nobody ticks although all children live, by what the site itself says of it.

A worker can hang, or wait for messages on a connection that brings none any more. The heartbeat
in the database knows, and /readyz tells it; the runner needs no Django to read that.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from rsvp_site.run.supervise import Child, Supervisor

#: Seconds between two questions, and for how long an answer is waited for.
PAUSE, PATIENCE = 10.0, 5.0
#: What /readyz calls it when no tick was executed, and when beat calls for none.
STALLED = frozenset({"ticks", "beat"})


class Watchdog:
    """Starts worker and beat again when the site has missed them for too long."""

    def __init__(
        self, problems: Callable[[], Iterable[str]], supervisor: Supervisor, patience: float
    ) -> None:
        """`patience`: seconds of life that a child has to show that it works."""
        self._problems, self._supervisor, self._patience = problems, supervisor, patience
        self._stalled = False
        threading.Thread(target=self._ask_for_ever, name="watchdog", daemon=True).start()

    def look(self, children: Iterable[Child]) -> None:
        """Starts those again that had their time; costs nothing while all is well."""
        if not self._stalled:
            return
        for child in children:
            lived = time.monotonic() - child.started_at
            if child.running and lived >= self._patience:
                self._supervisor.say(
                    f"Nothing was planned for too long; {child.name} starts again."
                )
                self._supervisor.restart(child)

    def _ask_for_ever(self) -> None:
        while True:
            self._stalled = not STALLED.isdisjoint(self._problems())
            time.sleep(min(PAUSE, self._patience / 4))


def problems_at(host: str, port: int, site_url: str) -> Callable[[], Mapping[str, str]]:
    """Asks a web server's /readyz; an answer that does not come is no finding about the worker."""

    def ask() -> Mapping[str, str]:
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        try:
            connection.request("GET", "/readyz", headers={"Host": urlsplit(site_url).netloc})
            answer = json.loads(connection.getresponse().read())
            return dict(answer["problems"])
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            return {}
        finally:
            connection.close()

    return ask
