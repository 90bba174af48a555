"""When mail goes: the plan of a party as pure functions.

No ORM, no clock, no settings. Every moment that comes in or goes out is aware; what goes out
is UTC. The truth of a plan is local wall-clock time in the party's zone, resolved at the end.
"""

from __future__ import annotations

from parties.schedule.defaults import DEFAULT_RULES, RuleDefault
from parties.schedule.due import Due, due
from parties.schedule.lines import rule_moment
from parties.schedule.plan import next_moment, steps
from parties.schedule.times import (
    BEFORE_START,
    CONFIRM_AFTER,
    EVENING_BEFORE,
    LAST_DAYS,
    LATE_INVITE,
    MAX_REMINDERS,
    REPLY_BY_CLOCK,
    SPACING,
    WINDOW_CLOSES,
    WINDOW_OPENS,
    host_window,
    in_window,
    invitation_reply_by,
    notice_days,
    permitted,
    resolve,
    window,
)
from parties.schedule.words import (
    FIRST,
    ONCE,
    Anchor,
    Answer,
    ContactState,
    Dates,
    Household,
    Kind,
    RuleLine,
    Skip,
    Step,
    Told,
)

__all__ = [
    "BEFORE_START",
    "CONFIRM_AFTER",
    "DEFAULT_RULES",
    "EVENING_BEFORE",
    "FIRST",
    "LAST_DAYS",
    "LATE_INVITE",
    "MAX_REMINDERS",
    "ONCE",
    "REPLY_BY_CLOCK",
    "SPACING",
    "WINDOW_CLOSES",
    "WINDOW_OPENS",
    "Anchor",
    "Answer",
    "ContactState",
    "Dates",
    "Due",
    "Household",
    "Kind",
    "RuleDefault",
    "RuleLine",
    "Skip",
    "Step",
    "Told",
    "due",
    "host_window",
    "in_window",
    "invitation_reply_by",
    "next_moment",
    "notice_days",
    "permitted",
    "resolve",
    "rule_moment",
    "steps",
    "window",
]
