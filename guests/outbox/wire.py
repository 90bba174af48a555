"""Between Django's messages and the bytes that go over the wire."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from email.message import Message
from functools import partial
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives

from guests.mails.letter import Letter

_LINE_END = re.compile(rb"\r\n|\r|\n")


def to_bytes(message: EmailMessage) -> bytes:
    """The message with every line ended by CRLF: a bare one could end the mail early."""
    if isinstance(message, Letter) and (quick := message.content()) is not None:
        return quick
    made: Any = message.message()
    content = _LINE_END.sub(b"\r\n", made.as_bytes(linesep="\r\n"))
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def pin(message: EmailMessage, content: bytes) -> EmailMessage:
    """`message`, which from now on is these bytes and no others, whichever backend takes it."""
    message.message = partial(_Verbatim, content)  # type: ignore[method-assign,assignment]
    return message


def from_bytes(content: bytes) -> EmailMessage:
    """The message that was composed as `content`; mail services read its parts."""
    parsed = message_from_bytes(content, policy=policy.default)
    message = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=_text(parsed, "plain"),
        from_email=str(parsed["From"] or ""),
        to=[str(parsed["To"] or "")],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={name: str(value) for name, value in parsed.items() if name in _OTHER_HEADERS},
    )
    if html := _text(parsed, "html"):
        message.attach_alternative(html, "text/html")
    return pin(message, content)


class _Verbatim(Message):
    """Parsed for whoever reads headers or parts; written out as it came in."""

    def __init__(self, content: bytes, **_ignored: Any) -> None:
        super().__init__()
        self.__dict__.update(vars(message_from_bytes(content)))
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
