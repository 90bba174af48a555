"""When a government moves its clocks: what was derived by the old rules is derived again."""

from __future__ import annotations

from datetime import datetime

import structlog
import tzdata
from django.db import InterfaceError, OperationalError

from guests.models import Installation
from parties.models import Party
from parties.services import derive_again

_BATCH = 200

log = structlog.get_logger(__name__)


def known_rules() -> str:
    """The version of the time zone rules that this process goes by, e.g. "2026f"."""
    return str(tzdata.IANA_VERSION)


def follow(now: datetime) -> int:
    """Derive the moments of all parties to come again if the rules are newer than those known.

    What local time is meant stays; UTC moves. Mails that went are left alone. Returns how many
    parties were looked at. An older process beside a newer one changes nothing back.
    """
    rules = known_rules()
    stale = Installation.objects.filter(pk=Installation.ONLY, zones__lt=rules)
    if not stale.exists():
        return 0
    looked_at = 0
    last = 0
    while batch := list(Party.objects.upcoming(now).filter(pk__gt=last).order_by("pk")[:_BATCH]):
        for party in batch:
            _derive_safely(party, now)
        looked_at += len(batch)
        last = batch[-1].pk
    stale.update(zones=rules)
    log.info("time_zone_rules", version=rules, parties=looked_at)
    return looked_at


def _derive_safely(party: Party, now: datetime) -> None:
    try:
        derive_again(party=party, now=now)
    except (OperationalError, InterfaceError):
        raise  # no party's fault; the next tick tries again
    except Exception:
        log.exception("party_not_derived", party=party.pk)
