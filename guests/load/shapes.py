"""What the homes and parties of a load look like, and what the plan has still to say to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from parties.alarm import Level, Table, level, rises_above
from parties.models import Party
from parties.models.party import ENOUGH
from parties.schedule import (
    CONFIRM_AFTER,
    DEFAULT_RULES,
    FIRST,
    ContactState,
    Household,
    Told,
    invitation_reply_by,
    next_moment,
)
from parties.words import Answer, Kind

# Of ten homes seven say nothing yet, two come and one does not.
SHARES = (Answer.SILENT,) * 7 + (Answer.ACCEPTED,) * 2 + (Answer.DECLINED,)
# Parties lie so many days ahead: no reminder is due before the day after tomorrow.
_SOONEST, _DAYS = 14, 45
_ANSWERED = timedelta(hours=20)
_INVITED = timedelta(hours=30)
# Where a reminder is due it is day, and stays so for some hours.
_EARLIEST, _LATEST = 9, 14
_ZONES = (
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Dubai",
)
STARTS, ENDS = time(14), time(16, 30)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of party: when it is, when its homes were invited, and until when they answer."""

    zone: str
    day: date
    starts_at: datetime
    ends_at: datetime
    reply_by: date
    invited_at: datetime
    reply_by_at: datetime

    def answered_at(self) -> datetime:
        return self.invited_at + _INVITED - _ANSWERED

    def confirmed_at(self) -> datetime:
        return self.answered_at() + CONFIRM_AFTER


def usual(number: int, now: datetime) -> Shape:
    """The party of that number: not before two weeks, all homes invited a day and a bit ago."""
    zone = _ZONES[0]
    day = _today(now, zone) + timedelta(days=_SOONEST + number % _DAYS)
    return _shape(zone, day, day - timedelta(days=5), now - _INVITED)


def due(now: datetime) -> Shape:
    """A party on short notice: its only reminder to the silent is due at `now`, where it is day."""
    zone = next(zone for zone in _ZONES if _EARLIEST <= _hour(now, zone) < _LATEST)
    today = _today(now, zone)
    # 48 hours to answer; half-way is now.
    return _shape(zone, today + timedelta(days=4), today, now - timedelta(hours=24))


@cache
def next_mail_at(shape: Shape, answer: Answer) -> datetime | None:
    """When the plan has something to say to a home that was invited, and said `answer`."""
    told = [Told(Kind.INVITATION, FIRST, shape.invited_at, reached=True, revision=1)]
    confirm = None
    if answer is not Answer.SILENT:
        confirm = ("1", shape.answered_at())
        told.append(Told(Kind.CONFIRMATION, "1", shape.confirmed_at(), reached=True, revision=1))
    contact = ContactState("1", since=shape.invited_at, told=tuple(told), confirm=confirm)
    household = Household(
        answer=answer,
        disputed=False,
        know_by=None,
        answered_at=None if answer is Answer.SILENT else shape.answered_at(),
        invited_at=shape.invited_at,
        reply_by_at=shape.reply_by_at,
        contacts=(contact,),
    )
    party = Party(timezone=shape.zone, starts_at=shape.starts_at, ends_at=shape.ends_at)
    rules = [rule.line(str(number)) for number, rule in enumerate(DEFAULT_RULES)]
    return next_moment(household, party.dates, rules)


@cache
def alarm(shape: Shape, homes: int, coming: int, now: datetime) -> tuple[Level, datetime | None]:
    """The alarm that the hosts were told of by `now`, and when to look at the party again.

    Of `homes` with one child each so many say yes.
    """
    table = Table(
        zone=shape.zone,
        day=shape.day,
        starts=STARTS,
        reply_by=shape.reply_by,
        enough=ENOUGH,
        coming=coming,
        listed=homes,
        begins_at=shape.invited_at,
    )
    told = level(table, now)
    return told, rises_above(table, told) or (shape.starts_at if told else None)


@cache
def _shape(zone: str, day: date, reply_by: date, invited_at: datetime) -> Shape:
    party = Party(day=day, starts=STARTS, ends=ENDS, timezone=zone)
    party.derive()
    return Shape(
        zone=zone,
        day=day,
        starts_at=party.starts_at,
        ends_at=party.ends_at,
        reply_by=reply_by,
        invited_at=invited_at,
        reply_by_at=invitation_reply_by(
            party_reply_by=reply_by, zone=zone, invited_at=invited_at, starts_at=party.starts_at
        ),
    )


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _hour(now: datetime, zone: str) -> int:
    return now.astimezone(ZoneInfo(zone)).hour
