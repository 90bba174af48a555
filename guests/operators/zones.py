"""When a government moves its clocks: what was derived by the old rules is derived again."""

from __future__ import annotations

import time
from datetime import datetime

import structlog
import tzdata
from django.db.models import QuerySet

from guests.blame import NOBODYS_FAULT
from guests.models import Installation
from parties.models import Party
from parties.services import derive_again

_BATCH = 50
# Seconds of one tick for this: mail must not wait until all parties are through.
_BOX = 10.0

log = structlog.get_logger(__name__)


def known_rules() -> str:
    """The version of the time zone rules that this process goes by, e.g. "2026f"."""
    return str(tzdata.IANA_VERSION)


def follow(now: datetime, box: float = _BOX) -> int:
    """Derive the moments of parties to come again if the rules are newer than those known.

    It goes on for `box` seconds, remembers how far it came, and the next call begins there. What
    local time is meant stays; UTC moves. Mails that went are left alone. Returns how many parties
    were looked at. An older process beside a newer one changes nothing back.
    """
    rules = known_rules()
    ends = time.monotonic() + box
    looked_at = 0
    while (last := _begin(rules)) is not None:
        batch = list(Party.objects.upcoming(now).filter(pk__gt=last).order_by("pk")[:_BATCH])
        if not batch:
            _stale(rules).filter(zones_next=rules).update(zones=rules)
            log.info("time_zone_rules", version=rules)
            break
        for party in batch:
            _derive_safely(party, now)
        looked_at += len(batch)
        _stale(rules).filter(zones_next=rules, zones_done=last).update(zones_done=batch[-1].pk)
        if time.monotonic() >= ends:
            break
    return looked_at


def _begin(rules: str) -> int | None:
    """The last party that was derived by these rules, 0 for none; None: there is nothing to do."""
    _stale(rules).filter(zones_next__lt=rules).update(zones_next=rules, zones_done=0)
    return _stale(rules).filter(zones_next=rules).values_list("zones_done", flat=True).first()


def _stale(rules: str) -> QuerySet[Installation]:
    return Installation.objects.filter(pk=Installation.ONLY, zones__lt=rules)


def _derive_safely(party: Party, now: datetime) -> None:
    try:
        derive_again(party=party, now=now)
    except NOBODYS_FAULT:
        raise
    except Exception:
        log.exception("party_not_derived", party=party.pk)
