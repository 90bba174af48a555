"""Handing over by SMTP, knowing at each moment how far the conversation has come.

smtplib raises the same error for a connection that broke before the final dot, where trying again
is safe, and after it, where the server may have taken the mail. Here the phase tells them apart.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.mail.backends.smtp import EmailBackend
from django.utils.encoding import punycode

from guests.outbox.outcome import DEAD, Outcome, Phase, Result
from guests.outbox.parcel import Commit, Parcel

_ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})\b")
# "550 relay not permitted", as servers say it that know no enhanced codes: they mean us.
_MEANS_US = re.compile(rb"relay|polic|block|blacklist|spam|denied|authenticat", re.IGNORECASE)
# An answer may quote the recipient, whose name must not be taken for a word of the server's.
_ADDRESS = re.compile(rb"\S*@\S*")
_POLICY = "5.7.1"
_TOO_LARGE = 552
_CLOSING = 421
_SIGN_IN_FIRST = (530, 534, 535, 538)
# Many servers look at the mail before they answer to the final dot, and silence there is unclear:
# they get so many times as long as for any other answer.
DOT_PATIENCE = 4
# A server may take its time for every single answer, and the task that sends has only so much. Past
# the commit point it must not be ended before the final dot was answered, so a conversation that
# has taken so many seconds before it goes no further.
BEFORE_COMMIT = 60.0


class Answered(Exception):
    """The server gave another answer than the one that was hoped for."""

    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(code)
        self.code, self.text = code, text


class _Phased:
    """What both kinds of connection share. One mail at a time."""

    phase: Phase = Phase.CONNECT

    def _get_socket(self, *args: Any) -> socket.socket:
        connection: socket.socket = super()._get_socket(*args)  # type: ignore[misc]
        # Body and dot are two writes; Nagle's algorithm would hold the dot back.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


class PhasedSMTP(_Phased, smtplib.SMTP):
    """An SMTP connection that knows its phase."""


class PhasedSMTPOverTLS(_Phased, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class _Opener(EmailBackend):
    """Django's own way of connecting (TLS, certificates, sign-in), with our connection."""

    _partial_connection: smtplib.SMTP | None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return PhasedSMTPOverTLS if self.use_ssl else PhasedSMTP


