"""The product's WSGI application on processes that are quickly made anew: to be killed in hundreds.

python -m tests.faults.prefork PORT PROCESSES
"""

from __future__ import annotations

import os
import sys
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    timeout = 30  # a visitor who says nothing must not hold the only thread for ever

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


def main(port: int, processes: int) -> None:
    """Serve for ever; a process that dies is replaced at once."""
    from django.db import connections
    from django.test import Client

    from rsvp_site.wsgi import application  # and with it Django

    for path in ("/", "/i/nobody/"):  # a new process need not learn everything anew
        Client(SERVER_NAME="localhost").get(path)
    connections.close_all()
    server = make_server("127.0.0.1", port, application, handler_class=_Quiet)
    for _ in range(processes):
        _fork(server)
    while True:
        os.wait()
        _fork(server)


def _fork(server: WSGIServer) -> None:
    if os.fork() == 0:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
