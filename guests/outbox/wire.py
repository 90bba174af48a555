"""Between Django's messages and the bytes that go over the wire."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.message import Message
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives

_LINE_END = re.compile(rb"\r\n|\r|\n")


def to_bytes(message: EmailMessage) -> bytes:
    """The message with every line ended by CRLF: a bare one could end the mail early."""
    made: Any = message.message()
    content = _LINE_END.sub(b"\r\n", made.as_bytes(linesep="\r\n"))
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def from_bytes(content: bytes) -> EmailMessage:
    """A message that is sent as exactly these bytes, whichever backend takes it."""
    return _Kept(content)


class _Kept(EmailMultiAlternatives):
    """A mail that was composed before. Backends of mail services read its parts instead."""

    def __init__(self, content: bytes) -> None:
        parsed = message_from_bytes(content, policy=policy.default)
        super().__init__(
            subject=str(parsed["Subject"] or ""),
            body=_text(parsed, "plain"),
            from_email=str(parsed["From"] or ""),
            to=[str(parsed["To"] or "")],
            reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
            headers={name: str(value) for name, value in parsed.items() if name in _OTHER_HEADERS},
        )
        if html := _text(parsed, "html"):
            self.attach_alternative(html, "text/html")
        self._content = content

    def message(self) -> Message:  # type: ignore[override]
        return _Verbatim(self._content)


class _Verbatim(Message):
    """Parsed for whoever reads headers or parts; written out as it came in."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.__dict__.update(message_from_bytes(content).__dict__)
        self._content = content

    def as_bytes(self, *_args: Any, linesep: str = "\n", **_kwargs: Any) -> bytes:
        return self._content.replace(b"\r\n", linesep.encode())


_OTHER_HEADERS = frozenset(
    {
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    }
)


def _text(parsed: ParsedMessage, kind: str) -> str:
    part = parsed.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
