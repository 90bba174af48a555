"""The headers of a mail: safe for any name, one recipient, and what mail programs ask for."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime, parseaddr

from django.conf import settings

from parties.names import tidy

# Characters that could end a display name, or make it look like an address of its own.
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys('@:,;"<>()[]\\', " "))
LONGEST_NAME = 75
_SERVICE = "Full Table"


def subject_line(text: str) -> str:
    """`text` as a subject. Its apostrophes are plain, so that most subjects need no encoding."""
    return one_line(text).replace("’", "'")


def one_line(text: str) -> str:
    """`text` as one line that no reader takes for an encoded word, whatever somebody typed."""
    return tidy(text.replace("=?", "= ?").replace("?=", "? ="))


def display_name(text: str, longest: int = LONGEST_NAME) -> str:
    """`text` as one harmless line for a display name; may be empty."""
    return " ".join(one_line(text).translate(_NOT_IN_A_NAME).split())[:longest].strip()


def mailbox(name: str, address: str) -> str:
    """A name and an address as one recipient; the bare address where the name is empty.

    The name stays as it is: Django encodes it when it is sent.
    """
    return f'"{name}" <{address}>' if name else address


def sender(host_name: str) -> str:
    """From: the service's own address, under the name of the host on whose behalf it writes."""
    suffix = f" ({_SERVICE})"
    name = display_name(host_name, LONGEST_NAME - len(suffix))
    return mailbox(f"{name}{suffix}" if name else _SERVICE, own_address())


def own_address() -> str:
    """The address part of DEFAULT_FROM_EMAIL."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def standard(message_id: str, date: datetime) -> dict[str, str]:
    """What every mail carries. `date` (UTC) and the id stay the same over all its attempts."""
    return {
        "Date": format_datetime(date),
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }


def unsubscribing(stop_url: str) -> dict[str, str]:
    """RFC 8058: one POST to exactly this address stops the mails, without a redirect."""
    return {
        "List-Unsubscribe": f"<{stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
