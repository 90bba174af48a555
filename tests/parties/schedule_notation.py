"""A notation for plans that can be checked by hand: every time is local, in the party's zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parties.schedule import (
    DEFAULT_RULES,
    Anchor,
    Answer,
    ContactState,
    Dates,
    Household,
    Kind,
    RuleLine,
    Step,
    Told,
    steps,
)

NAMES = ("after4", "before2", "last_call", "after2", "half_way", "named", "still_on")
"""Keys for the lines of the default plan, in its order."""

PLAN = tuple(default.line(name) for name, default in zip(NAMES, DEFAULT_RULES, strict=True))


def utc(text: str, zone: str = "UTC") -> datetime:
    """The instant of "2027-06-07 09:00" on the wall in the zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def wall(moment: datetime, zone: str) -> str:
    """The other way round."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def rule(text: str) -> RuleLine:
    """A line of a plan: "key kind anchor days clock", the clock "-" for none."""
    key, kind, anchor, days, clock = text.split()
    at = None if clock == "-" else time.fromisoformat(clock)
    return RuleLine(key, Kind(kind), Anchor(anchor), int(days), at)


@dataclass(frozen=True)
class Parent:
    """A contact. `told` are lines "kind occasion day clock revision [unreached]";
    None stands for an invitation that reached them when they were invited.
    """

    key: str = "anna"
    since: str | None = None
    told: tuple[str, ...] | None = None
    last: str | None = None
    reminders: int = 0
    confirm: str | None = None
    stopped: bool = False
    mailable: bool = True


@dataclass(frozen=True)
class Home:
    """A household and its party: Saturday 19 June 2027 in London unless it says otherwise."""

    parents: tuple[Parent, ...] = (Parent(),)
    zone: str = "Europe/London"
    starts: str = "2027-06-19 14:00"
    invited: str | None = "2027-05-20 10:00"
    reply_by: str | None = "2027-06-14 23:59"
    answer: str = "silent"
    answered: str | None = None
    disputed: bool = False
    know_by: str | None = None
    revision: int = 1
    revised: str | None = None
    cancelled: str | None = None
    rules: tuple[RuleLine, ...] = PLAN

    def utc(self, text: str | None) -> datetime | None:
        return None if text is None else utc(text, self.zone)

    @property
    def dates(self) -> Dates:
        starts = utc(self.starts, self.zone)
        return Dates(
            self.zone,
            starts,
            starts + timedelta(hours=3),
            self.revision,
            self.utc(self.revised),
            self.utc(self.cancelled),
        )

    @property
    def household(self) -> Household:
        return Household(
            answer=Answer(self.answer),
            disputed=self.disputed,
            know_by=None if self.know_by is None else date.fromisoformat(self.know_by),
            answered_at=self.utc(self.answered),
            invited_at=self.utc(self.invited),
            reply_by_at=self.utc(self.reply_by),
            contacts=tuple(self._contact(parent) for parent in self.parents),
        )

    def _contact(self, parent: Parent) -> ContactState:
        since = parent.since or self.invited or "2027-05-01 12:00"
        told = parent.told
        if told is None:
            told = (f"invitation first {since} 1",)
        occasion, _, answered = (parent.confirm or "").partition(" ")
        return ContactState(
            key=parent.key,
            since=utc(since, self.zone),
            mailable=parent.mailable,
            stopped=parent.stopped,
            told=tuple(self._told(line) for line in told),
            last_plan_mail_at=self.utc(parent.last),
            reminders=parent.reminders,
            confirm=(occasion, utc(answered, self.zone)) if answered else None,
        )

    def _told(self, line: str) -> Told:
        kind, occasion, day, clock, revision, *more = line.split()
        at = utc(f"{day} {clock}", self.zone)
        return Told(Kind(kind), occasion, at, "unreached" not in more, int(revision))

    @property
    def steps(self) -> list[Step]:
        return steps(self.household, self.dates, self.rules)

    @property
    def plan(self) -> list[str]:
        """The steps as lines "who kind occasion day clock [reason to skip]"."""
        return lines(self.steps, self.zone)


def lines(found: Iterable[Step], zone: str) -> list[str]:
    """Steps as people read them, in the wall time of the zone."""
    return [
        f"{s.contact} {s.kind} {s.occasion} {wall(s.at, zone)} {s.skip}".rstrip() for s in found
    ]


NO_MAIL: tuple[str, ...] = ()
QUEUED = Parent(told=("invitation first 2027-05-20 10:00 1 unreached",))
LONG = Home()
TENTATIVE = Home(answer="tentative", answered="2027-05-21 08:00")
ACCEPTED = Home(answer="accepted", answered="2027-05-21 08:00")


def check(home: Home, *expected: str) -> None:
    """The whole plan, in its order."""
    assert home.plan == list(expected)
