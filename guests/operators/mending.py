"""What a clock that went back leaves behind: pauses and leases that would last for days."""

from __future__ import annotations

from datetime import datetime

from guests.models import Breaker, OutgoingEmail, State
from guests.outbox.breaker import PAUSES
from guests.outbox.claim import lease
from guests.outbox.waits import minutes


def mend(now: datetime) -> None:
    """Let everything that waits be looked at again from `now` on, as the clock shows it now.

    Nothing goes early by it: whoever sends asks the judge again, and the night is still night.
    """
    Breaker.objects.filter(open_until__gt=now + minutes(max(PAUSES))).update(open_until=now)
    mails = OutgoingEmail.objects
    mails.filter(state=State.QUEUED, not_before__gt=now).update(not_before=now)
    leased = mails.filter(state__in=[State.CLAIMED, State.HANDING])
    leased.filter(lease_until__gt=now + lease()).update(lease_until=now + lease())
