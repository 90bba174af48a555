"""What goes over the counter: one mail, and the question that is asked before it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.core.mail import EmailMessage

# Asked once, immediately before the mail goes; nothing goes unless it says yes.
Commit = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail for one recipient: the exact bytes, and the message that they were made of."""

    sender: str
    recipient: str
    content: bytes
    message: EmailMessage
