"""Django's mail backend while no mail server is configured: mail goes into the mailbox."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from guests.mailbox import box


class MailboxBackend(BaseEmailBackend):
    """Puts each mail into the mailbox, where /mailbox/ shows it. Also sign-in codes come here."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the mails; how many were stored. Raises OSError unless `fail_silently`."""
        stored = 0
        for message in email_messages:
            if not message.recipients():
                continue
            try:
                box.put(message.message().as_bytes(), timezone.now())
            except OSError:
                if not self.fail_silently:
                    raise
            else:
                stored += 1
        if stored:
            box.prune()
        return stored
