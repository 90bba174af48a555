"""Whether there is room to run: a free port, and no other run over the same state."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import socket
from collections.abc import Iterator
from pathlib import Path


class CannotRunError(Exception):
    """Full Table cannot run now; the message is for the terminal."""


def port_number(text: str) -> int:
    """The port that a text names; raises CannotRunError if it names none."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CannotRunError(f"PORT must be a number from 1 to 65535, not {text!r}.")


def require_free(host: str, port: int) -> None:
    """Raises CannotRunError if nothing can listen on that address."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} is busy; choose another one, e.g. PORT={port + 1} make run."
        elif error.errno in (errno.EACCES, errno.EPERM):
            message = f"Port {port} is not allowed for you; choose one above 1023."
        else:
            message = f"Nothing can listen on {host}, port {port}: {error.strerror}."
        raise CannotRunError(message) from error


@contextlib.contextmanager
def only_one(var_dir: Path) -> Iterator[None]:
    """Holds the state in var/ for this run alone; the lock ends with the process, however it ends.

    Raises CannotRunError if another run holds it.
    """
    with (var_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"Full Table already runs with the state in {var_dir}; stop that run first."
            raise CannotRunError(message) from error
        yield
