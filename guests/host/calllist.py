"""The homes worth a call, in order, in the same few queries for any number of homes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.calling import Turn, Why, is_fresh, place
from guests.host import saying
from guests.host.reach import HomeLine, Stand, home_line
from guests.host.sharing import Share, share_of
from guests.host.sharing import saying as spoken
from guests.models import (
    Call,
    Channel,
    Contact,
    Guest,
    Invitation,
    Outcome,
    OutgoingEmail,
    Response,
)
from guests.reasons import Reason, in_words
from guests.wording import day_words, phone_words, reply_by_day
from parties.models import Host, Party

# So many earlier calls of one home are told; more say nothing new.
TOLD = 3
_WHY = {Stand.DISPUTED: Why.DISPUTED, Stand.LOST: Why.LOST, Stand.SILENT: Why.SILENT}


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a home, with the addresses that a tap on it opens."""

    contact: Contact
    shown: str
    sms: str
    chat: str


@dataclass(frozen=True, slots=True)
class WrongNumber:
    """A number that somebody else answered, and the call that says so, to take it back."""

    name: str
    shown: str
    call: Call | None


@dataclass(frozen=True, slots=True)
class Details:
    """What is only worked out for a home that is shown in full."""

    share: Share
    say: str
    numbers: tuple[Number, ...]
    wrong: tuple[WrongNumber, ...]
    without: Contact | None  # somebody whose number is still to be written down
    submission: uuid.UUID


@dataclass(frozen=True, slots=True)
class CallRow:
    """One home that is worth a call: why, and what happened so far."""

    home: HomeLine
    why: Why
    words: str
    mail: str  # how far our mail came, where that says more
    past: tuple[str, ...]
    turn: Turn
    calls: tuple[Call, ...] = field(repr=False)

    @property
    def tag(self) -> str:
        """The word of its tag; "" for an answer that is only to be confirmed."""
        return "" if self.why is Why.TO_CONFIRM else self.home.stand.value

    @property
    def pk(self) -> int:
        return self.home.pk


@dataclass(frozen=True, slots=True)
class DoneLine:
    """What came of a call today. `call`: a message. `response`: an answer, or 0 once it is kept."""

    home: HomeLine
    when: str
    call: Call | None = None
    response: int = 0


def why_of(home: HomeLine, party: Party, now: datetime) -> Why | None:
    """Why this home is worth a call at `now`; None if it is not."""
    if home.stand in _WHY:
        return _WHY[home.stand]
    if home.to_confirm:
        return Why.TO_CONFIRM
    if home.stand is Stand.TENTATIVE:
        known_by = home.invitation.know_by or reply_by_day(home.invitation, party)
        return Why.UNSURE if known_by < now.astimezone(party.zone).date() else None
    return None


