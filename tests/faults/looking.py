"""What the test itself sees of a mail in the database."""

from __future__ import annotations

from guests.models import OutgoingEmail
from tests.faults.households import reminders


def only_reminder() -> OutgoingEmail:
    """The one reminder that there is."""
    (mail,) = reminders()
    return mail


def state_of(mail: OutgoingEmail) -> str:
    """Its state now; all of `mail` is as it is now."""
    mail.refresh_from_db()
    return mail.state
