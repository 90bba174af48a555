"""What a simulated world is made of: parties, homes, contacts, addresses, mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from parties.schedule import (
    REPLY_BY_CLOCK,
    Answer,
    ContactState,
    Dates,
    Kind,
    RuleLine,
    Told,
    invitation_reply_by,
    resolve,
)

COMING = (Answer.ACCEPTED, Answer.VIDEO, Answer.TENTATIVE)


class Fate(StrEnum):
    """What the mail server does with a mail that was handed to it."""

    TAKEN = "taken"
    UNCLEAR = "unclear"
    LATER = "later"
    REFUSED = "refused"
    DEAD = "dead"


@dataclass
class Address:
    name: str
    last: datetime | None = None
    dead: bool = False


@dataclass
class Mail:
    contact: Contact
    kind: Kind
    occasion: str
    rule: str | None
    not_before: datetime
    expires_at: datetime
    created_at: datetime
    state: str = "queued"
    attempts: int = 0
    handed_at: datetime | None = None
    revision: int | None = None

    @property
    def reached(self) -> bool:
        return self.state in ("sent", "uncertain")

    @property
    def told(self) -> Told:
        at = self.handed_at or self.created_at
        return Told(self.kind, self.occasion, at, self.reached, self.revision)


@dataclass
class Contact:
    key: str
    home: Home
    address: Address
    since: datetime
    stopped: bool = False
    retired: bool = False
    newest: tuple[str, Answer, datetime] | None = None
    mails: list[Mail] = field(default_factory=list)

    def state(self, reminders: int) -> ContactState:
        return ContactState(
            key=self.key,
            since=self.since,
            mailable=not self.retired and not self.address.dead,
            stopped=self.stopped,
            told=tuple(mail.told for mail in self.mails),
            last_plan_mail_at=self.address.last,
            reminders=reminders,
            confirm=(self.newest[0], self.newest[2]) if self.newest else None,
        )


@dataclass
class Home:
    party: Party
    invited_at: datetime
    contacts: list[Contact] = field(default_factory=list)
    know_by: date | None = None
    next_mail_at: datetime | None = None
    withdrawn: bool = False

    @property
    def reply_by_at(self) -> datetime:
        party = self.party
        return invitation_reply_by(
            party_reply_by=party.reply_by,
            zone=party.zone,
            invited_at=self.invited_at,
            starts_at=party.starts_at,
        )

    @property
    def said(self) -> list[tuple[str, Answer, datetime]]:
        return [one.newest for one in self.contacts if one.newest and not one.retired]

    @property
    def answer(self) -> Answer:
        order = [*COMING, Answer.DECLINED]
        return min((answer for _, answer, _ in self.said), key=order.index, default=Answer.SILENT)

    @property
    def disputed(self) -> bool:
        return len({answer for _, answer, _ in self.said}) > 1


@dataclass
class Party:
    zone: str
    day: date
    starts: time
    hours: int
    reply_by: date
    rules: dict[str, RuleLine]
    off: set[str] = field(default_factory=set)
    homes: list[Home] = field(default_factory=list)
    revision: int = 1
    revised_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def starts_at(self) -> datetime:
        return resolve(self.day, self.starts, self.zone)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(hours=self.hours)

    @property
    def reply_by_at(self) -> datetime:
        return resolve(self.reply_by, REPLY_BY_CLOCK, self.zone)

    @property
    def lines(self) -> list[RuleLine]:
        return [line for key, line in self.rules.items() if key not in self.off]

    @property
    def dates(self) -> Dates:
        return Dates(
            self.zone,
            self.starts_at,
            self.ends_at,
            self.revision,
            self.revised_at,
            self.cancelled_at,
        )


@dataclass(frozen=True)
class Handed:
    """A mail that went, or perhaps went, with the facts of that moment. `party` names the party."""

    kind: Kind
    address: str
    party: int
    at: datetime
    zone: str
    starts_at: datetime
    reply_by_at: datetime
