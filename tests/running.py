"""Runs the product as its users do: the runner, with state, port and services of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from rsvp_site.env import BASE_DIR

#: Seconds that a machine under load may take for what takes three otherwise.
PATIENCE = 60.0


@dataclass
class Run:
    """One running Full Table."""

    process: subprocess.Popen[str]
    var_dir: Path
    port: int
    env: dict[str, str]

    @property
    def address(self) -> str:
        """The site's address."""
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        """What the terminal shows so far."""
        return (self.var_dir.parent / "output.txt").read_text()

    def wait_until_ready(self) -> None:
        """Waits for the address to be printed; AssertionError with the output if it is not."""
        wait_for(lambda: "is ready" in self.output or self.process.poll() is not None)
        assert "is ready" in self.output, self.output

    def get(self, path: str) -> int:
        """The status of a page."""
        with urlopen(self.address + path, timeout=10) as response:
            return int(response.status)

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """A command in a second terminal; its output. AssertionError if it fails."""
        env = {name: value for name, value in self.env.items() if name not in ("HOST", "PORT")}
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR, env=env, text=True, input=stdin, capture_output=True, timeout=PATIENCE,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def start(folder: Path, *, through_shell: bool = False, **settings: str) -> Run:
    """Starts a run with its state in ``folder``; does not wait for it.

    ``through_shell`` puts a process between, as ``make`` does.
    """
    var_dir = folder / "var"
    port = int(settings.get("PORT") or free_port())
    env = environment(VAR_DIR=str(var_dir), PORT=str(port), **without(settings, "PORT"))
    command = [sys.executable, "-m", "rsvp_site.run"]
    if through_shell:
        command = ["sh", "-c", '"$@" --with-parent; exit $?', "make", *command]
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )
    return Run(process, var_dir, port, env)


@contextlib.contextmanager
def running(folder: Path, **settings: str) -> Iterator[Run]:
    """A run that is ready; ends it afterwards."""
    run = start(folder, through_shell=False, **settings)
    try:
        run.wait_until_ready()
        yield run
    finally:
        stop(run)


def stop(run: Run, number: signal.Signals = signal.SIGINT) -> int:
    """Asks a run to end and waits for it; its exit code."""
    if run.process.poll() is None:
        run.process.send_signal(number)
    return run.process.wait(timeout=PATIENCE)


def environment(**settings: str) -> dict[str, str]:
    """The environment of a product that knows nothing of the tests' own settings."""
    ours = ("SITE_URL", "SECRET_KEY", "INSTANCE_ID", "DJANGO_SETTINGS_MODULE", "HOST", "PORT")
    kept = without(os.environ, *ours, "DATABASE_URL", "REDIS_URL", "EMAIL_URL")
    return {**kept, "ENV_FILE": os.devnull, **settings}


def without(mapping: Mapping[str, str], *names: str) -> dict[str, str]:
    """A copy of the mapping that lacks some names."""
    return {name: value for name, value in mapping.items() if name not in names}


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits until the condition holds; AssertionError if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.05)
