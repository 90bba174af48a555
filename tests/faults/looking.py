"""What the test itself sees of a mail in the database."""

from __future__ import annotations

import json

from guests.models import OutgoingEmail
from tests.faults.households import reminders
from tests.faults.processes import Process


def only_reminder() -> OutgoingEmail:
    """The one reminder that there is."""
    (mail,) = reminders()
    return mail


def state_of(mail: OutgoingEmail) -> str:
    """Its state now; all of `mail` is as it is now."""
    mail.refresh_from_db()
    return mail.state


def mails_sent(worker: Process) -> list[int]:
    """The mails that a worker's log says went well."""
    lines = [line for line in worker.log.splitlines() if '"mails_sent"' in line]
    return [mail for line in lines for mail in json.loads(line)["mails"]]
