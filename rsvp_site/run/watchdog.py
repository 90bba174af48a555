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
#: Seconds after which somebody is called again while nothing gets better.
AGAIN_AFTER = 300.0
#: What /readyz calls it when no tick was executed, and when beat calls for none.
STALLED = frozenset({"ticks", "beat"})


class Watchdog:
    """Starts worker and beat again when the site has missed them for too long.

    Once is not enough: after the machine slept, or a clock was set, or a backup was put back, what
    the site says of the last tick is true, and the worker is well. So the finding has to stand for
    a while, by the seconds that really pass here.
    """

    def __init__(
        self,
        problems: Callable[[], Iterable[str]],
        supervisor: Supervisor,
        *,
        stands: float,
        life: float,
    ) -> None:
        """Seconds: `stands`, that the finding has to last; `life`, that a child has to show that
        it works."""
        self._problems, self._supervisor = problems, supervisor
        self._stands, self._life = stands, life
        self._since: float | None = None  # monotonic; when the finding was first made
        self._barked: float | None = None
        threading.Thread(target=self._ask_for_ever, name="watchdog", daemon=True).start()

    @property
    def is_sure(self) -> bool:
        """Whether nobody has ticked for too long."""
        since = self._since
        return since is not None and time.monotonic() - since >= self._stands

    def barks(self) -> bool:
        """Whether somebody is to be called now: once an outage, and again while it lasts."""
        now = time.monotonic()
        if not self.is_sure:
            self._barked = None
        elif self._barked is None or now - self._barked >= AGAIN_AFTER:
            self._barked = now
            return True
        return False

    def look(self, children: Iterable[Child]) -> None:
        """Starts those again that had their time; costs nothing while all is well."""
        if not self.is_sure:
            return
        for child in children:
            lived = time.monotonic() - child.started_at
            if child.running and lived >= self._life:
                self._supervisor.say(
                    f"Nothing was planned for too long; {child.name} starts again."
                )
                self._supervisor.restart(child)

    def _ask_for_ever(self) -> None:
        while True:
            if STALLED.isdisjoint(self._problems()):
                self._since = None
            elif self._since is None:
                self._since = time.monotonic()
            time.sleep(min(PAUSE, self._stands / 4))


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
