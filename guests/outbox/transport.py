"""The small interface behind which any way of handing over a mail works."""

from __future__ import annotations

from typing import Protocol

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import get_connection
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.parcel import Commit, Parcel
from guests.outbox.smtp import SmtpTransport

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
_NOT_NOW = frozenset({408, 425, 429})
# Backends of this machine: when they raise, nothing has been written.
LOCAL_BACKENDS = frozenset(
    {
        "guests.mailbox.backend.MailboxBackend",
        "django.core.mail.backends.locmem.EmailBackend",
    }
)
# The key is wrong, the account is closed, or the service is down: it would take no mail of ours.
_NOT_FOR_US = (401, 402, 403, 503)
# Raised before the service is asked at all.
_NOT_ASKED = (AnymailUnsupportedFeature, AnymailSerializationError, AnymailInvalidAddress)


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
        if isinstance(error, AnymailRecipientsRefused):
            # The service knows this address: mail came back from there, or somebody complained.
            return Outcome(Result.REFUSED, Phase.RCPT)
        if isinstance(error, AnymailConfigurationError):
            return Outcome(Result.NO_SERVER, why="the mail service is not set up")
        if isinstance(error, _NOT_ASKED):
            return Outcome(Result.REJECTED, Phase.DATA)
        # Mail services answer with a status of HTTP: 4xx says that the mail was not taken.
        status = getattr(error, "status_code", None)
        if status in _NOT_FOR_US:
            return Outcome(Result.NO_SERVER, code=status)
        if isinstance(status, int) and 400 <= status < 500:
            return Outcome(_of_status(status), Phase.DATA, status)
        if status is None and _was_not_reached(error):
            return Outcome(Result.NO_SERVER, why="the mail service was not reached")
        return Outcome(Result.UNCLEAR, Phase.DOT)

    def close(self) -> None:
        try:
            self._backend.close()
        except Exception:
            return


def _was_not_reached(error: BaseException | None) -> bool:
    """Whether no connection came about, so that nothing can have been said."""
    while error is not None:
        if isinstance(error, (ConnectTimeout, NewConnectionError)):
            return True
        reason = getattr(error.args[0], "reason", None) if error.args else None
        if isinstance(reason, NewConnectionError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _of_status(status: int) -> Result:
    return Result.NOT_NOW if status in _NOT_NOW else Result.REJECTED


def open_transport() -> Transport:
    """The transport that EMAIL_BACKEND asks for; connects with the first mail."""
    path = settings.EMAIL_BACKEND
    return SmtpTransport() if path == SMTP_BACKEND else BackendTransport(path)
