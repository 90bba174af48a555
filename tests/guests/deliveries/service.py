"""A mail service on this machine: it takes what Anymail posts, and answers as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

TAKEN = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "1-2-3"})


class PostmarkLike:
    """Speaks as much of Postmark's API as one mail needs. `sent`: what was taken or refused."""

    def __init__(self) -> None:
        self.answer: tuple[int, dict[str, Any]] | None = TAKEN  # None: it hangs up
        self.sent: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.tokens.append(self.headers["X-Postmark-Server-Token"])
                service.sent.append(json.loads(body))
                if service.answer is None:
                    self.connection.close()
                    return
                status, told = service.answer
                reply = json.dumps({"To": service.sent[-1]["To"], **told}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
