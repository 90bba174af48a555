"""The plan of one household: every mail it has still to get, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from parties.schedule.lines import Line, line_of, reached_by, was_told
from parties.schedule.times import CONFIRM_AFTER, MAX_REMINDERS, permitted
from parties.schedule.words import (
    FIRST,
    ONCE,
    Answer,
    ContactState,
    Dates,
    Household,
    Kind,
    RuleLine,
    Skip,
    Step,
)


def steps(household: Household, dates: Dates, rules: Iterable[RuleLine]) -> list[Step]:
    """Every step not yet told, of all contacts, ordered by moment.

    Later steps of a contact are judged as if the earlier ones go (20 hours, 3 reminders).
    """
    lines = tuple(rules)
    found: list[Step] = []
    for contact in household.contacts:
        if not contact.mailable:
            continue
        found += _that_follow_an_act(household, contact, dates)
        if dates.cancelled_at is None:
            found += _of_rules(household, contact, dates, lines)
    return sorted(found, key=lambda s: (s.at, s.ideal, s.contact, s.kind, s.occasion))


def next_moment(household: Household, dates: Dates, rules: Iterable[RuleLine]) -> datetime | None:
    """The earliest moment (UTC) at which `due` has something to say of this household.

    It is the earliest `own_at` of the steps. None: the plan has nothing more to say.
    """
    return min((step.own_at for step in steps(household, dates, rules)), default=None)


def _that_follow_an_act(household: Household, contact: ContactState, dates: Dates) -> list[Step]:
    """Mail that follows somebody's own act, and so goes at any hour."""
    if dates.cancelled_at is not None:
        if not (reached_by(contact) or _answered(household)):
            return []
        return _act(contact, Kind.CANCELLED, ONCE, dates.cancelled_at, dates.ends_at)
    found: list[Step] = []
    if household.invited_at is not None:
        moment = max(household.invited_at, contact.since)
        found += _act(contact, Kind.INVITATION, FIRST, moment, dates.starts_at)
    if dates.revised_at is not None and _needs_change(household, contact, dates):
        moment = max(dates.revised_at, contact.since)
        found += _act(contact, Kind.CHANGED, str(dates.revision), moment, dates.starts_at)
    if contact.confirm is not None:
        occasion, answered_at = contact.confirm
        moment = answered_at + CONFIRM_AFTER
        found += _act(contact, Kind.CONFIRMATION, occasion, moment, dates.ends_at)
    return found


def _act(
    contact: ContactState, kind: Kind, occasion: str, moment: datetime, expires_at: datetime
) -> list[Step]:
    """The one step, or none if it was told."""
    if was_told(contact, kind, occasion):
        return []
    skip = "" if moment < expires_at else Skip.TOO_LATE
    line = Line(contact.key, kind, occasion, "", moment, expires_at.astimezone(UTC), skip)
    return [_step(line, (min(moment, expires_at), skip))]


def _answered(household: Household) -> bool:
    return household.answer != Answer.SILENT or household.disputed


def _needs_change(household: Household, contact: ContactState, dates: Dates) -> bool:
    """Whether the contact knows an older revision than the present one."""
    if dates.revision <= 1:
        return False
    if household.answer == Answer.DECLINED and not household.disputed:
        return False
    carried = reached_by(contact, Kind.INVITATION, Kind.CHANGED)
    if carried:
        newest = max(carried, key=lambda mail: mail.at)
        return (newest.revision or 1) < dates.revision
    # No mail reached them: one still to come will carry the present facts. Those who answered
    # the older facts, by slip or telephone, and wait for no invitation, are told nevertheless.
    if household.invited_at is not None and not was_told(contact, Kind.INVITATION, FIRST):
        return False
    answered_at = household.answered_at
    earlier = dates.revised_at is None or answered_at is None or answered_at <= dates.revised_at
    return _answered(household) and earlier


def _of_rules(
    household: Household, contact: ContactState, dates: Dates, rules: Sequence[RuleLine]
) -> list[Step]:
    """The contact's steps from the lines of the plan."""
    lines = [line_of(rule, household, contact, dates) for rule in rules]
    mine = sorted((line for line in lines if line), key=lambda line: (line.ideal, line.rule))
    once = [line for line in mine if line.kind == Kind.STILL_ON]
    spaced = [line for line in mine if line.kind != Kind.STILL_ON]
    found = _spaced(spaced, contact, dates.zone)
    if once:
        # Once for each revision, however many lines of this kind. Those that go come first: what
        # is skipped lies in the last night before the party, or not before it at all.
        found.append(_step(once[0], (once[0].ideal, once[0].skip)))
    return found


def _spaced(lines: Sequence[Line], contact: ContactState, zone: str) -> list[Step]:
    """Reminders and follow-ups, in order, each judged as if those before it go."""
    last, reminders = contact.last_plan_mail_at, contact.reminders
    found: list[Step] = []
    for index, line in enumerate(lines):
        own = _verdict(line, zone, contact.last_plan_mail_at, contact.reminders)
        at, skip = _verdict(line, zone, last, reminders)
        if not skip and any(
            _goes_by(at, later, zone, last, reminders) for later in lines[index + 1 :]
        ):
            skip = Skip.SUPERSEDED
        if skip:
            at = own[0] if not own[1] else line.ideal
        else:
            last = at
            reminders += line.kind == Kind.REMINDER
        found.append(_step(line, own, (at, skip)))
    return found


def _verdict(line: Line, zone: str, last: datetime | None, reminders: int) -> tuple[datetime, str]:
    """When the line may go and "", or when it is dropped and why.

    What the address's other mail forbids is dropped when it might have gone, or at its end: that
    moment never moves forward by a mail of another party, which nobody here hears of.
    """
    if line.skip:
        return line.ideal, line.skip
    at = permitted(line.ideal, zone=zone, last_plan_mail_at=last, expires_at=line.expires_at)
    if line.kind == Kind.REMINDER and reminders >= MAX_REMINDERS:
        return at or line.expires_at, Skip.ENOUGH_REMINDERS
    return (line.expires_at, Skip.TOO_CLOSE) if at is None else (at, "")


def _goes_by(
    moment: datetime, line: Line, zone: str, last: datetime | None, reminders: int
) -> bool:
    at, skip = _verdict(line, zone, last, reminders)
    return not skip and at <= moment


def _step(
    line: Line, own: tuple[datetime, str], planned: tuple[datetime, str] | None = None
) -> Step:
    at, skip = planned or own
    return Step(
        contact=line.contact,
        kind=line.kind,
        occasion=line.occasion,
        rule=line.rule or None,
        at=at.astimezone(UTC),
        expires_at=line.expires_at,
        skip=str(skip),
        ideal=line.ideal.astimezone(UTC),
        own_at=own[0].astimezone(UTC),
        own_skip=str(own[1]),
    )
