"""What went out and what goes out next, as the host reads it: lines with a moment and a count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from guests.household import Gathered
from guests.models import OutgoingEmail, State
from guests.models.mail import REACHED
from guests.reasons import Reason
from parties.models import Party
from parties.schedule import RuleLine, Step, rule_moment, window
from parties.words import PLAN_KINDS, Kind

# When, what, by which rule, and why it will be dropped (a `Reason`, or empty).
_Key = tuple[datetime, Kind, str | None, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline. `at` is UTC; `homes` is a number of households, `mails` of mails.

    `why` is empty for what went or will go, else why it was or will be dropped (a `Reason`).
    """

    at: datetime
    kind: Kind
    rule: str | None
    homes: int
    mails: int
    done: bool
    why: str = ""


def upcoming(gathered: Iterable[Gathered], now: datetime) -> list[Line]:
    """What goes out next if nobody answers, the soonest first. What is overdue goes now.

    Mails that wait in the outbox are among it. All confirmations are one line, at the soonest.
    """
    homes: dict[_Key, list[int]] = defaultdict(list)
    for one in gathered:
        for at, kind, rule, why in (*_planned(one, now), *_waiting(one, now)):
            homes[at, kind, rule, why].append(one.invitation.pk)
    _join_confirmations(homes)
    return [
        Line(at, kind, rule, len(set(found)), len(found), done=False, why=why)
        for (at, kind, rule, why), found in sorted(homes.items(), key=lambda item: item[0][0])
    ]


def done(gathered: Iterable[Gathered]) -> list[Line]:
    """What went out, by local day and kind, oldest first."""
    groups: dict[tuple[date, Kind, str | None], list[tuple[datetime, int]]] = defaultdict(list)
    for one in gathered:
        for mail in one.invitation.mails.all():
            if mail.kind == Kind.CONFIRMATION:
                continue  # one of these a home would bury what the host looks for
            if mail.state in REACHED and mail.handed_at is not None:
                day = mail.handed_at.astimezone(one.party.zone).date()
                rule = str(mail.rule_id) if mail.rule_id else None
                groups[day, Kind(mail.kind), rule].append((mail.handed_at, one.invitation.pk))
    lines = [
        Line(
            min(at for at, _home in found),
            kind,
            rule,
            len({home for _at, home in found}),
            len(found),
            done=True,
        )
        for (_day, kind, rule), found in groups.items()
    ]
    return sorted(lines, key=lambda line: line.at)


def steps_to_come(one: Gathered, now: datetime) -> list[Step]:
    """The plan's own steps, taking it that the invitations on their way arrive."""
    to_invite = [step for step in one.steps() if step.kind is Kind.INVITATION]
    after = [step for step in one.if_invited(now).steps() if step.kind is not Kind.INVITATION]
    return [*to_invite, *after]


def _planned(one: Gathered, now: datetime) -> Iterator[_Key]:
    """What the plan has still to say."""
    for step in steps_to_come(one, now):
        at = max(step.at, from_now_on(step.kind, one.party, now))
        yield at, step.kind, step.rule, step.skip


def waiting(one: Gathered, now: datetime) -> Iterator[tuple[OutgoingEmail, datetime, str]]:
    """The mails that the plan has made and nobody has handed over yet: when they go, or why not.

    As the judge will say it: a line may have been moved or switched off since.
    """
    lines = {rule.key: rule for rule in one.rules}
    for mail in one.invitation.mails.all():
        if mail.state not in (State.QUEUED, State.CLAIMED):
            continue
        at, why = max(mail.not_before, now), ""
        if mail.kind in PLAN_KINDS and mail.occasion.isdigit():
            line = lines.get(str(mail.rule_id))
            if line is None and mail.kind == Kind.STILL_ON:
                line = next((other for other in one.rules if other.kind == mail.kind), None)
            at, why = _by_its_line(line, one, at)
        yield mail, at, why


def _by_its_line(line: RuleLine | None, one: Gathered, at: datetime) -> tuple[datetime, str]:
    if line is None:
        return at, Reason.RULE_OFF
    if line.since is None:
        return at, ""
    moment = rule_moment(line, one.household, one.party.dates)
    return (at, Reason.RULE_MOVED) if moment is None else (max(at, moment), "")


def _waiting(one: Gathered, now: datetime) -> Iterator[_Key]:
    for mail, at, why in waiting(one, now):
        yield at, Kind(mail.kind), str(mail.rule_id) if mail.rule_id else None, why


def _join_confirmations(homes: dict[_Key, list[int]]) -> None:
    """One line for all: after ten answers, ten of them would bury what the host looks for."""
    keys = sorted(key for key in homes if key[1] is Kind.CONFIRMATION and not key[3])
    for later in keys[1:]:
        homes[keys[0]] += homes.pop(later)


def from_now_on(kind: Kind, party: Party, now: datetime) -> datetime:
    """The soonest that an overdue mail can go: at night the plan waits for the morning."""
    return window(now, party.timezone) if kind in PLAN_KINDS else now
