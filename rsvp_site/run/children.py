"""The programs of one run, in the order in which they start. Grace is in seconds."""

from __future__ import annotations

import sys
from pathlib import Path

from rsvp_site.run import broker
from rsvp_site.run.supervise import Child

# quiet: a banner that finds no room in the log would end beat before it began
_CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "rsvp_site"]

#: Of the web server: twice as many as may wait long for their turn to write (rsvp_site.sqlite3).
THREADS = "16"


def broker_child(socket: Path) -> Child:
    """The embedded broker; raises NoBrokerError where the machine has none."""
    return Child("broker", broker.command(broker.find_server(), socket), grace=2)


def prepare() -> Child:
    """What makes the database and the static files ready, and ends."""
    return Child("prepare", [sys.executable, "-m", "rsvp_site.run.prepare"], grace=2)


def web(host: str, port: int) -> Child:
    """The web server: one process, a few threads, no access log (addresses are keys)."""
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
    options += ["--blocking-threads", THREADS, "--no-ws", "--log-level", "warning"]
    options += ["--workers-kill-timeout", "3"]
    server = [sys.executable, "-m", "granian", *options, "rsvp_site.wsgi:application"]
    return Child("web", server, grace=5)


def alarms() -> Child:
    """What tells the operator that nobody ticks, and ends."""
    return Child("alarms", [sys.executable, "manage.py", "alarms"], grace=2)


def worker() -> Child:
    """The worker that sends. It may finish the mail that it is handing over."""
    options = ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    return Child("worker", [*_CELERY, "worker", *options], grace=10)


def beat() -> Child:
    """What wakes the worker; it remembers nothing."""
    return Child("beat", [*_CELERY, "beat", "--pidfile="], grace=2)
