"""One installation with real processes, and a mail server that can be told how to behave."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import environ
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from guests.models import Invitation, OutgoingEmail, State
from guests.models.mail import OPEN
from parties.models import Host
from rsvp_site.settings import POSTGRES_OPTIONS, SQLITE_OPTIONS
from tests.faults import processes
from tests.faults.processes import Process
from tests.faults.services import Postgres, Redis
from tests.running import PATIENCE, environment, free_port, wait_for
from tests.smtp import MailServer

#: How long each wait of the product is here (seconds; RETRY_SECONDS stands for a minute).
WAITS = {
    "TICK_SECONDS": 1,
    "LEASE_SECONDS": 4,
    "SMTP_SECONDS": 2,
    "RETRY_SECONDS": 1,
    "MAIL_CONNECTIONS": 1,
}


@dataclass(frozen=True, slots=True)
class Page:
    """What a visitor got. `status` 0: no answer at all. `seconds` is how long it took."""

    status: int
    text: str = ""
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class Rig:
    """A database, a Redis, a mail server with its journal, and any number of processes.

    The test's own Django looks at the same database. Everything is ended with the rig.
    """

    def __init__(
        self, folder: Path, *, database_url: str, static: Path, postgres: Postgres | None
    ) -> None:
        self.folder = folder
        self.var_dir = folder / "var"
        self.var_dir.mkdir(mode=0o700)
        (self.var_dir / "static").symlink_to(static)
        self.database_url = database_url
        self.postgres = postgres
        self.redis = Redis(folder)
        self.journal = folder / "journal.jsonl"
        self.journal.touch()
        self.smtp = MailServer(journal=self.journal)
        self.port = free_port()
        self.audited = False
        self._sessions: dict[int, str] = {}
        self._started: list[Process] = []

    # -- what it is made of -----------------------------------------------------------------------
    @property
    def env(self) -> dict[str, str]:
        """The environment of every process of this installation."""
        waits = {name: str(value) for name, value in WAITS.items()}
        return environment(
            VAR_DIR=str(self.var_dir),
            SITE_URL=self.url(""),
            SECRET_KEY=settings.SECRET_KEY,
            INSTANCE_ID=settings.INSTANCE_ID,
            DATABASE_URL=self.database_url,
            REDIS_URL=self.redis.url,
            EMAIL_URL=f"smtp://{self.smtp.host}:{self.smtp.port}",
            DEFAULT_FROM_EMAIL=settings.DEFAULT_FROM_EMAIL,
            **waits,
        )

    def start(self) -> None:
        self.redis.start()
        self.smtp.start()

    def stop(self) -> None:
        for process in reversed(self._started):
            process.thaw()
            process.kill()
        self.redis.thaw()
        self.redis.kill()
        self.smtp.stop()

    # -- processes --------------------------------------------------------------------------------
    def web(self, **env: str) -> Process:
        """The web server; returns when it answers."""
        process = self.process("web", processes.web_command(self.port), **env)
        wait_for(lambda: self.get("/").status != 0)
        return process

    def worker(self, *options: str, **env: str) -> Process:
        """A worker; returns at once."""
        name = f"worker{len(self._started)}"
        return self.process(name, processes.worker_command(name, *options), **env)

    def beat(self, **env: str) -> Process:
        return self.process(f"beat{len(self._started)}", processes.beat_command(), **env)

    def process(self, name: str, command: list[str], **env: str) -> Process:
        """Any other program with the environment of this installation."""
        log = self.folder / f"{name}.log"
        process = Process(command, {**self.env, **env}, log)
        self._started.append(process)
        return process

    def manage(self, *arguments: str, check: bool = True, **env: str) -> str:
        """What a command of manage.py prints."""
        return processes.manage({**self.env, **env}, *arguments, check=check)

    # -- visitors ---------------------------------------------------------------------------------
    def url(self, path: str) -> str:
        return f"http://localhost:{self.port}{path}"

    def get(self, path: str, *, host: Host | None = None, timeout: float = 60) -> Page:
        return self._ask("GET", path, None, self._cookie(host), timeout)

    def post(
        self, path: str, fields: Mapping[str, Any], *, host: Host | None = None, timeout: float = 60
    ) -> Page:
        """A form that is sent off; a host's carries the CSRF token that belongs to its cookie."""
        headers = self._cookie(host)
        if host is not None:
            headers["Cookie"] += f"; csrftoken={_CSRF}"
            fields = {**fields, "csrfmiddlewaretoken": _CSRF}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask("POST", path, urlencode(fields, doseq=True), headers, timeout)

    def answer(
        self, path: str, answer: str = "declined", submission: uuid.UUID | None = None
    ) -> Page:
        """A family answers on its page; one that is thanked stands in the journal from then on."""
        submission = submission or uuid.uuid4()
        page = self.post(path, {"answer": answer, "submission_id": str(submission)})
        if page.status == 303:
            self.thanked(submission)
        return page

    def thanked(self, submission: uuid.UUID) -> None:
        """Note in the journal that this answer was confirmed to its family."""
        with self.journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"submission_id": str(submission)}) + "\n")

    # -- what came of it --------------------------------------------------------------------------
    def settle(self, seconds: float = 2 * PATIENCE) -> None:
        """Wait until nothing is due and nothing is on its way."""
        wait_for(self._is_quiet, seconds)

    def audit(self) -> None:
        """`manage.py audit --journal`: AssertionError with the rows that are broken."""
        self.audited = True
        output = self.folder / "audit.txt"
        with output.open("w") as stdout:
            try:
                call_command("audit", journal=str(self.journal), stdout=stdout)
            except Exception as error:
                raise AssertionError(f"{error}\n{output.read_text()}") from error

    def _is_quiet(self) -> bool:
        now = timezone.now()
        again = Q(state=State.UNCERTAIN, reason="")
        busy = OutgoingEmail.objects.filter(Q(state__in=OPEN, not_before__lte=now) | again)
        return not (Invitation.objects.due(now).exists() or busy.exists())

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str], timeout: float
    ) -> Page:
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Host": f"localhost:{self.port}", **headers})
            response = connection.getresponse()
            text = response.read().decode("utf-8", errors="replace")
        except (OSError, HTTPException):
            return Page(0, seconds=time.monotonic() - began)
        finally:
            connection.close()
        return Page(
            response.status,
            text,
            response.headers.get("Location", ""),
            dict(response.headers),
            time.monotonic() - began,
        )

    def _cookie(self, host: Host | None) -> dict[str, str]:
        if host is None:
            return {}
        if host.pk not in self._sessions:
            session = SessionStore()
            session[SESSION_KEY] = str(host.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = host.get_session_auth_hash()
            session.save()
            self._sessions[host.pk] = str(session.session_key)
        return {"Cookie": f"sessionid={self._sessions[host.pk]}"}


_CSRF = "f" * 32


@contextlib.contextmanager
def looking_at(url: str) -> Iterator[None]:
    """The test's own Django works on the database at `url`, in every thread."""
    parsed: dict[str, Any] = dict(environ.Env.db_url_config(url))
    options = SQLITE_OPTIONS if parsed["ENGINE"].endswith("sqlite3") else POSTGRES_OPTIONS
    parsed |= {"OPTIONS": {**options, **parsed.get("OPTIONS", {})}, "CONN_HEALTH_CHECKS": True}
    found = connections.configure_settings({"default": parsed})["default"]
    before = connections.settings["default"]
    _forget_connection()
    connections.settings["default"] = found
    try:
        yield
    finally:
        _forget_connection()
        connections.settings["default"] = before


def _forget_connection() -> None:
    """This thread opens its next connection by the settings as they are then."""
    connections["default"].close()
    del connections["default"]


def copied(template: Path, folder: Path) -> str:
    """A copy of a SQLite database; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "full-table.sqlite3"
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"
