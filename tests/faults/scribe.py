"""Counts in the database, each time in a transaction that reads first and writes then.

python -m tests.faults.scribe INVITATION TIMES
"""

from __future__ import annotations

import sys

import django


def main(invitation: int, times: int) -> None:
    """Adds `times` to the number that stands in the invitation's personal line."""
    django.setup()
    from django.db import transaction

    from guests.models import Invitation

    rows = Invitation.objects.filter(pk=invitation)
    for _ in range(times):
        with transaction.atomic():
            count = int(rows.get().personal_line)
            rows.update(personal_line=str(count + 1))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
