"""The words of the plan: what the functions of this package take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

FIRST = "first"
"""Occasion of the invitation that inviting sends ("send again" has an occasion of its own)."""

ONCE = "once"
"""Occasion of the mail that says the party is cancelled."""


class Kind(StrEnum):
    """What a mail is. NEWS and what follows it go to hosts and are never a step of the plan."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    FOLLOW_UP = "follow_up"
    STILL_ON = "still_on"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    CONFIRMATION = "confirmation"
    NEWS = "news"
    BOUNCED = "bounced"
    """Mail to a home came back: its address does not work."""
    MISSED = "missed"
    """Mails to homes that could not go out in time, or that nobody took."""
    ALARM = "alarm"
    """The table may stay empty: fewer have said yes than make a good party."""


class Answer(StrEnum):
    """What a household said, as one word."""

    SILENT = "silent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    VIDEO = "video"


class Anchor(StrEnum):
    """From where a rule counts. All but HALF_WAY are a local date and a clock time."""

    AFTER_INVITING = "after_inviting"
    """So many days after the local date of inviting."""
    BEFORE_REPLY_BY = "before_reply_by"
    """So many days before the local date of the invitation's own reply-by."""
    HALF_WAY = "half_way"
    """The instant half-way between inviting and reply-by; days and clock do not matter."""
    NAMED_DAY = "named_day"
    """The day the parent named, at most the day after reply-by; none named: that of reply-by."""
    BEFORE_PARTY = "before_party"
    """So many days before the local date of the party."""


class Skip(StrEnum):
    """Why the plan drops a mail. The host is shown each of these in words."""

    TOO_LATE = "too_late"
    """The rule's moment is not before the mail loses its use (reply-by, or the party)."""
    NIGHT = "night"
    """The moment is at night, and neither the next morning nor the evening before will do."""
    TOO_CLOSE = "too_close"
    """20 hours after the address's last mail of a plan, no permitted moment is left."""
    ENOUGH_REMINDERS = "enough_reminders"
    """The address had all the reminders that one party may send it."""
    SUPERSEDED = "superseded"
    """By the time it may go, a newer one may go too; of several only the newest goes."""
    EXPIRED = "expired"
    """It was due, but nothing was sent until it had lost its use. Only `due` says this."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One enabled line of a party's plan.

    `at` is local; None means the anchor's own time (18:00 after inviting, else 09:00).
    `min_notice` and `max_notice` are full days, both inclusive. `since` is when the host wrote
    the line or last moved it: a moment that was over by then is not made up for.
    """

    key: str
    kind: Kind
    anchor: Anchor
    days: int
    at: time | None = None
    min_notice: int | None = None
    max_notice: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """When the party is. `revised_at` is when the present revision was made."""

    zone: str
    starts_at: datetime
    ends_at: datetime
    revision: int = 1
    revised_at: datetime | None = None
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One mail of a contact, whatever became of it.

    `reached`: handed over, or perhaps handed over. `revision`: the facts that it carried.
    """

    kind: Kind
    occasion: str
    at: datetime
    reached: bool
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class ContactState:
    """One adult of a household, as the plan sees them.

    `mailable`: has an address that is not retired, did not bounce or complain, and did not stop
    everything. `stopped`: wants no reminders of this party. `last_plan_mail_at` is that of the
    address over all parties, `reminders` what the address already got for this party.
    `confirm`: the response that this contact is to have confirmed, as (occasion, answered at).
    """

    key: str
    since: datetime
    mailable: bool = True
    stopped: bool = False
    told: tuple[Told, ...] = ()
    last_plan_mail_at: datetime | None = None
    reminders: int = 0
    confirm: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Household:
    """One invitation: its answer, and its contacts. `reply_by_at` is the invitation's own."""

    answer: Answer
    disputed: bool
    know_by: date | None
    answered_at: datetime | None
    invited_at: datetime | None
    reply_by_at: datetime | None
    contacts: tuple[ContactState, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One mail that the plan has still to say to one contact, or to drop.

    `at` and `skip` are for the timeline: they take it that the contact's earlier steps go.
    `own_at` and `own_skip` look only at what has really happened; `due` goes by these, because
    an earlier step that never went must hold nobody up. `ideal` is the rule's moment, moved into
    the window, before the 20 hours. `skip` and `own_skip` are a `Skip`, or "" for: it goes.
    All moments are UTC; the mail is of use strictly before `expires_at`.
    """

    contact: str
    kind: Kind
    occasion: str
    rule: str | None
    at: datetime
    expires_at: datetime
    skip: str
    ideal: datetime
    own_at: datetime
    own_skip: str

    @property
    def goes(self) -> bool:
        """Whether the timeline expects this mail to go."""
        return not self.skip
