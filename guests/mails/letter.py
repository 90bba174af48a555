"""A mail whose bytes depend on nothing but what it says."""

from __future__ import annotations

import hashlib
from email.header import Header
from email.message import Message

from django.core.mail import EmailMultiAlternatives


class Letter(EmailMultiAlternatives):
    """The same subject, bodies and headers give the same bytes, at any time and in any process.

    Django leaves the boundary between the parts to chance; here it follows from the Message-ID, so
    that a mail that goes a second time is the same mail.
    """

    def message(self) -> Message:  # type: ignore[override]
        made: Message = super().message()
        subject = str(self.subject)
        if not subject.isascii():
            # Django folds as if there were no "Subject: " before it, and so the line breaks there.
            encoded = Header(subject, "utf-8", header_name="Subject").encode()
            made.replace_header("Subject", encoded)
        if made.is_multipart():
            made.set_boundary(f"=_{self._mark()}")
        return made

    def _mark(self) -> str:
        message_id = self.extra_headers.get("Message-ID", "")
        return hashlib.sha256(message_id.encode()).hexdigest()[:32]