class SmtpTransport:
    """One kept connection for many mails, as the EMAIL_… settings describe it."""

    def __init__(self) -> None:
        self._opener = _Opener()
        self._client: smtplib.SMTP | None = None
        self._phase = Phase.CONNECT
        self._began = 0.0  # monotonic

    def deliver(self, parcel: Parcel, commit: Commit) -> Outcome:
        kept = self._client is not None
        self._began = time.monotonic()
        outcome = self._try(parcel, commit)
        # Servers close a connection that was idle or has carried enough. That is no failure.
        if kept and outcome.phase is Phase.MAIL and outcome.code in (None, _CLOSING):
            outcome = self._try(parcel, commit)
        return outcome

    def may_have_gone(self) -> bool:
        return self._phase is Phase.DOT

    def close(self) -> None:
        self._client = None
        try:
            self._opener.close()
        except OSError:
            return

    def _try(self, parcel: Parcel, commit: Commit) -> Outcome:
        self._phase = Phase.CONNECT
        recipient = _on_the_wire(parcel.recipient)
        if not recipient:
            return Outcome(Result.REFUSED, Phase.RCPT, why="the address cannot be written in ASCII")
        try:
            client = self._connect()
            self._address(client, parcel, recipient)
            if time.monotonic() - self._began > BEFORE_COMMIT:
                self._drop()
                return Outcome(Result.NO_SERVER, self._phase, why="the server takes too long")
            if not self._may(commit):
                return Outcome(Result.STOPPED, self._phase)
            code, text = self._hand_over(client, parcel.content)
        except Answered as answer:
            self._reset(answer.code)
            return outcome(self._phase, answer.code, answer.text)
        except (OSError, ValueError) as error:
            # OSError covers all that smtplib and ssl raise; ValueError is an address or a
            # certificate that cannot be used.
            self._drop()
            return _broken(self._phase, error)
        except BaseException:
            # Cut short: what is half said would be taken for a part of what comes next.
            self._drop()
            raise
        if code == _CLOSING:
            self._drop()
        return outcome(self._phase, code, text)

    def _connect(self) -> smtplib.SMTP:
        if self._client is None:
            self._opener.open()
            client = self._opener.connection
            if client is None:
                raise smtplib.SMTPServerDisconnected
            client.ehlo_or_helo_if_needed()
            self._client = client
        return self._client

    def _address(self, client: smtplib.SMTP, parcel: Parcel, to: str) -> None:
        """MAIL and RCPT; in one go where the server takes that."""
        self._phase = Phase.MAIL
        together = client.has_extn("pipelining")
        client.putcmd("mail", f"FROM:{smtplib.quoteaddr(parcel.sender)}{_options(client, parcel)}")
        recipient = f"TO:{smtplib.quoteaddr(to)}"
        if together:
            client.putcmd("rcpt", recipient)
        mail = client.getreply()
        if together and mail[0] not in (250, _CLOSING):
            client.getreply()
        _expect(mail, 250)
        self._phase = Phase.RCPT
        if not together:
            client.putcmd("rcpt", recipient)
        _expect(client.getreply(), 250, 251)

    def _may(self, commit: Commit) -> bool:
        allowed = commit()
        if not allowed:
            self._reset()
        return allowed

    def _hand_over(self, client: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        self._phase = Phase.DATA
        client.putcmd("data")
        _expect(client.getreply(), 354)
        self._phase = Phase.BODY
        client.send(_stuffed(content))
        if _has_spoken(client):
            _expect(client.getreply())
        self._phase = Phase.DOT
        with _patient(client):
            client.send(b".\r\n")
            return client.getreply()

    def _reset(self, code: int | None = None) -> None:
        """Make the connection ready for the next mail, or give it up."""
        if self._client is None or code == _CLOSING or self._phase is Phase.BODY:
            self._drop()
            return
        try:
            self._client.rset()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        """Give the connection up without another word."""
        for client in (self._client, self._opener.connection, self._opener._partial_connection):
            if client is not None:
                client.close()
        self._client = self._opener.connection = self._opener._partial_connection = None


def outcome(phase: Phase, code: int | None, text: bytes, why: str = "") -> Outcome:
    """What an answer (or none: `code` is None) in this phase means.

    What is no code of SMTP is no answer.
    """
    if code is not None and not 200 <= code < 600:
        code = None
    found = _ENHANCED.match(text)
    enhanced = found.group(1).decode() if found else ""
    if phase is Phase.RCPT and not enhanced and code and code >= 500:
        enhanced = _POLICY if _MEANS_US.search(_ADDRESS.sub(b"", text)) else ""
    return Outcome(_result(phase, code, enhanced), phase, code, enhanced, why)


def _result(phase: Phase, code: int | None, enhanced: str) -> Result:
    match phase:
        case Phase.CONNECT:
            return Result.NO_SERVER
        case Phase.MAIL:
            # Our own address is refused: no mail would get through. Only the size is the mail's.
            return Result.REJECTED if code == _TOO_LARGE else Result.NO_SERVER
        case Phase.DOT:
            return _after_the_dot(code, enhanced)
    if code == _CLOSING or code in _SIGN_IN_FIRST:
        return Result.NO_SERVER
    if code is not None and code >= 500:
        return Result.REFUSED if phase is Phase.RCPT else Result.REJECTED
    return Result.NOT_NOW


def _after_the_dot(code: int | None, enhanced: str) -> Result:
    if code is None or 300 <= code < 400:
        return Result.UNCLEAR
    if code < 300:
        return Result.SENT
    if code == _CLOSING:
        return Result.NO_SERVER
    if code < 500:
        return Result.NOT_NOW
    # Some servers look up the recipient only now.
    return Result.REFUSED if enhanced in DEAD else Result.REJECTED


def _broken(phase: Phase, error: OSError | ValueError) -> Outcome:
    """What a conversation that broke off means. While connecting, smtplib raises answers too."""
    if phase is Phase.CONNECT and isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return outcome(phase, error.smtp_code, text if isinstance(text, bytes) else text.encode())
    return outcome(phase, None, b"", _in_words(error))


def _in_words(error: OSError | ValueError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"certificate not accepted ({error.verify_message})"
        case ssl.SSLError():
            return "no encryption agreed on"
        case smtplib.SMTPNotSupportedError():
            return "server offers no STARTTLS, or no way to sign in"
        case socket.gaierror():
            return "name of the server not found"
        case TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "nobody listens"
    return "no answer"


@contextmanager
def _patient(client: smtplib.SMTP) -> Iterator[None]:
    sock = client.sock
    usual = sock.gettimeout() if sock else None
    if sock is None or usual is None:
        yield
        return
    sock.settimeout(usual * DOT_PATIENCE)
    try:
        yield
    finally:
        sock.settimeout(usual)


def _on_the_wire(email: str) -> str:
    """The address as any server understands it; '' if there is no such thing."""
    local, at, domain = email.rpartition("@")
    try:
        wire = f"{local}{at}{punycode(domain)}"
    except UnicodeError:
        return ""
    return wire if wire.isascii() else ""


def _expect(answer: tuple[int, bytes], *codes: int) -> None:
    if answer[0] not in codes:
        raise Answered(*answer)


def _options(client: smtplib.SMTP, parcel: Parcel) -> str:
    options = ""
    if client.has_extn("size"):
        options += f" SIZE={len(parcel.content)}"
    if client.has_extn("8bitmime") and not parcel.content.isascii():
        options += " BODY=8BITMIME"
    return options


def _stuffed(content: bytes) -> bytes:
    """The bytes as they go over the wire, but for the final dot (RFC 5321, 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _has_spoken(client: smtplib.SMTP) -> bool:
    """Whether the server answered or hung up before the final dot: then it did not take the mail.

    Not asked of an encrypted connection, where a readable socket need not mean an answer.
    """
    if client.sock is None or isinstance(client.sock, ssl.SSLSocket):
        return False
    return bool(select.select([client.sock], [], [], 0)[0])
