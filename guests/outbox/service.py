"""What the errors of a mail service's API mean for a mail."""

from __future__ import annotations

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from guests.outbox.outcome import Outcome, Phase, Result

# The key is wrong, the account is closed, or the service is down: it would take no mail of ours.
_NOT_FOR_US = frozenset({401, 402, 403, 503})
_NOT_NOW = frozenset({408, 425, 429})
# Raised before the service is asked at all.
_NOT_ASKED = (AnymailUnsupportedFeature, AnymailSerializationError, AnymailInvalidAddress)


def outcome_of(error: Exception) -> Outcome:
    """What became of a mail whose sending raised `error`; unclear unless it surely did not go."""
    if isinstance(error, AnymailRecipientsRefused):
        # The service knows this address: mail came back from there, or somebody complained.
        return Outcome(Result.REFUSED, Phase.RCPT)
    if isinstance(error, AnymailConfigurationError):
        return Outcome(Result.NO_SERVER, why="the mail service is not set up")
    if isinstance(error, _NOT_ASKED):
        return Outcome(Result.REJECTED, Phase.DATA)
    # Services answer with a status of HTTP: 4xx says that the mail was not taken.
    status = getattr(error, "status_code", None)
    if status in _NOT_FOR_US:
        return Outcome(Result.NO_SERVER, code=status)
    if isinstance(status, int) and 400 <= status < 500:
        result = Result.NOT_NOW if status in _NOT_NOW else Result.REJECTED
        return Outcome(result, Phase.DATA, status)
    if status is None and _was_not_reached(error):
        return Outcome(Result.NO_SERVER, why="the mail service was not reached")
    return Outcome(Result.UNCLEAR, Phase.DOT)


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
