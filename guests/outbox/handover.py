"""One mail from the claim to the record: compose, talk, commit, hand over, write down."""

from __future__ import annotations

import hashlib
import random
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail import EmailMessage
from django.db import InterfaceError, OperationalError, connection

from guests.deliveries import marks
from guests.mails.confirming import NothingToSay
from guests.models import OutgoingEmail
from guests.outbox.commit import Prepared, commit_point
from guests.outbox.outcome import Outcome
from guests.outbox.parcel import Parcel
from guests.outbox.record import record, record_not_composed, record_nothing_to_say
from guests.outbox.transport import Transport
from guests.outbox.wire import from_bytes, pin, to_bytes

Clock = Callable[[], datetime]
Compose = Callable[[OutgoingEmail, datetime], EmailMessage]

# What the server said is worth some patience with a database that is just restarting (seconds).
_AGAIN_AFTER = (0.2, 1.0, 3.0)

log = structlog.get_logger(__name__)


class NotComposed(Exception):
    """The mail could not be written; the reason is in the log."""


@dataclass(slots=True)
class Committed:
    """Whether the commit point said yes; from then on the mail may have gone."""

    yes: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """What a sender needs for its mails. `compose` raises for a mail that cannot be written."""

    transport: Transport
    compose: Compose
    clock: Clock
    rng: random.Random = field(default_factory=random.Random)

    def send(self, mail: OutgoingEmail, token: uuid.UUID, committed: Committed) -> Outcome | None:
        """Try to hand over a claimed mail; the outcome is not written down yet.

        None: it could not be composed, which is. No transaction is open but at the commit point.
        """
        try:
            prepared, parcel = self._prepare(mail)
        except NothingToSay:
            record_nothing_to_say(mail, token)
            return None
        except NotComposed:
            record_not_composed(mail, token, self.clock(), self.rng)
            return None

        def commit() -> bool:
            committed.yes = commit_point(mail, token, self.clock(), prepared)
            return committed.yes

        return self.transport.deliver(parcel, commit)

    def write_down(
        self,
        mail: OutgoingEmail,
        token: uuid.UUID,
        outcome: Outcome,
        committed: Committed,
        paused_until: datetime | None = None,
    ) -> bool:
        """Record `outcome`, and again if the database is away for a moment."""
        for pause in (*_AGAIN_AFTER, None):
            try:
                return record(
                    mail,
                    token,
                    outcome,
                    committed=committed.yes,
                    now=self.clock(),
                    rng=self.rng,
                    paused_until=paused_until,
                )
            except (OperationalError, InterfaceError):
                if pause is None or connection.in_atomic_block:
                    raise
                connection.close()
                time.sleep(pause)
        return False

    def _prepare(self, mail: OutgoingEmail) -> tuple[Prepared, Parcel]:
        """A mail that may have arrived goes again as it was. Raises NotComposed, NothingToSay,
        and what a database in trouble or the end of our time raises."""
        now = mail.composed_at or self.clock()
        again = mail.body is not None
        if mail.body_sha256 and not again:
            # It may have arrived with bytes that were deleted: other ones would be another mail.
            raise NothingToSay
        try:
            if mail.body is not None:
                content = bytes(mail.body)
                message = from_bytes(content)
            else:
                message = self.compose(mail, now)
                content = to_bytes(message)
                pin(message, content)
            marks.label(message, mail.pk)
            sender = marks.return_address(mail.pk) or _sender(message)
            parcel = Parcel(sender, _recipient(mail), content, message)
        except (NothingToSay, OperationalError, InterfaceError, SoftTimeLimitExceeded):
            raise  # the last three say nothing of the mail
        except Exception as error:
            _log_not_composed(mail, error)
            raise NotComposed from error
        sha256 = hashlib.sha256(content).hexdigest()
        words = mail.rule.words if mail.rule is not None else ""
        return Prepared(content, sha256, now, mail.party.revision, again, words), parcel


def _sender(message: EmailMessage) -> str:
    return parseaddr(message.from_email)[1]


def _recipient(mail: OutgoingEmail) -> str:
    if mail.address is not None:
        return mail.address.email
    if mail.host is not None:
        return mail.host.email
    raise ValueError("The mail has no recipient.")


def _log_not_composed(mail: OutgoingEmail, error: Exception) -> None:
    """By number only: the error's own words may quote a name."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "mail_not_composed",
        mail=mail.pk,
        kind=mail.kind,
        error=type(error).__name__,
        where=f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "",
    )
