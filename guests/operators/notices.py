"""What an operator should look at although all works: /readyz and the alarms tell of it too.

Numbers of accounts only, and no word about families. A notice makes nothing unready: any receiver
of a mail can cause one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count

from guests.models import Stranger
from parties.models import Host

# Somebody who did not know a host is news for so long.
NEWS_FOR = timedelta(days=7)
# So many accounts are named one by one; each is one alarm.
AT_MOST = 20


def notices(now: datetime) -> dict[str, str]:
    """Name and sentence of each account that somebody did not know, or that is paused."""
    paused = Host.objects.filter(paused_at__isnull=False).order_by("-paused_at", "pk")
    found = {
        f"paused-{pk}": (
            f"Account {pk} is paused and sends nothing to families: several people who got its "
            "mail do not know its host, or too much of it comes back or is called spam. "
            "manage.py strangers shows it and lifts the pause."
        )
        for pk in paused.values_list("pk", flat=True)[:AT_MOST]
    }
    told = (
        Stranger.objects.filter(created_at__gt=now - NEWS_FOR, host__paused_at=None)
        .values("host")
        .annotate(times=Count("pk"))
        .order_by("-times", "host")
        .values_list("host", "times")
    )
    return found | {
        f"stranger-{pk}": (
            f"{times} of those who got mail from account {pk} do not know its host; "
            "manage.py strangers shows it."
        )
        for pk, times in told[:AT_MOST]
    }
