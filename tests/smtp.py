# ruff: noqa: ARG002 - aiosmtpd calls its hooks with all of these
"""A mail server for tests that can be told how to behave, and that journals what it accepted.

    with MailServer() as server: ...                  # in a thread of the test
    python -m tests.smtp --port 2525 --journal FILE   # as a process of its own

How it behaves follows from the recipient's local part up to the first "+", as in
"451rcpt+mia@example.com", or from a script for that recipient, one behaviour a try; anything else
is taken.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import ssl
import threading
import warnings
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests import mailform
from tests.smtp_manners import (
    ANSWERS_TO_DOT,
    ANSWERS_TO_RCPT,
    BEHAVIOURS,
    HANG,
    SLOW,
    Hold,
    Ledger,
    Mail,
    Manners,
)

# aiosmtpd tells the log every line of every conversation.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class _Handler:
    """aiosmtpd's hooks; their names and arguments are its own."""

    def __init__(self, manners: Manners, ledger: Ledger, journal: Path | None) -> None:
        self.manners, self.ledger, self.journal = manners, ledger, journal
        self.scripts: dict[str, list[str]] = defaultdict(list)
        self.holds: dict[tuple[str, str], Hold] = {}
        self.on_rcpt: Any = None

    def behaviour(self, recipient: str) -> str:
        """What comes next for this recipient; the last line of a script stays."""
        script = self.scripts.get(recipient)
        if script:
            return script.pop(0) if len(script) > 1 else script[0]
        local = recipient.partition("@")[0].partition("+")[0]
        return local if local in BEHAVIOURS else "ok"

    async def stay(self, server: Any, phase: str, recipient: str) -> None:
        """Stand still here, if somebody asked for it."""
        hold = self.holds.pop((phase, recipient), None)
        if hold is not None:
            server.hold = hold
            await asyncio.to_thread(hold.stay)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        extra = ["250-PIPELINING"] if self.manners.pipelining else []
        return [*answers[:-1], *extra, answers[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.manners.mail:
            return self.manners.mail
        taken = getattr(session, "taken", 0)
        if self.manners.mails_a_connection and taken >= self.manners.mails_a_connection:
            _hang_up_after_answer(server)
            return "421 4.7.0 Enough for one connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.behaviour = self.behaviour(address)  # type: ignore[attr-defined]
        if self.on_rcpt is not None:
            await asyncio.to_thread(self.on_rcpt, address)
        await self.stay(server, "rcpt", address)
        if envelope.behaviour == "hangrcpt":  # type: ignore[attr-defined]
            await asyncio.sleep(HANG)
        if envelope.behaviour == "droprcpt":  # type: ignore[attr-defined]
            _drop(server)
            return ""
        answer = ANSWERS_TO_RCPT.get(envelope.behaviour)  # type: ignore[attr-defined]
        if answer is not None:
            if answer.startswith("421"):
                _hang_up_after_answer(server)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        behaviour: str = envelope.behaviour  # type: ignore[attr-defined]
        if behaviour in ANSWERS_TO_DOT:
            return ANSWERS_TO_DOT[behaviour]
        self._accept(envelope)
        session.taken = getattr(session, "taken", 0) + 1  # type: ignore[attr-defined]
        await self.stay(server, "dot", envelope.rcpt_tos[0])
        if behaviour == "dropdot":
            _drop(server)
        if behaviour in ("hangdot", "slowdot"):
            await asyncio.sleep(HANG if behaviour == "hangdot" else SLOW)
        session.last = behaviour  # type: ignore[attr-defined]
        return "250 2.0.0 Taken"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        last = getattr(session, "last", "")
        if last == "hangquit":
            await asyncio.sleep(HANG)
        if last == "dropquit":
            _drop(server)
        return "221 Bye"

    def _accept(self, envelope: Envelope) -> None:
        content = envelope.original_content
        assert isinstance(content, bytes)
        mailform.arrived(envelope.rcpt_tos, content)
        mail = Mail(envelope.rcpt_tos[0], envelope.mail_from or "", content, datetime.now(UTC))
        self.ledger.mails.append(mail)
        if self.journal is not None:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(mail.line + "\n")
                file.flush()
                os.fsync(file.fileno())


class _Conversation(SMTP):
    """aiosmtpd's own, with manners."""

    hold: Hold | None = None

    def __init__(self, handler: _Handler, **options: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # passwords without TLS: on loopback that is no harm
            super().__init__(handler, **options)
        self._handler = handler

    async def _handle_client(self) -> None:
        self._handler.ledger.connections += 1
        if self._handler.manners.greeting:
            await self.push(self._handler.manners.greeting)
            self._writer.close()
            return
        await super()._handle_client()

    async def push(self, status: Any) -> None:
        if self._handler.manners.delay:
            await asyncio.sleep(self._handler.manners.delay)
        await super().push(status)
        if self.hold is not None:
            self.hold.answered.set()

    def _call_handler_hook(self, command: str, *args: Any) -> Any:
        self._handler.ledger.commands.append(command)
        return super()._call_handler_hook(command, *args)

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802
        self._handler.ledger.commands.append("RSET")
        await super().smtp_RSET(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        behaviour = getattr(self.envelope, "behaviour", "ok")
        await self._handler.stay(self, "data", _first(self.envelope))
        if behaviour == "hangdata":
            await asyncio.sleep(HANG)
            _drop(self)
        elif behaviour == "dropdata":
            _drop(self)
        elif behaviour in ("dropbody", "earlybody"):
            self._handler.ledger.commands.append("DATA")
            await self.push("354 Go on")
            await self._reader.read(1)
            if behaviour == "earlybody":
                await self.push("452 4.3.1 Out of room")
            _drop(self)
        else:
            await super().smtp_DATA(arg)


class MailServer:
    """The server in a thread, on a port of its own on loopback."""

    def __init__(
        self,
        *,
        port: int = 0,
        journal: Path | None = None,
        manners: Manners | None = None,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
    ) -> None:
        self.host, self.port = "127.0.0.1", port or free_port()
        self.manners = manners or Manners()
        self.ledger = Ledger()
        self._handler = _Handler(self.manners, self.ledger, journal)
        self._tls, self._starttls = tls, starttls
        self._controller: Controller | None = None

    def script(self, recipient: str, behaviours: Iterable[str]) -> None:
        """What happens to this recipient, try by try; the last one stays."""
        self._handler.scripts[recipient] = list(behaviours)

    def on_rcpt(self, hook: Any) -> None:
        """Call `hook(recipient)` in a thread before RCPT is answered: between claim and commit."""
        self._handler.on_rcpt = hook

    def hold(self, phase: str, recipient: str) -> Hold:
        """Stand still for the next mail to this recipient: at "rcpt", before the commit point; at
        "data", after it; at "dot", when the mail has been taken and nobody has been told so."""
        self._handler.holds[phase, recipient] = Hold()
        return self._handler.holds[phase, recipient]

    @property
    def mails(self) -> list[Mail]:
        return self.ledger.mails

    def to(self, recipient: str) -> list[Mail]:
        return self.ledger.to(recipient)

    def settings(self, **over: Any) -> dict[str, Any]:
        """Django's settings for a site that sends by this server."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": self.host,
            "EMAIL_PORT": self.port,
            "EMAIL_HOST_USER": "",
            "EMAIL_HOST_PASSWORD": "",
            "EMAIL_USE_TLS": False,
            "EMAIL_USE_SSL": False,
            "EMAIL_TIMEOUT": 1,
            **over,
        }

    def start(self) -> Self:
        handler, password, starttls = self._handler, self.manners.password, self._starttls

        class OurController(Controller):
            def factory(self) -> SMTP:
                return _Conversation(handler, loop=self.loop, **self.SMTP_kwargs)

        options: dict[str, Any] = {}
        if password:
            options |= {
                "authenticator": lambda _server, _session, _envelope, _mechanism, data: AuthResult(
                    success=data.password.decode() == password, handled=False
                ),
                "auth_required": True,
                "auth_require_tls": False,
            }
        if starttls is not None:
            options |= {"tls_context": starttls, "require_starttls": True}
        self._controller = OurController(
            handler, hostname=self.host, port=self.port, ssl_context=self._tls, **options
        )
        self._controller.start()
        self.ledger.connections = 0  # the controller's own knock
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _first(envelope: Envelope | None) -> str:
    return envelope.rcpt_tos[0] if envelope is not None and envelope.rcpt_tos else ""


def _drop(server: SMTP) -> None:
    """Cut the line at once, with nothing more said."""
    if server.transport is not None:
        server.transport.abort()  # type: ignore[attr-defined]


def _hang_up_after_answer(server: SMTP) -> None:
    asyncio.get_running_loop().call_later(0.05, _drop, server)


def main() -> None:
    """Run as a process until SIGTERM or Ctrl-C; says "ready" when it listens."""
    parser = argparse.ArgumentParser(description="A mail server for tests.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args()
    manners = Manners(delay=given.delay, pipelining=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with MailServer(port=given.port, journal=given.journal, manners=manners):
        print("ready", flush=True)  # noqa: T201
        ended.wait()


if __name__ == "__main__":
    main()
