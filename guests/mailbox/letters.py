"""A stored mail, taken apart for reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser

from guests.mailbox import box

_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
# Links in a mail lead out of the frame that shows it.
_BASE = '<base target="_top">'


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the list of mails shows. `sent_at` is UTC: its own Date; without one, when it came."""

    name: str
    to: str
    subject: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A whole mail. `html` is empty if it has none."""

    envelope: Envelope
    headers: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    html: str = ""


def envelopes(names: list[str]) -> list[Envelope]:
    """The envelopes of these mails, in their order; one that was pruned meanwhile is left out."""
    parser = BytesHeaderParser(policy=policy.default)
    found = []
    for name in names:
        content = box.read(name)
        if content is not None:
            found.append(_envelope(name, parser.parsebytes(content)))
    return found


def open_letter(name: str) -> Opened | None:
    """The mail of that name, or None."""
    content = box.read(name)
    if content is None:
        return None
    message = message_from_bytes(content, policy=policy.default)
    return Opened(
        envelope=_envelope(name, message),
        headers=[(key, _words(value)) for key, value in message.items()],
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def framed(html: str) -> str:
    """`html` with its links leading out of the frame."""
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return f"{html[:at]}{_BASE}{html[at:]}"


def _envelope(name: str, message: EmailMessage) -> Envelope:
    return Envelope(
        name=name,
        to=_words(message["To"]),
        subject=_words(message["Subject"]),
        sent_at=_date(message) or box.came_at(name),
    )


def _date(message: EmailMessage) -> datetime | None:
    """The moment that a mail's own Date tells (UTC); None without one that can be read."""
    header = message["Date"]
    found: datetime | None = getattr(header, "datetime", None)
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else ""


def _words(value: object) -> str:
    return " ".join(str(value or "").split())
