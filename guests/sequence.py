"""What came first, where two things happen at once: whoever had the lock first.

A view, a task and a sender ask the clock before they wait for the lock. Somebody who waited wrote
down a moment at which the other one was still at work, and the record would tell it the wrong way
round: a mail that went "after" the answer that had to wait for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max

from guests.models import OutgoingEmail


def after_mails(now: datetime, **of: Any) -> datetime:
    """`now`, or the moment at which the last mail `of` a household or address was handed over.

    For a caller that holds the locks, so that nothing else is handed over meanwhile.
    """
    last = OutgoingEmail.objects.filter(**of).aggregate(at=Max("handed_at"))["at"]
    return now if last is None else max(now, last)
