"""An installation for the benchmarks, with services of its own on ports of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsvp_site.env import BASE_DIR
from tests.faults.processes import Process
from tests.faults.services import Postgres, Redis
from tests.running import environment, free_port, wait_for

# A server as it should be set up: what it called committed survives a power cut.
_POSTGRES = (
    "fsync=on",
    "shared_buffers=256MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "max_connections=100",
)


@dataclass(frozen=True, slots=True)
class SinkServer:
    """The mail server that takes everything, and its second port that says how much it took."""

    process: Process
    port: int
    control: int

    def ask(self, word: str = "tally") -> dict[str, Any]:
        """What came in since the last "reset"."""
        with socket.create_connection(("127.0.0.1", self.control), timeout=10) as line:
            line.sendall(word.encode() + b"\n")
            answer: dict[str, Any] = json.loads(line.makefile().readline())
        return answer


class House:
    """Everything that a benchmark needs; `house()` makes one and takes it away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres.made()
        self.redis = Redis(folder)
        self._processes: list[Process] = []
        self._secret = secrets.token_urlsafe(64)

    def start(self) -> None:
        self.postgres.start(*_POSTGRES)
        self.redis.start()

    def end(self) -> None:
        for process in self._processes:
            if process.alive:
                process.kill()
        self.redis.kill()
        self.postgres.remove()

    @property
    def postmaster(self) -> int:
        return int((self.postgres.folder / "data" / "postmaster.pid").read_text().split()[0])

    def database(self, name: str) -> str:
        """A new and empty one, with its tables; returns its name."""
        self.postgres.create(name)
        self.manage(self.env(name), "migrate", "--verbosity", "0")
        return name

    def env(self, database: str, sink: SinkServer | None = None, **more: str) -> dict[str, str]:
        """The environment of a site on that database, sending to that sink."""
        named = {
            "VAR_DIR": str(self.folder / "var"),
            "SECRET_KEY": self._secret,
            "INSTANCE_ID": f"bench-{database}",
            "DATABASE_URL": self.postgres.url(database),
            "REDIS_URL": self.redis.url,
            "SITE_URL": "http://localhost:8000",
            "DJANGO_SETTINGS_MODULE": "rsvp_site.settings",
            **more,
        }
        if sink is not None:
            named["EMAIL_URL"] = f"smtp://127.0.0.1:{sink.port}"
        return environment(**named)

    def sink(self, delay: float = 0.0) -> SinkServer:
        """A sink of its own; with a delay every byte takes so long, each way."""
        port, control = free_port(), free_port()
        command = [sys.executable, "-m", "bench.sink", "--port", str(port)]
        command += ["--control", str(control), "--delay", str(delay)]
        process = self.run(command, dict(os.environ), f"sink-{port}.log")
        process.says("ready")
        return SinkServer(process, port, control)

    def run(self, command: list[str], env: dict[str, str], log: str) -> Process:
        process = Process(command, env, self.folder / log)
        self._processes.append(process)
        return process

    def manage(self, env: dict[str, str], *arguments: str) -> str:
        return self.python(env, "manage.py", *arguments)

    def python(self, env: dict[str, str], *arguments: str) -> str:
        """What a Python program prints; RuntimeError with its complaints if it fails."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=BASE_DIR, env=env, text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout


@contextmanager
def house() -> Iterator[House]:
    """A house that is up; nothing of it stays."""
    folder = Path(tempfile.mkdtemp(prefix="full-table-bench-"))
    made = House(folder)
    try:
        made.start()
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)


def wait(condition: Any, seconds: float) -> None:
    """Until the condition holds; AssertionError if it does not in time."""
    wait_for(condition, seconds)
