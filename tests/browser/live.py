"""A whole product for a browser to visit: with everything, or with the web server alone."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from rsvp_site.env import BASE_DIR
from rsvp_site.run import children
from tests.browser.clerk import Clerk
from tests.running import Run, environment, free_port, running, stop, wait_for, without
from tests.settings import REAL_REDIS_URL

#: Seconds between two looks of the plan; the least that there is.
TICK = 1


@dataclass(frozen=True, slots=True)
class Live:
    """One product at its address. The clerk works on its database."""

    run: Run
    clerk: Clerk

    def url(self, path: str) -> str:
        """The full address of a page."""
        return self.run.address + path

    def ask(self, do: str, **arguments: Any) -> Any:
        """See tests/browser/desk.py for what can be asked."""
        return self.clerk.ask(do, **arguments)


@contextlib.contextmanager
def everything(folder: Path, **settings: str) -> Iterator[Live]:
    """Broker (or the Redis that CI offers), web, worker and beat, as `make run` starts them."""
    with _database() as database:
        given = {**_redis(), **database, "TICK_SECONDS": str(TICK), **settings}
        with running(folder, **given) as run, _clerk(run) as clerk:
            yield Live(run, clerk)


@contextlib.contextmanager
def web_alone(folder: Path, **settings: str) -> Iterator[Live]:
    """The web server and nothing else: no broker, no worker, no beat."""
    port = free_port()
    with _database() as database:
        env = environment(
            VAR_DIR=str(folder / "var"), SITE_URL=f"http://localhost:{port}", **database, **settings
        )
        subprocess.run(
            [sys.executable, "-m", "rsvp_site.run.prepare"],
            cwd=BASE_DIR, env=env, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with (folder / "output.txt").open("w") as output:
            process = subprocess.Popen(
                children.web("127.0.0.1", port).command,
                cwd=BASE_DIR, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                text=True, start_new_session=True,
            )  # fmt: skip
        run = Run(process, folder / "var", port, env)
        try:
            wait_for(lambda: _answers(run))
            with _clerk(run) as clerk:
                yield Live(run, clerk)
        finally:
            stop(run)


def _answers(run: Run) -> bool:
    assert run.process.poll() is None, run.output
    with contextlib.suppress(OSError):
        return run.get("/") == 200
    return False


@contextlib.contextmanager
def _clerk(run: Run) -> Iterator[Clerk]:
    clerk = Clerk(without(run.env, "HOST", "PORT"))
    try:
        yield clerk
    finally:
        clerk.close()


@contextlib.contextmanager
def _database() -> Iterator[Mapping[str, str]]:
    """A database of its own on the server that CI offers; without one the product's own SQLite."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    name = f"full_table_browser_{os.getpid()}_{free_port()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {"DATABASE_URL": urlsplit(url)._replace(path=f"/{name}").geturl()}
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _redis() -> dict[str, str]:
    """CI's Redis, in a numbered database for each process of the suite; none without CI's."""
    if not REAL_REDIS_URL:
        return {}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return {"REDIS_URL": urlsplit(REAL_REDIS_URL)._replace(path=f"/{8 + int(worker) % 8}").geturl()}
