"""All that the page of the plan shows, in the same few queries for any number of homes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.fields import DateTimeField
from django.utils.translation import gettext as _

from guests.deliveries.truth import got_there
from guests.entries import Became, Digest, Entry, coming, digests, past
from guests.host import planwords
from guests.host.saying import mail_of_line, when_words
from guests.household import Gathered, gather
from guests.models import Guest, Invitation, OutgoingEmail
from guests.models.mail import OPEN
from guests.reasons import Reason, in_words
from guests.telling import NOBODY
from guests.wording import home_names
from parties.models import Party, Rule
from parties.models.rule import MAX_RULES
from parties.planning import ONLY_ONE
from parties.words import Anchor, Answer, Kind

_KINDS = (Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON)
_ANCHORS = list(Anchor)


@dataclass(frozen=True, slots=True)
class HomeName:
    """One home as a link."""

    pk: int
    names: str


@dataclass(frozen=True, slots=True)
class Note:
    """Homes that fare alike: how many, why, and which."""

    words: str
    why: str
    homes: tuple[HomeName, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of the timeline in words. `css` is done, next or empty."""

    at: datetime
    when: str
    what: str
    whom: str
    css: str
    homes: tuple[HomeName, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """One line of the plan in words."""

    rule: Rule
    what: str
    when: str
    band: str
    soon: str
    had: int


@dataclass(frozen=True, slots=True)
class DigestView:
    """What could not go out, and when the host was told."""

    when: str
    mails: int
    homes: tuple[HomeName, ...]


class PlanView:
    """One party's timeline at one moment."""

    def __init__(self, party: Party, now: datetime) -> None:
        self.party = party
        self.now = now
        guests: dict[int, list[Guest]] = defaultdict(list)
        homes: dict[int, Invitation] = {}
        # One query for both: every home has a child.
        for guest in Guest.objects.filter(invitation__party=party).select_related("invitation"):
            guest.invitation.party = party
            homes.setdefault(guest.invitation_id, guest.invitation)
            guests[guest.invitation_id].append(guest)
        self._names = {pk: home_names(home, guests[pk]) for pk, home in homes.items()}
        self._rules = sorted(party.rules.all(), key=_order)
        self._lines = {str(rule.pk): rule.line for rule in self._rules}
        in_order = [homes[pk] for pk in sorted(homes)]
        # Also those taken off the list: their reminders count for an address that others share.
        found = gather(in_order, whole=True, rules=self._rules, mails=_mails(party))
        self.gathered = [one for one in found if one.invitation.withdrawn_at is None]
        self._coming = coming(self.gathered, now)
        self._past = past(self.gathered)

    @property
    def coming(self) -> list[EntryView]:
        """What is coming, the soonest first; the first that goes is marked."""
        views = []
        marked = False
        for entry in self._coming:
            homes = entry.homes(Became.GOES)
            is_next = bool(homes) and not marked
            marked = marked or is_next
            notes = [
                self._note(planwords.to_come_words(part), part.homes)
                for part in entry.parts
                if part.became is not Became.GOES
            ]
            views.append(self._entry(entry, homes, notes, "next" if is_next else ""))
        return views

    @property
    def past(self) -> list[EntryView]:
        """What went and what did not, the latest first."""
        views = []
        for entry in self._past:
            homes = entry.homes(Became.SENT)
            notes = [
                self._note(planwords.past_words(part), part.homes)
                for part in entry.parts
                if part.became is not Became.SENT
            ]
            views.append(self._entry(entry, homes, notes, "done"))
        return views

    @property
    def digests(self) -> list[DigestView]:
        return [self._digest(one) for one in digests(self.gathered)]

    @property
    def rules(self) -> list[RuleView]:
        """The lines that matter to somebody, or that the host can do without."""
        return [line for line in self._all_lines if not self._is_spare(line)]

    @property
    def spare(self) -> list[RuleView]:
        """Lines that wait for homes with more or less time to answer than there are."""
        return [line for line in self._all_lines if self._is_spare(line)]

    @cached_property
    def _all_lines(self) -> list[RuleView]:
        return [self._rule(rule) for rule in self._rules]

    def _is_spare(self, line: RuleView) -> bool:
        spoken = {entry.rule for entry in (*self._past, *self._coming)}
        idle = line.rule.enabled and not line.rule.words and str(line.rule.pk) not in spoken
        return bool(line.band) and idle and bool(spoken)

    @property
    def may_add(self) -> list[Kind]:
        """The kinds of which the plan may have one more line."""
        if len(self._rules) >= MAX_RULES:
            return []
        taken = {rule.kind for rule in self._rules}
        return [kind for kind in _KINDS if kind not in ONLY_ONE or kind.value not in taken]

    @property
    def quiet(self) -> list[Note]:
        """Silent homes that no reminder can get to, by the reason."""
        found: dict[str, list[int]] = defaultdict(list)
        for one in self.gathered:
            why = _quiet(one)
            if why:
                found[why].append(one.invitation.pk)
        return [Note("", in_words(why), self._homes(homes)) for why, homes in found.items()]

    @property
    def silent(self) -> int:
        """How many homes are silent now."""
        return sum(_is_silent(one) for one in self.gathered)

    @property
    def not_reached(self) -> tuple[HomeName, ...]:
        """Silent homes whose invitation got nowhere, and may be sent again."""
        return self._homes(one.invitation.pk for one in self.gathered if _may_go_again(one))

    def _entry(
        self, entry: Entry, homes: Sequence[int], notes: Sequence[Note], css: str
    ) -> EntryView:
        what, whom = mail_of_line(entry.kind, self._lines.get(entry.rule or ""), len(homes))
        return EntryView(
            at=entry.at,
            when=_("Now")
            if css != "done" and entry.at <= self.now
            else when_words(entry.at, self.party, self.now),
            what=what,
            whom=whom if homes else "",
            css=css,
            homes=self._homes(homes),
            notes=tuple(notes),
        )

    def _note(self, words: tuple[str, str], homes: Sequence[int]) -> Note:
        return Note(*words, self._homes(homes))

    def _homes(self, homes: Iterable[int]) -> tuple[HomeName, ...]:
        return tuple(HomeName(pk, self._names[pk]) for pk in homes)

    def _digest(self, digest: Digest) -> DigestView:
        when = when_words(digest.at, self.party, self.now) if digest.at else ""
        return DigestView(when, digest.mails, self._homes(digest.homes))

    def _rule(self, rule: Rule) -> RuleView:
        key = str(rule.pk)
        soon = next((e for e in self._coming if e.rule == key and e.homes(Became.GOES)), None)
        had = {
            home
            for entry in self._past
            if entry.rule == key
            for home in entry.homes(Became.SENT, Became.HELD)
        }
        return RuleView(
            rule=rule,
            what=mail_of_line(Kind(rule.kind), rule.line, 0)[0],
            when=planwords.rule_when(rule),
            band=planwords.band_words(rule),
            soon=self._soon(soon) if soon else "",
            had=len(had),
        )

    def _soon(self, entry: Entry) -> str:
        return when_words(entry.at, self.party, self.now)


def _mails(party: Party) -> QuerySet[OutgoingEmail]:
    """The mails of its homes, each with when the hosts were told that it did not go (`told_at`)."""
    told = OutgoingEmail.objects.filter(
        party=party, host__isnull=False, kind=Kind.MISSED.value, occasion=OuterRef("told")
    )
    told_at = Subquery(told.order_by(F("handed_at").desc(nulls_last=True)).values("handed_at")[:1])
    return OutgoingEmail.objects.defer("body").annotate(
        told_at=Case(
            When(told__in=["", NOBODY], then=Value(None, output_field=DateTimeField())),
            default=told_at,
        )
    )


def _order(rule: Rule) -> tuple[int, int, int, int]:
    """Reminders first, in the order in which they go."""
    days = rule.days if rule.anchor == Anchor.AFTER_INVITING else -rule.days
    anchors = (Anchor.AFTER_INVITING, Anchor.HALF_WAY)
    late = anchors.index(Anchor(rule.anchor)) if rule.anchor in anchors else 2
    return _KINDS.index(Kind(rule.kind)), late, days, rule.pk


def _is_silent(one: Gathered) -> bool:
    invitation = one.invitation
    return (
        invitation.answer == Answer.SILENT
        and not invitation.disputed
        and invitation.invited_at is not None
        and invitation.forgotten_at is None
    )


def _quiet(one: Gathered) -> str:
    """Why no reminder can get to a silent home (a `Reason`); empty if one can."""
    if not _is_silent(one):
        return ""
    current = [contact for contact in one.invitation.contacts.all() if contact.is_current]
    with_address = [contact for contact in current if contact.address is not None]
    if not with_address:
        return Reason.NO_ADDRESS
    refusing = [contact.address.refuses for contact in with_address if contact.address]
    if all(refusing):
        return refusing[0]
    stopped = [one.stopped_at is not None or bool(one.address and one.address.refuses)
               for one in with_address]  # fmt: skip
    return Reason.STOPPED if all(stopped) else ""


def _may_go_again(one: Gathered) -> bool:
    if not _is_silent(one) or _quiet(one):
        return False
    invited = [mail for mail in one.invitation.mails.all() if mail.kind == Kind.INVITATION]
    return bool(invited) and not any(got_there(mail) or mail.state in OPEN for mail in invited)
