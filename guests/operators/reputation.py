"""Accounts whose mail comes back, or is called spam: they are paused until an operator has looked.

A list that was bought, or guessed, ruins the name of the site with every mail service, and so the
mail of all other hosts. A class list with a few wrong addresses does not.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db.models import Count, Sum

from guests.limits import DAY
from guests.models import OutgoingEmail, Tally
from parties.models import Host

BOUNCE_RATE, BOUNCES_AT_LEAST = 0.05, 10
"""More of the addresses that a host wrote to within a day do not work. A class has fewer children
than would make ten typing slips."""
COMPLAINT_RATE, COMPLAINTS_AT_LEAST = 0.001, 2
"""More readers than that called it spam. One may have tapped by mistake."""

log = structlog.get_logger(__name__)


def watch(now: datetime) -> int:
    """Pause each account of which too much came back, or was called spam, in the last 24 hours.

    Returns how many that were. What led to a pause once leads to no second one after it was lifted.
    """
    paused = 0
    for column, rate, at_least in (
        ("bounced_at", BOUNCE_RATE, BOUNCES_AT_LEAST),
        ("complained_at", COMPLAINT_RATE, COMPLAINTS_AT_LEAST),
    ):
        for host, bad in _counted(column, at_least, now):
            fresh = bad - _known(column, host, now)
            if _is_bad(fresh, _written_to(host, now), rate, at_least):
                paused += _pause(host, column, bad, now)
    return paused


def _counted(column: str, at_least: int, now: datetime) -> list[tuple[int, int]]:
    """Hosts, and how many of the addresses that they wrote to went bad within a day."""
    bad = OutgoingEmail.objects.filter(
        contact__isnull=False,
        party__host__paused_at=None,
        **{f"address__{column}__gt": now - DAY, f"address__{column}__lte": now},
    )
    by_host = bad.order_by().values("party__host").annotate(times=Count("address", distinct=True))
    found = by_host.filter(times__gte=at_least).values_list("party__host", "times")
    return list(found)


def _written_to(host: int, now: datetime) -> int:
    mails = OutgoingEmail.objects.filter(party__host=host, contact__isnull=False)
    return mails.reached().filter(handed_at__gt=now - DAY).values("address").distinct().count()


def _is_bad(bad: int, written_to: int, rate: float, at_least: int) -> bool:
    return bad >= at_least and bad > rate * written_to


def _known(column: str, host: int, now: datetime) -> int:
    """How many of them led to a pause already."""
    days = [now.date(), (now - DAY).date()]
    rows = Tally.objects.filter(who=f"{column} {host}", day__in=days)
    return rows.aggregate(sum=Sum("used"))["sum"] or 0


def _pause(host: int, column: str, bad: int, now: datetime) -> int:
    done = Host.objects.filter(pk=host, paused_at=None).update(paused_at=now)
    if done:
        Tally.objects.update_or_create(
            who=f"{column} {host}", day=now.date(), defaults={"used": bad}
        )
        log.error("account_paused", host=host, why=column, addresses=bad)
    return done
