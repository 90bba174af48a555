"""The words that code, pages and mails share, beside those of the plan. Pure."""

from __future__ import annotations

from parties.schedule.words import Anchor, Answer, Kind

__all__ = ["HOST_KINDS", "PLAN_KINDS", "SPACED_KINDS", "Anchor", "Answer", "Kind"]

# Mails of the plan: they keep to the window, and are held when their fate is unclear.
PLAN_KINDS = frozenset({Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON})
# Of these, the ones that are spaced 20 hours apart for one address over all parties.
SPACED_KINDS = frozenset({Kind.REMINDER, Kind.FOLLOW_UP})
# Mails to the hosts of a party; all others go to families.
HOST_KINDS = frozenset({Kind.NEWS, Kind.BOUNCED, Kind.MISSED, Kind.ALARM})
