"""A mail whose bytes depend on nothing but what it says."""

from __future__ import annotations

import hashlib
import re
from email import policy
from email.header import Header
from email.message import Message
from functools import lru_cache

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import RFC5322_EMAIL_LINE_LENGTH_LIMIT, forbid_multi_line_headers

_UTF8 = "utf-8"
_ON_THE_WIRE = policy.compat32.clone(linesep="\r\n")
_LINE_END = re.compile(r"\r\n|\r|\n")
# No header of so few letters is ever folded.
_ONE_LINE = 76
_BOUNDARY = "=_"


class Letter(EmailMultiAlternatives):
    """The same subject, bodies and headers give the same bytes, at any time and in any process.

    Django leaves the boundary between the parts to chance; here it follows from the Message-ID, so
    that a mail that goes a second time is the same mail.
    """

    def message(self) -> Message:  # type: ignore[override]
        made: Message = super().message()
        subject = str(self.subject)
        if not subject.isascii():
            made.replace_header("Subject", _encoded_subject(subject))
        if made.is_multipart():
            made.set_boundary(self._boundary())
        return made

    def content(self) -> bytes | None:
        """The bytes of `message()` as they go over the wire, in a fraction of the time.

        None for a letter that is more than a text and the same in HTML, in short lines.
        """
        if not self._is_simple():
            return None
        html, _mimetype = self.alternatives[0]
        parts = [("plain", str(self.body)), ("html", str(html))]
        if any(_has_long_lines(text) for _kind, text in parts):
            return None
        boundary = self._boundary()
        mark = f"--{boundary}".encode()
        lines = [_multipart().replace(_unset(), boundary.encode()), *self._header_lines(), b"\r\n"]
        for kind, text in parts:
            lines += [mark, b"\r\n", _part(kind, text), b"\r\n"]
        return b"".join([*lines, mark, b"--\r\n"])

    def _is_simple(self) -> bool:
        return bool(
            len(self.alternatives) == 1
            and self.alternatives[0][1] == "text/html"
            and self.body
            and self.content_subtype == "plain"
            and not (self.attachments or self.cc or self.encoding)
            and {"Date", "Message-ID"} <= self.extra_headers.keys()
            and not {"From", "To", "Cc", "Reply-To"} & self.extra_headers.keys()
        )

    def _header_lines(self) -> list[bytes]:
        headers = {
            "Subject": str(self.subject),
            "From": str(self.from_email),
            "To": ", ".join(map(str, self.to)),
            "Reply-To": ", ".join(map(str, self.reply_to)),
        }
        present = {name: value for name, value in headers.items() if value or name == "Subject"}
        return [_header(name, value) for name, value in (present | self.extra_headers).items()]

    def _boundary(self) -> str:
        message_id = self.extra_headers.get("Message-ID", "")
        return _BOUNDARY + hashlib.sha256(message_id.encode()).hexdigest()[:32]


def _encoded_subject(subject: str) -> str:
    # Django folds as if there were no "Subject: " before it, and so the line breaks there.
    return Header(subject, _UTF8, header_name="Subject").encode()


def _header(name: str, value: str) -> bytes:
    """One header as Django and the standard library write it."""
    simple = len(name) + 2 + len(value) <= _ONE_LINE and value.isascii() and value.isprintable()
    if simple and value and value == value.strip():
        return f"{name}: {value}\r\n".encode()
    return _folded(name, value)


@lru_cache(maxsize=512)
def _folded(name: str, value: str) -> bytes:
    # Most are the same for all mails of a party.
    _name, safe = forbid_multi_line_headers(name, value, _UTF8)
    if name == "Subject" and not value.isascii():
        safe = _encoded_subject(value)
    return _ON_THE_WIRE.fold_binary(name, safe)


def _part(kind: str, text: str) -> bytes:
    encoding = "7bit" if text.isascii() else "8bit"
    return (
        f'Content-Type: text/{kind}; charset="{_UTF8}"\r\n'
        "MIME-Version: 1.0\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
        "\r\n" + _LINE_END.sub("\r\n", text)
    ).encode()


def _has_long_lines(text: str) -> bool:
    """Whether Django would encode the text to break its lines."""
    longest = max(map(len, text.splitlines()), default=0)
    # Four bytes a letter at most; hardly any line comes near.
    if 4 * longest <= RFC5322_EMAIL_LINE_LENGTH_LIMIT:
        return False
    return any(len(line.encode()) > RFC5322_EMAIL_LINE_LENGTH_LIMIT for line in text.splitlines())


@lru_cache(maxsize=1)
def _multipart() -> bytes:
    """The first two headers of every letter, with a boundary that says nothing yet."""
    made = Letter(headers={"Message-ID": "", "Date": ""}, alternatives=[("", "text/html")])
    message = made.message()
    message.set_boundary(_unset().decode())
    names = ("Content-Type", "MIME-Version")
    return b"".join(_ON_THE_WIRE.fold_binary(name, message[name]) for name in names)


def _unset() -> bytes:
    return (_BOUNDARY + "0" * 32).encode()
