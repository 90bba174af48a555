"""A simulated world for the plan: parties, homes, a clock, and mail that goes or does not.

It drives the pure functions as the planner and the commit point drive them: `steps`, `due`, and
`permitted` again at the moment of sending. What was asked at which moment is written down, and
`handed` is what a mail server would have taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from parties.schedule import (
    MAX_REMINDERS,
    SPACING,
    Answer,
    Dates,
    Household,
    Kind,
    RuleLine,
    Step,
    due,
    next_moment,
    permitted,
    steps,
)
from tests.parties.world_things import COMING, Address, Contact, Fate, Handed, Home, Mail, Party

SPACED = frozenset({Kind.REMINDER, Kind.FOLLOW_UP})
OF_THE_PLAN = SPACED | {Kind.STILL_ON}
TO_THE_END = frozenset({Kind.CANCELLED, Kind.CONFIRMATION})
TICK = timedelta(seconds=30)
BY_HAND = "by hand"
HASTE = timedelta(minutes=1)
"""A mail that must wait does so at least this long, as in the outbox."""


class World:
    """`now` moves forward only. A home whose `next_mail_at` has come is planned by `wake`."""

    def __init__(self, now: datetime, parties: list[Party]) -> None:
        self.now = now
        self.parties = parties
        self.handed: list[Handed] = []
        self.answers = 0
        self.addresses: list[Address] = []

    @property
    def homes(self) -> Iterator[Home]:
        return (home for party in self.parties for home in party.homes)

    @property
    def mails(self) -> list[Mail]:
        return [mail for home in self.homes for one in home.contacts for mail in one.mails]

    def invite(self, party: Party, *addresses: Address) -> Home:
        home = Home(party, self.now, next_mail_at=self.now)
        party.homes.append(home)
        for address in addresses:
            self.add_contact(home, address)
        return home

    def add_contact(self, home: Home, address: Address) -> Contact:
        number = sum(len(other.contacts) for other in self.homes)
        stopped = any(one.stopped for one in self._sharing(address, home.party))
        contact = Contact(f"c{number}", home, address, self.now, stopped)
        home.contacts.append(contact)
        home.next_mail_at = self.now
        return contact

    def answer(self, contact: Contact, answer: Answer, know_by: date | None = None) -> None:
        self.answers += 1
        contact.newest = (str(self.answers), answer, self.now)
        contact.home.know_by = know_by
        contact.home.next_mail_at = self.now

    def stop(self, contact: Contact, *, stopped: bool = True) -> None:
        for one in self._sharing(contact.address, contact.home.party):
            one.stopped = stopped
            one.home.next_mail_at = self.now

    def withdraw(self, home: Home) -> None:
        home.withdrawn, home.next_mail_at = True, None

    def look_again(self, party: Party) -> None:
        for home in party.homes:
            if not home.withdrawn:
                home.next_mail_at = self.now

    def remind(self, contact: Contact) -> None:
        """The host's "send a reminder now"; waits where it is night, and else goes or does not."""
        home = contact.home
        kinds = [(mail.kind, mail.state) for mail in contact.mails]
        if (Kind.REMINDER, "queued") in kinds:
            return
        if not any(mail.reached and mail.kind == Kind.INVITATION for mail in contact.mails):
            return
        occasion = f"{BY_HAND} {len(contact.mails)}"
        end = min(home.reply_by_at, home.party.starts_at)
        mail = Mail(contact, Kind.REMINDER, occasion, None, self.now, end, self.now)
        if self.verdict(mail) is not None:
            contact.mails.append(mail)

    def moments(self) -> list[datetime]:
        """When somebody has something to do; what is overdue is done at the next tick."""
        found = [home.next_mail_at for home in self.homes]
        found += [mail.not_before for mail in self.mails if mail.state == "queued"]
        return sorted(max(moment, self.now + TICK) for moment in found if moment is not None)

    def wake(self, fates: Iterator[Fate]) -> None:
        """One tick, and the queue is drained."""
        self.plan()
        self.drain(fates)

    def plan(self) -> None:
        for home in self.homes:
            if home.next_mail_at is None or home.next_mail_at > self.now:
                continue
            found = due(self.steps(home), self.now)
            for step in found.go:
                self._queue(home, step, "queued")
            for step, _why in found.drop:
                self._queue(home, step, "skipped")
            home.next_mail_at = self.next_moment(home)

    def drain(self, fates: Iterator[Fate]) -> None:
        for mail in self.mails:
            if mail.state != "queued" or mail.not_before > self.now:
                continue
            at = self.verdict(mail)
            if at is None:
                mail.state = "skipped"
            elif at > self.now:
                mail.not_before = max(at, self.now + HASTE)
            else:
                self._hand(mail, next(fates))

    def steps(self, home: Home) -> list[Step]:
        return [] if home.withdrawn else steps(self._household(home), *self._facts(home))

    def next_moment(self, home: Home) -> datetime | None:
        return None if home.withdrawn else next_moment(self._household(home), *self._facts(home))

    def reminders(self, address: Address, party: Party) -> int:
        return sum(
            mail.reached and mail.kind == Kind.REMINDER
            for one in self._sharing(address, party)
            for mail in one.mails
        )

    def verdict(self, mail: Mail) -> datetime | None:
        """When the mail may go (`now`: at once), None: never. What the judge says, in short."""
        contact, home = mail.contact, mail.contact.home
        party, now = home.party, self.now
        if home.withdrawn or contact.retired or contact.address.dead:
            return None
        if mail.kind != Kind.CANCELLED and party.cancelled_at is not None:
            return None
        end = self._expires_at(mail)
        if now >= (party.ends_at if mail.kind in TO_THE_END else party.starts_at) or now >= end:
            return None
        if not self._fits(mail):
            return None
        if mail.kind not in OF_THE_PLAN:
            return now
        enough = self.reminders(contact.address, party) >= MAX_REMINDERS
        if mail.kind == Kind.REMINDER and enough:
            return None
        last = contact.address.last if mail.kind in SPACED else None
        if last is not None and last == mail.handed_at:
            last = None
        return permitted(now, zone=party.zone, last_plan_mail_at=last, expires_at=end)

    def _fits(self, mail: Mail) -> bool:
        home, contact = mail.contact.home, mail.contact
        party = home.party
        if mail.kind in OF_THE_PLAN:
            ruled = mail.rule is None or (mail.rule in party.rules and mail.rule not in party.off)
            if contact.stopped or not ruled:
                return False
        current = mail.occasion == str(party.revision)
        match mail.kind:
            case Kind.REMINDER:
                return home.answer == Answer.SILENT and not home.disputed
            case Kind.FOLLOW_UP:
                return home.answer == Answer.TENTATIVE and not home.disputed
            case Kind.STILL_ON:
                return (home.answer in COMING or home.disputed) and current
            case Kind.CHANGED:
                return (home.answer != Answer.DECLINED or home.disputed) and current
            case Kind.CONFIRMATION:
                return contact.newest is not None and contact.newest[0] == mail.occasion
            case _:
                return True

    def _expires_at(self, mail: Mail) -> datetime:
        party = mail.contact.home.party
        if mail.kind == Kind.REMINDER:
            return min(mail.contact.home.reply_by_at, party.starts_at)
        if mail.kind == Kind.FOLLOW_UP:
            return min(mail.expires_at, party.starts_at)
        return party.ends_at if mail.kind in TO_THE_END else party.starts_at

    def _hand(self, mail: Mail, fate: Fate) -> None:
        contact, party = mail.contact, mail.contact.home.party
        if mail.kind in SPACED:
            contact.address.last = self.now
        if mail.kind == Kind.INVITATION:
            contact.home.next_mail_at = self.now
        mail.handed_at, mail.revision = self.now, party.revision
        mail.attempts += 1
        match fate:
            case Fate.LATER:
                mail.not_before = self.now + timedelta(minutes=5 * 2**mail.attempts)
                self._give_back(mail)
            case Fate.REFUSED | Fate.DEAD:
                mail.state = "failed"
                contact.address.dead |= fate == Fate.DEAD
                self._give_back(mail)
            case _:
                mail.state = "sent" if fate == Fate.TAKEN else "uncertain"
                facts = (party.zone, party.starts_at, contact.home.reply_by_at)
                who = (mail.kind, contact.address.name, id(party))
                self.handed.append(Handed(*who, self.now, *facts))

    def _give_back(self, mail: Mail) -> None:
        """What the server did not take is no reason for anything else to wait."""
        address, handed_at, mail.handed_at = mail.contact.address, mail.handed_at, None
        if mail.kind not in SPACED or address.last != handed_at or handed_at is None:
            return
        others = [one for one in self.mails if one.contact.address is address]
        spaced = [one for one in others if one.kind in SPACED]
        gone = [one.handed_at for one in spaced if one.reached and one.handed_at]
        address.last = max(gone, default=None)
        for one in spaced:
            if one.state == "queued" and one is not mail:
                waited = one.not_before >= handed_at + SPACING
                one.not_before = self.now if waited else one.not_before
        for home in self.homes:
            if any(one.address is address for one in home.contacts) and home.next_mail_at:
                home.next_mail_at = min(home.next_mail_at, self.now)

    def _queue(self, home: Home, step: Step, state: str) -> None:
        contact = next(one for one in home.contacts if one.key == step.contact)
        assert not any((m.kind, m.occasion) == (step.kind, step.occasion) for m in contact.mails)
        if step.kind in SPACED and state == "queued":
            for mail in contact.mails:
                if mail.kind in SPACED and mail.state == "queued":
                    mail.state = "skipped"
        now, end = self.now, step.expires_at
        mail = Mail(contact, step.kind, step.occasion, step.rule, now, end, now, state)
        contact.mails.append(mail)

    def _household(self, home: Home) -> Household:
        answered = max((at for _, _, at in home.said), default=None)
        contacts = [
            one.state(self.reminders(one.address, home.party))
            for one in home.contacts
            if not one.retired
        ]
        return Household(
            answer=home.answer,
            disputed=home.disputed,
            know_by=home.know_by,
            answered_at=answered,
            invited_at=home.invited_at,
            reply_by_at=home.reply_by_at,
            contacts=tuple(contacts),
        )

    def _facts(self, home: Home) -> tuple[Dates, list[RuleLine]]:
        return home.party.dates, home.party.lines

    def _sharing(self, address: Address, party: Party) -> list[Contact]:
        return [one for home in party.homes for one in home.contacts if one.address is address]


def moved(line: RuleLine, now: datetime, **over: object) -> RuleLine:
    """A line that the host has moved just now."""
    return replace(line, since=now, **over)  # type: ignore[arg-type]