class CallList:
    """Whom the host could call about `party` at `now`, the first one first."""

    def __init__(self, party: Party, host: Host, now: datetime) -> None:
        self.party = party
        self.host = host
        self.now = now
        self.today = now.astimezone(party.zone).date()
        self.midnight = datetime.combine(self.today, time(), party.zone)
        self.homes = self._homes()
        self._calls = self._calls_by_home()

    @cached_property
    def rows(self) -> list[CallRow]:
        """The homes to call; not those where a message was left today."""
        found = [self._row(home) for home in self.homes if not self._left_today(home)]
        return sorted((row for row in found if row is not None), key=lambda row: place(row.turn))

    @cached_property
    def done(self) -> list[DoneLine]:
        """What came of today's calls, the newest first."""
        found: list[tuple[datetime, DoneLine]] = []
        entered = self._entered_today()
        for home in self.homes:
            at = home.invitation.answered_at
            message = self._left_today(home)
            if message is not None and why_of(home, self.party, self.now) is not None:
                words = self._by_phone(message.created_at, self._caller(message))
                found.append((message.created_at, DoneLine(home, words, call=message)))
            elif at is not None and (home.pk, at) in entered:
                response = entered[home.pk, at] if is_fresh(at, self.now) else 0
                found.append((at, DoneLine(home, self._by_phone(at), response=response)))
        return [line for _at, line in sorted(found, key=lambda one: one[0], reverse=True)]

    def details(self, row: CallRow) -> Details:
        """Everything that helps to reach one home. Asks nothing of the database."""
        names = row.home.names
        share = share_of(self.party, row.home.invitation, names, row.why)
        right = row.home.phones
        return Details(
            share=share,
            say=spoken(self.party, names) if row.why in (Why.SILENT, Why.LOST) else "",
            numbers=tuple(
                Number(
                    contact=one,
                    shown=phone_words(one.phone, self.party),
                    sms=share.sms(one.phone),
                    chat=share.chat(one.phone),
                )
                for one in right
            ),
            wrong=tuple(
                WrongNumber(one.name, phone_words(one.phone, self.party), _said_wrong(one, row))
                for one in row.home.contacts
                if one.phone and one not in right
            ),
            without=next((one for one in row.home.contacts if one not in right), None),
            submission=uuid.uuid4(),
        )

    def _homes(self) -> list[HomeLine]:
        """All that were invited and want to be known, each with where it stands."""
        guests: dict[int, list[Guest]] = defaultdict(list)
        invitations: dict[int, Invitation] = {}
        for guest in Guest.objects.filter(
            invitation__party=self.party,
            invitation__invited_at__isnull=False,
            invitation__withdrawn_at=None,
            invitation__forgotten_at=None,
        ).select_related("invitation"):
            invitations.setdefault(guest.invitation_id, guest.invitation)
            guests[guest.invitation_id].append(guest)
        prefetch_related_objects(
            list(invitations.values()),
            Prefetch("contacts", Contact.objects.current().select_related("address")),
            Prefetch("mails", OutgoingEmail.objects.defer("body")),
        )
        return [
            home_line(self.party, one, guests[pk], list(one.contacts.all()), list(one.mails.all()))
            for pk, one in invitations.items()
        ]

    def _calls_by_home(self) -> dict[int, list[Call]]:
        found: dict[int, list[Call]] = defaultdict(list)
        calls = Call.objects.filter(invitation__party=self.party).select_related("host")
        for call in calls.order_by("-created_at", "-pk"):
            found[call.invitation_id].append(call)
        return found

    def _entered_today(self) -> dict[tuple[int, datetime], int]:
        """The answers of today that the host entered, by home and moment."""
        entered = Response.objects.filter(
            invitation__party=self.party, channel=Channel.HOST, created_at__gte=self.midnight
        )
        rows = entered.order_by("pk").values_list("invitation_id", "created_at", "pk")
        return {(home, at): pk for home, at, pk in rows}

    def _left_today(self, home: HomeLine) -> Call | None:
        return next(
            (call for call in _messages(self._calls[home.pk]) if call.created_at >= self.midnight),
            None,
        )

    def _row(self, home: HomeLine) -> CallRow | None:
        why = why_of(home, self.party, self.now)
        if why is None:
            return None
        calls = tuple(self._calls[home.pk])
        invitation = home.invitation
        since = invitation.answered_at or invitation.invited_at or invitation.created_at
        return CallRow(
            home=home,
            why=why,
            words=self._why_words(home, why),
            mail=_mail_words(home) if why is Why.SILENT else "",
            past=tuple(self._call_words(call) for call in calls[:TOLD]),
            turn=Turn(why, invitation.favourite, len(_messages(calls)), since, home.pk),
            calls=calls,
        )

    def _why_words(self, home: HomeLine, why: Why) -> str:
        if why is Why.DISPUTED:
            return _("Two grown-ups answered, and not the same.")
        if why is Why.TO_CONFIRM:
            return _("Answered before you changed the plan.")
        if why is Why.UNSURE and home.invitation.know_by is not None:
            return _("Wanted to know by %(day)s.") % {"day": day_words(home.invitation.know_by)}
        if why is Why.UNSURE:
            return _("Was not sure.")
        if why is Why.LOST:
            return saying.stand_words(home)
        return self._silent_words(home)

    def _silent_words(self, home: HomeLine) -> str:
        invited_at = home.invitation.invited_at or self.now
        days = (self.today - invited_at.astimezone(self.party.zone).date()).days
        if days < 1:
            return _("Invited today.")
        return ngettext("Silent for %(n)d day.", "Silent for %(n)d days.", days) % {"n": days}

    def _call_words(self, call: Call) -> str:
        said = {"when": self._when(call.created_at), "name": self._caller(call)}
        if call.outcome == Outcome.WRONG_NUMBER.value:
            return _("%(when)s: wrong number.") % said
        if said["name"]:
            return _("%(when)s: %(name)s left a message.") % said
        return _("%(when)s: you left a message.") % said

    def _caller(self, call: Call) -> str:
        """Who called, if it was not the host who is looking."""
        if call.host_id == self.host.pk:
            return ""
        return (call.host.name if call.host else "") or _("another host")

    def _by_phone(self, at: datetime, by: str = "") -> str:
        said = {"name": by, "when": self._when(at)}
        return (_("By phone, %(name)s. %(when)s.") if by else _("By phone. %(when)s.")) % said

    def _when(self, at: datetime) -> str:
        return saying.when_words(at, self.party, self.now)


def _mail_words(home: HomeLine) -> str:
    if any(contact.stopped_at is not None for contact in home.contacts):
        return in_words(Reason.STOPPED)
    return saying.stand_words(home)


def _messages(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.outcome == Outcome.LEFT_MESSAGE.value]


def _said_wrong(contact: Contact, row: CallRow) -> Call | None:
    """The call after which the number was marked."""
    wrong: Sequence[Call] = [
        call
        for call in row.calls
        if call.outcome == Outcome.WRONG_NUMBER.value and call.contact_id == contact.pk
    ]
    return wrong[0] if wrong else None
