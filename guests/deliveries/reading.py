"""Reading what mail servers write back: delivery reports (RFC 3464) and complaints (RFC 5965).

Pure: no Django, no clock, no database. Whatever comes in, `read` returns and never raises.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, unquote

# A report is a few kilobytes; of one with a whole mail inside, the beginning says it all.
LARGEST = 1_000_000
_AT_MOST = 50  # recipients, parts and addresses that are looked at
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
# What a reader's mail program tells; the rest of RFC 5965 is not about wanting no mail.
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_TO_US = (
    "X-Original-To",
    "Delivered-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Rcpt-To",
    "To",
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_FROM_LINE = re.compile(rb"\A>?From [^\r\n]*\r?\n")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of one recipient. `action` is a word of RFC 3464, or "complaint"."""

    action: str
    recipient: str = ""
    status: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """One report: what it says, to whom it came, and of which mail.

    `key` is the same for the same report. `returned_to`: addresses that it came to, or that the
    mail had as its envelope sender. `message_ids`: those of the mail that came back.
    """

    key: str
    notices: tuple[Notice, ...]
    returned_to: tuple[str, ...]
    message_ids: tuple[str, ...]


def read(content: bytes) -> Read | None:
    """What a message reports; None for one that is no report (an out-of-office note, spam)."""
    try:
        return _read(_FROM_LINE.sub(b"", content[:LARGEST]))
    except Exception:
        # The library's parser was not made for those who mean it harm.
        return None


def _read(content: bytes) -> Read | None:
    message = message_from_bytes(content)
    notices = tuple(_notices(message))[:_AT_MOST]
    if not notices:
        return None
    returned = list(_returned(message))
    return Read(
        key=_key(message, content),
        notices=notices,
        returned_to=tuple(dict.fromkeys(_return_addresses(message, returned))),
        message_ids=tuple(dict.fromkeys(_message_ids(message, returned))),
    )


def _notices(message: Message) -> Iterator[Notice]:
    for part in _parts(message):
        match part.get_content_type():
            case "message/delivery-status" | "message/global-delivery-status":
                yield from _of_recipients(part)
                return
            case "message/feedback-report":
                yield from _of_a_reader(part)
                return
    yield from _of_an_old_exim(message)


def _of_recipients(part: Message) -> Iterator[Notice]:
    for fields in _groups(part):
        # "relayed (to non-DSN-aware mailer)"
        action = _text(fields, "Action").lower().partition(" ")[0]
        if action not in _ACTIONS:
            continue
        recipient = _typed(fields, "Original-Recipient") or _typed(fields, "Final-Recipient")
        yield Notice(
            action=action,
            recipient=recipient.lower(),
            status=_text(fields, "Status").partition(" ")[0],
            said=_typed(fields, "Diagnostic-Code"),
        )


def _of_a_reader(part: Message) -> Iterator[Notice]:
    for fields in _groups(part):
        if _text(fields, "Feedback-Type").lower() in _COMPLAINTS:
            recipient = _typed(fields, "Original-Rcpt-To").strip("<>")
            yield Notice(action="complaint", recipient=recipient.lower())


def _of_an_old_exim(message: Message) -> Iterator[Notice]:
    """Before it knew RFC 3464, Exim named the recipients in a header and the rest in prose."""
    failed = [email for _name, email in getaddresses([_text(message, "X-Failed-Recipients")])]
    if not failed or message.is_multipart():
        return
    said = _prose(message)
    for email in failed[:_AT_MOST]:
        _before, _found, after = said.partition(email)
        yield Notice(action="failed", recipient=email.lower(), said=after[:500])


def _groups(part: Message) -> list[Message]:
    """The groups of fields of a machine-readable part; the parser makes a message of each."""
    payload = part.get_payload()
    if isinstance(payload, list):
        found = [one for one in payload if isinstance(one, Message)]
        # The parser reads what follows a group's last empty line as a body.
        return found[: _AT_MOST + 1]
    decoded = part.get_payload(decode=True)
    text = decoded if isinstance(decoded, bytes) else b""
    blocks = re.split(rb"\r?\n[ \t]*\r?\n", text.strip())
    return [message_from_bytes(block) for block in blocks[: _AT_MOST + 1]]


def _returned(message: Message) -> Iterator[Message]:
    """The mail that came back, or its headers."""
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (one for one in payload[:1] if isinstance(one, Message))
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers"):
            decoded = part.get_payload(decode=True)
            if isinstance(decoded, bytes):
                yield message_from_bytes(decoded.lstrip())
            elif isinstance(payload := part.get_payload(), list):
                yield from (one for one in payload[:1] if isinstance(one, Message))


def _return_addresses(message: Message, returned: list[Message]) -> Iterator[str]:
    yield from _addresses(message, _TO_US)
    for part in _parts(message):
        if part.get_content_type() == "message/feedback-report":
            for fields in _groups(part):
                yield from _addresses(fields, ("Original-Mail-From",))
    for mail in returned:
        yield from _addresses(mail, ("Return-Path",))


def _message_ids(message: Message, returned: list[Message]) -> Iterator[str]:
    for mail in returned:
        yield from _MESSAGE_ID.findall(_text(mail, "Message-ID"))[:1]
    for name in ("In-Reply-To", "References"):
        yield from _MESSAGE_ID.findall(_text(message, name))[:_AT_MOST]


def _parts(message: Message) -> list[Message]:
    """The parts of the report itself, and not those of a mail inside it."""
    payload = message.get_payload()
    if not isinstance(payload, list) or message.get_content_maintype() != "multipart":
        return [message]
    found: list[Message] = []
    for part in payload[:_AT_MOST]:
        if isinstance(part, Message):
            inner = part.get_content_maintype() == "multipart"
            found += _parts(part) if inner else [part]
    return found[:_AT_MOST]


def _addresses(message: Message, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        values = [str(value) for value in message.get_all(name, [])][:_AT_MOST]
        for _name, email in getaddresses(values)[:_AT_MOST]:
            if "@" in email:
                yield email


def _typed(fields: Message, name: str) -> str:
    """The value after its type, as in "rfc822; anna@example.com"."""
    value = _text(fields, name)
    kind, found, rest = value.partition(";")
    return unquote((rest if found and "@" not in kind else value).strip())


def _text(message: Message, name: str) -> str:
    """A header as one line, whatever it is made of; the empty string where it is missing."""
    value = message.get(name)
    if value is None:
        return ""
    raw = str(value)
    if "=?" in raw:
        raw = "".join(_decoded(one, charset) for one, charset in decode_header(raw))
    return " ".join(raw.split())


def _decoded(one: bytes | str, charset: str | None) -> str:
    if isinstance(one, str):
        return one
    try:
        return one.decode(charset or "ascii", "replace")
    except LookupError:
        return one.decode("ascii", "replace")


def _prose(message: Message) -> str:
    decoded = message.get_payload(decode=True)
    text = decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else ""
    return " ".join(text.split())


def _key(message: Message, content: bytes) -> str:
    """By the report's own Message-ID, as it comes again over another way; else by its bytes."""
    own = _text(message, "Message-ID")
    return hashlib.sha256(own.encode("utf-8", "replace") if own else content).hexdigest()
