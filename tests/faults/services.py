"""A Redis and a PostgreSQL that belong to the tests, and may be broken by them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg import sql

from tests.faults.processes import Process
from tests.running import PATIENCE, free_port, wait_for

POSTGRES_HOMES = Path("/usr/lib/postgresql")


class Redis:
    """A redis-server without persistence, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> None:
        """Start it, empty; returns when it answers."""
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self._folder), *options]
        self._process = Process(command, os.environ, self._folder / "redis.log")
        wait_for(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.freeze()

    def thaw(self) -> None:
        assert self._process is not None
        self._process.thaw()

    def flush(self) -> None:
        self.call("FLUSHALL")

    def call(self, *command: Any) -> Any:
        """One command, e.g. call("CONFIG", "SET", "maxmemory", "1mb")."""
        with redis.Redis(port=self.port, socket_timeout=5) as client:
            return client.execute_command(*command)

    def _answers(self) -> bool:
        with contextlib.suppress(redis.RedisError):
            return bool(self.call("PING"))
        return False


class Postgres:
    """A cluster of its own. It may run as somebody else, because PostgreSQL refuses root."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder

    @classmethod
    def made(cls) -> Postgres:
        """A new cluster, not running yet."""
        folder = _private_folder()
        cluster = cls(folder)
        cluster._run(
            "initdb", "-D", str(cluster._data), "-U", "full_table", "--auth=trust",
            "-E", "UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        return cluster

    def copy(self) -> Postgres:
        """A second cluster with the same content; this one must be stopped."""
        folder = _private_folder()
        subprocess.run(["cp", "-a", str(self._data), str(folder / "data")], check=True)
        return Postgres(folder)

    def start(self, *options: str) -> None:
        """Start it; returns when it takes connections."""
        given = [
            f"-p {self.port}", "-c listen_addresses=127.0.0.1",
            f"-c unix_socket_directories={self.folder}", "-c fsync=off",
            "-c shared_buffers=32MB", *(f"-c {option}" for option in options),
        ]  # fmt: skip
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", " ".join(given), "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def crash(self) -> None:
        """As if the power had gone."""
        self.stop("immediate")

    def freeze(self) -> None:
        """Every process of the cluster hangs."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        if (self._data / "postmaster.pid").exists():
            with contextlib.suppress(subprocess.CalledProcessError):
                self.crash()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgres://full_table@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template1") -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as server:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as server:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(statement.format(sql.Identifier(name)))

    def terminate_backends(self, name: str) -> int:
        """Cut every connection to a database; returns how many there were."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as server:
            cut = server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            return len(cut.fetchall())

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        homes = sorted(POSTGRES_HOMES.glob("*/bin"), key=lambda path: int(path.parent.name))
        command = [str(homes[-1] / program), *arguments]
        # pg_ctl leaves the server behind, which must not hold a pipe of ours open
        with (self.folder / "control.log").open("ab") as output:
            subprocess.run(
                [*_as_somebody(), *command],
                cwd=self.folder, check=True, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                timeout=2 * PATIENCE,
            )  # fmt: skip

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text()
        for pid in (postmaster, *map(int, children.split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _account() -> pwd.struct_passwd | None:
    """Whom the cluster belongs to if we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _as_somebody() -> Sequence[str]:
    account = _account()
    if account is None:
        return ()
    gid, uid = str(account.pw_gid), str(account.pw_uid)
    return ("setpriv", "--reuid", uid, "--regid", gid, "--clear-groups")


def _private_folder() -> Path:
    """Outside pytest's own folders, which nobody but their maker may enter."""
    folder = Path(tempfile.mkdtemp(prefix="full-table-pg-"))
    account = _account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder
