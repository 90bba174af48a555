"""The whole timeline, home by home: what is coming, what went, and what did not and why.

What is coming is what the plan itself would say (`parties.schedule.steps`), and no guess beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from guests.household import Gathered
from guests.models import OutgoingEmail, State
from guests.models.delivery import Fate
from guests.reasons import Reason
from guests.telling import NOBODY
from guests.timeline import from_now_on, steps_to_come, waiting
from parties.words import Kind

# Taken by a server first, and returned later.
_CAME_BACK = {
    Fate.HARD.value: Reason.BOUNCED,
    Fate.POLICY.value: Reason.REFUSED,
    Fate.SOFT.value: Reason.TRIED_ENOUGH,
}


class Became(StrEnum):
    """What became, or will become, of a mail."""

    GOES = "goes"
    SENT = "sent"
    HELD = "held"  # nobody knows whether it arrived, and it does not go again
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Part:
    """Homes of one entry that fare alike; `why` is a `Reason`, or empty."""

    became: Became
    why: str
    homes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Mails of one kind and line at one moment (UTC), or on one local day once they went."""

    at: datetime
    kind: Kind
    rule: str | None
    parts: tuple[Part, ...]

    def homes(self, *became: Became) -> tuple[int, ...]:
        """The homes with a mail that became one of these, each once."""
        found = [home for part in self.parts if part.became in became for home in part.homes]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Digest:
    """One mail to the hosts that told them what could not go out; `at` is None until it goes."""

    at: datetime | None
    homes: tuple[int, ...]
    mails: int


# When, what, by which line, what becomes of it, why, and to which home.
_Said = tuple[datetime, Kind, str | None, Became, str, int]


def coming(gathered: Sequence[Gathered], now: datetime) -> list[Entry]:
    """What goes out from now on if nobody answers, the soonest first, and what will not."""
    said = [one for home in gathered for one in _coming(home, now)]
    going: dict[tuple[datetime, Kind, str | None], list[_Said]] = defaultdict(list)
    for one in said:
        if one[3] is Became.GOES:
            going[one[:3]].append(one)
    _join_confirmations(going)
    days = {_day_key(key, gathered): key for key in sorted(going, key=lambda key: key[0])}
    for one in said:
        if one[3] is not Became.GOES:
            # beside those that go by the same line that day
            going[days.get(_day_key(one[:3], gathered), one[:3])].append(one)
    entries = [_entry(*key, found) for key, found in going.items()]
    return sorted(entries, key=lambda entry: (entry.at, entry.kind))


def past(gathered: Sequence[Gathered]) -> list[Entry]:
    """What went and what did not, by local day, kind and line, the latest first."""
    groups: dict[tuple[date, Kind, str | None], list[_Said]] = defaultdict(list)
    for home in gathered:
        for mail in home.invitation.mails.all():
            one = _ended(mail)
            if one is not None:
                day = one[0].astimezone(home.party.zone).date()
                groups[day, one[1], one[2]].append(one)
    entries = [
        _entry(min(one[0] for one in found), kind, rule, found)
        for (_day, kind, rule), found in groups.items()
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def digests(gathered: Sequence[Gathered]) -> list[Digest]:
    """The mails that told the hosts what could not go out; one an outage.

    `told_at` is read from the mails, where the query has given it to them.
    """
    found: dict[str, list[OutgoingEmail]] = defaultdict(list)
    for home in gathered:
        for mail in home.invitation.mails.all():
            if mail.told not in ("", NOBODY):
                found[mail.told].append(mail)
    return [
        Digest(
            at=max((at for mail in mails if (at := getattr(mail, "told_at", None))), default=None),
            homes=tuple(dict.fromkeys(mail.invitation_id or 0 for mail in mails)),
            mails=len(mails),
        )
        for _occasion, mails in sorted(found.items())
    ]


def _coming(home: Gathered, now: datetime) -> Iterator[_Said]:
    pk = home.invitation.pk
    for step in steps_to_come(home, now):
        if step.skip:
            at = max(step.ideal, now)
            yield at, step.kind, step.rule, Became.SKIPPED, step.skip, pk
        else:
            at = max(step.at, from_now_on(step.kind, home.party, now))
            yield at, step.kind, step.rule, Became.GOES, "", pk
    for mail, at, why in waiting(home, now):
        became = Became.SKIPPED if why else Became.GOES
        yield at, Kind(mail.kind), _rule(mail), became, why, pk


def _ended(mail: OutgoingEmail) -> _Said | None:
    """What became of a mail that the outbox is done with; None for what nobody looks for."""
    became, why = _became(mail)
    if became is None or (mail.kind == Kind.CONFIRMATION and why == Reason.SUPERSEDED):
        return None
    at = mail.handed_at or mail.not_before
    return at, Kind(mail.kind), _rule(mail), became, why, mail.invitation_id or 0


def _became(mail: OutgoingEmail) -> tuple[Became | None, str]:
    match mail.state:
        case State.SENT | State.UNCERTAIN if mail.fate in _CAME_BACK:
            return Became.FAILED, _CAME_BACK[mail.fate]
        case State.SENT | State.HANDING:
            return Became.SENT, ""
        case State.UNCERTAIN:
            return Became.HELD, mail.reason or Reason.UNCLEAR
        case State.FAILED:
            return Became.FAILED, mail.reason
        case State.SKIPPED:
            return Became.SKIPPED, mail.reason
    return None, ""


def _entry(at: datetime, kind: Kind, rule: str | None, said: Iterable[_Said]) -> Entry:
    """Its parts; a home that gets the mail through another grown-up is no home that is skipped."""
    homes: dict[tuple[Became, str], dict[int, None]] = defaultdict(dict)
    for _at, _kind, _rule_key, became, why, home in said:
        homes[became, why][home] = None
    reached = {
        home
        for (became, _why), found in homes.items()
        if became in (Became.GOES, Became.SENT)
        for home in found
    }
    parts = []
    for (became, why), found in homes.items():
        left = tuple(h for h in found if became is not Became.SKIPPED or h not in reached)
        if left:
            parts.append(Part(became, str(why), left))
    order = list(Became)
    parts.sort(key=lambda part: (order.index(part.became), -len(part.homes), part.why))
    return Entry(at, kind, rule, tuple(parts))


def _day_key(
    key: tuple[datetime, Kind, str | None], gathered: Sequence[Gathered]
) -> tuple[date, Kind, str | None]:
    zone = gathered[0].party.zone
    return key[0].astimezone(zone).date(), key[1], key[2]


def _join_confirmations(going: dict[tuple[datetime, Kind, str | None], list[_Said]]) -> None:
    """One entry for all: after ten answers, ten of them would bury what the host looks for."""
    keys = sorted(key for key in going if key[1] is Kind.CONFIRMATION)
    for later in keys[1:]:
        going[keys[0]] += going.pop(later)


def _rule(mail: OutgoingEmail) -> str | None:
    return str(mail.rule_id) if mail.rule_id else None
