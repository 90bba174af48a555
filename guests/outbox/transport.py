"""The small interface behind which any way of handing over a mail works."""

from __future__ import annotations

from typing import Protocol

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import get_connection

from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.parcel import Commit, Parcel
from guests.outbox.smtp import SmtpTransport

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# Backends of this machine: when they raise, nothing has been written.
LOCAL_BACKENDS = frozenset(
    {
        "guests.mailbox.backend.MailboxBackend",
        "django.core.mail.backends.locmem.EmailBackend",
    }
)


class Transport(Protocol):
    """Hands over one mail after another; may keep its connection until it is closed."""

    def deliver(self, parcel: Parcel, commit: Commit) -> Outcome:
        """Hand `parcel` over. `commit` is called once at most, and nothing goes unless it says yes.

        Raises nothing of its own; what `commit` raises passes through, and then nothing went, and
        so does the end of our time: then `may_have_gone` tells.
        """

    def may_have_gone(self) -> bool:
        """Whether the last mail may have been taken, if `commit` said yes to it."""

    def close(self) -> None:
        """End the connection; errors are of no consequence."""


class BackendTransport:
    """Any Django mail backend. It cannot tell where a conversation broke, so a break is unclear."""

    def __init__(self, path: str) -> None:
        self._backend = get_connection(path)
        self._local = path in LOCAL_BACKENDS

    def deliver(self, parcel: Parcel, commit: Commit) -> Outcome:
        try:
            self._backend.open()
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            return Outcome(Result.NO_SERVER)
        if not commit():
            return Outcome(Result.STOPPED)
        try:
            count: int | None = self._backend.send_messages([parcel.message])
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:
            return self._raised(error)
        # A backend that counts nothing at all returns None.
        if count is None or count > 0:
            return Outcome(Result.SENT, Phase.DOT)
        return Outcome(Result.NOT_NOW, Phase.DATA)

    def may_have_gone(self) -> bool:
        return not self._local

    def _raised(self, error: Exception) -> Outcome:
        if self._local:
            return Outcome(Result.NOT_NOW, Phase.DATA)
        # Its libraries are large, and most sites never need them.
        from guests.outbox.service import outcome_of

        return outcome_of(error)

    def close(self) -> None:
        try:
            self._backend.close()
        except Exception:
            return


def open_transport() -> Transport:
    """The transport that EMAIL_BACKEND asks for; connects with the first mail."""
    path = settings.EMAIL_BACKEND
    return SmtpTransport() if path == SMTP_BACKEND else BackendTransport(path)
