"""The plan that every new party starts with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from parties.schedule.words import Anchor, Kind, RuleLine

_MORNING = time(9)
_EVENING = time(18)


@dataclass(frozen=True, slots=True)
class RuleDefault:
    """One line of the plan before it belongs to a party: a `RuleLine` without a key."""

    kind: Kind
    anchor: Anchor
    days: int = 0
    at: time | None = _MORNING
    min_notice: int | None = None
    max_notice: int | None = None

    def line(self, key: str) -> RuleLine:
        """The same line with a key, as `steps` takes it."""
        return RuleLine(
            key, self.kind, self.anchor, self.days, self.at, self.min_notice, self.max_notice
        )


DEFAULT_RULES: tuple[RuleDefault, ...] = (
    # 10 days of notice or more: three reminders
    RuleDefault(Kind.REMINDER, Anchor.AFTER_INVITING, 4, _EVENING, min_notice=10),
    RuleDefault(Kind.REMINDER, Anchor.BEFORE_REPLY_BY, 2, min_notice=10),
    # "last call", the morning of reply-by; with 3 days of notice or more
    RuleDefault(Kind.REMINDER, Anchor.BEFORE_REPLY_BY, 0, min_notice=3),
    # 3 to 9 days: two, this one and the last call
    RuleDefault(Kind.REMINDER, Anchor.AFTER_INVITING, 2, _EVENING, min_notice=3, max_notice=9),
    # less than 3 days: one
    RuleDefault(Kind.REMINDER, Anchor.HALF_WAY, at=None, max_notice=2),
    RuleDefault(Kind.FOLLOW_UP, Anchor.NAMED_DAY),
    RuleDefault(Kind.STILL_ON, Anchor.BEFORE_PARTY, 1),
)
