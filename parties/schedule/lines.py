"""What one line of the plan means to one contact: a moment, a reason to drop it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from parties.schedule.times import into_window, local_day, notice_days, resolve
from parties.schedule.words import (
    Anchor,
    Answer,
    ContactState,
    Dates,
    Household,
    Kind,
    RuleLine,
    Skip,
    Told,
)

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_STILL_ON_TO = frozenset({Answer.ACCEPTED, Answer.VIDEO, Answer.TENTATIVE})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the plan for one contact, before the 20 hours and the 3 were asked."""

    contact: str
    kind: Kind
    occasion: str
    rule: str
    ideal: datetime
    expires_at: datetime
    skip: str


def was_told(contact: ContactState, kind: Kind, occasion: str) -> bool:
    """Whether a mail of that kind and occasion exists for the contact, whatever its state."""
    return any(mail.kind == kind and mail.occasion == occasion for mail in contact.told)


def reached_by(contact: ContactState, *kinds: Kind) -> list[Told]:
    """The mails of those kinds that went to the contact (of any kind, if none is named)."""
    return [mail for mail in contact.told if mail.reached and (not kinds or mail.kind in kinds)]


def line_of(
    rule: RuleLine, household: Household, contact: ContactState, dates: Dates
) -> Line | None:
    """The line for this contact, or None if it says nothing to them (any more)."""
    if not _speaks_to(rule, household, contact):
        return None
    occasion = str(dates.revision) if rule.kind == Kind.STILL_ON else rule.key
    if was_told(contact, rule.kind, occasion):
        return None
    moment = _moment(rule, household, dates)
    if moment is None:
        return None
    expires_at = _expires_at(rule.kind, moment, household, dates)
    if moment >= expires_at:
        ideal, skip = expires_at, str(Skip.TOO_LATE)
    else:
        floor = _floor(rule, household, contact, dates)
        if floor is not None and moment <= floor:
            return None
        moved = into_window(moment, zone=dates.zone, after=floor, before=expires_at)
        ideal, skip = (moment, str(Skip.NIGHT)) if moved is None else (moved, "")
    return Line(contact.key, rule.kind, occasion, rule.key, ideal, expires_at, skip)


def rule_moment(rule: RuleLine, household: Household, dates: Dates) -> datetime | None:
    """When the rule speaks to this household by the dates of now, moved into the window (UTC).

    None where it never does: the moment was over when the host wrote or moved the line, or the mail
    would have lost its use by then. Whether the household is the rule's audience is not asked.
    """
    moment = _moment(rule, household, dates)
    if moment is None or (rule.since is not None and moment <= rule.since):
        return None
    expires_at = _expires_at(rule.kind, moment, household, dates)
    if moment >= expires_at:
        return None
    return into_window(moment, zone=dates.zone, after=rule.since, before=expires_at)


def _speaks_to(rule: RuleLine, household: Household, contact: ContactState) -> bool:
    """Whether this household and contact are the rule's audience."""
    if contact.stopped or not _notice_fits(rule, household):
        return False
    match rule.kind:
        case Kind.REMINDER:
            silent = household.answer == Answer.SILENT and not household.disputed
            return silent and bool(reached_by(contact, Kind.INVITATION))
        case Kind.FOLLOW_UP:
            return household.answer == Answer.TENTATIVE and not household.disputed
        case Kind.STILL_ON:
            # They answered, so they know of the party, by mail or by slip or by telephone
            return household.answer in _STILL_ON_TO or household.disputed
        case _:
            return False


def _notice_fits(rule: RuleLine, household: Household) -> bool:
    if rule.min_notice is None and rule.max_notice is None:
        return True
    if household.invited_at is None or household.reply_by_at is None:
        return False
    notice = notice_days(household.invited_at, household.reply_by_at)
    return (rule.min_notice is None or rule.min_notice <= notice) and (
        rule.max_notice is None or notice <= rule.max_notice
    )


def _moment(rule: RuleLine, household: Household, dates: Dates) -> datetime | None:
    """The rule's own moment in UTC, night or not; None if there is nothing to count from."""
    if rule.anchor == Anchor.HALF_WAY:
        return _half_way(household)
    day = _day(rule, household, dates)
    clock = rule.at or (time(18) if rule.anchor == Anchor.AFTER_INVITING else time(9))
    return None if day is None else resolve(day, clock, dates.zone)


def _half_way(household: Household) -> datetime | None:
    if household.invited_at is None or household.reply_by_at is None:
        return None
    half = (household.reply_by_at - household.invited_at) / 2
    return (household.invited_at + half).astimezone(UTC)


def _day(rule: RuleLine, household: Household, dates: Dates) -> date | None:
    """The local date of the rule: arithmetic on dates, never on instants."""
    days = timedelta(days=rule.days)
    match rule.anchor:
        case Anchor.BEFORE_PARTY:
            return local_day(dates.starts_at, dates.zone) - days
        case Anchor.AFTER_INVITING if household.invited_at is not None:
            return local_day(household.invited_at, dates.zone) + days
        case Anchor.BEFORE_REPLY_BY if household.reply_by_at is not None:
            return local_day(household.reply_by_at, dates.zone) - days
        case Anchor.NAMED_DAY:
            return _named_day(household, dates.zone)
        case _:
            return None


def _named_day(household: Household, zone: str) -> date | None:
    if household.reply_by_at is None:
        return household.know_by
    reply_by = local_day(household.reply_by_at, zone)
    return reply_by if household.know_by is None else min(household.know_by, reply_by + _DAY)


def _expires_at(kind: Kind, moment: datetime, household: Household, dates: Dates) -> datetime:
    """When the mail loses its use: never later than the start of the party."""
    ends = [dates.starts_at]
    if kind == Kind.REMINDER and household.reply_by_at is not None:
        ends.append(household.reply_by_at)
    if kind == Kind.FOLLOW_UP:
        ends.append(resolve(local_day(moment, dates.zone) + _DAY, _MIDNIGHT, dates.zone))
    return min(ends).astimezone(UTC)


def _floor(
    rule: RuleLine, household: Household, contact: ContactState, dates: Dates
) -> datetime | None:
    """The instant up to which the rule's moment is void: something newer was said by then.

    The invitation, a "changed", the parent's own answer, or the host who wrote the line.
    """
    marks = [household.invited_at, contact.since, dates.revised_at, rule.since]
    if rule.kind != Kind.REMINDER:
        marks.append(household.answered_at)
    return max((mark for mark in marks if mark is not None), default=None)
