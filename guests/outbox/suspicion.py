"""Noticing that servers refuse us, and not this mail or that recipient."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from guests.models import OutgoingEmail
from guests.outbox.outcome import Outcome, Result

WITHIN = timedelta(minutes=10)
# So many contents rejected, or so many domains that refuse by policy, and we are taken for spam.
REJECTED_AT_MOST = 5
DOMAINS_AT_MOST = 4


class Suspicion:
    """What one run of sending met lately. Shared by its senders."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met: list[tuple[datetime, str]] = []

    def grows(self, outcome: Outcome, mail: OutgoingEmail, now: datetime) -> bool:
        """Note `outcome`; True if sending should pause because of the last ones."""
        if outcome.result is not Result.REJECTED and not outcome.is_policy:
            return False
        domain = mail.address.email.rpartition("@")[2] if mail.address else ""
        with self._lock:
            note = "" if outcome.result is Result.REJECTED else domain
            self._met = [one for one in self._met if one[0] > now - WITHIN]
            self._met.append((now, note))
            notes = [note for _at, note in self._met]
        rejected = notes.count("")
        return rejected >= REJECTED_AT_MOST or len(set(notes) - {""}) >= DOMAINS_AT_MOST
