"""Whose fault it is when a piece of work breaks.

One household, party or mail that cannot be worked on is put aside, and the others go on. What is
named here is the fault of none of them: the work stops, and the next tick tries again.
"""

from __future__ import annotations

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

#: The database is away or busy, or the task has had its time.
NOBODYS_FAULT = (OperationalError, InterfaceError, SoftTimeLimitExceeded)
