"""A household as the plan sees it, read for many invitations at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Prefetch, QuerySet, prefetch_related_objects

from guests.models import Contact, Invitation, OutgoingEmail, Response, State
from guests.models.mail import REACHED
from parties.models import Party, Rule
from parties.schedule import (
    FIRST,
    ContactState,
    Household,
    RuleLine,
    Step,
    Told,
    next_moment,
    steps,
)
from parties.words import Answer, Kind

# A response's number as the occasion of its confirmation, and when it was given.
ToConfirm = tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """One invitation with all that its plan depends on."""

    invitation: Invitation
    party: Party
    household: Household
    rules: tuple[RuleLine, ...]

    def steps(self) -> list[Step]:
        """What the plan has still to say here; nothing once it was taken off the list."""
        if self.invitation.is_gone:
            return []
        return steps(self.household, self.party.dates, self.rules)

    def if_invited(self, now: datetime) -> Gathered:
        """The same household, as if the invitations that are still to go had arrived by `now`."""
        on_their_way = {
            str(mail.contact_id)
            for mail in self.invitation.mails.all()
            if mail.kind == Kind.INVITATION and mail.state in (State.QUEUED, State.CLAIMED)
        }
        contacts = tuple(
            replace(one, told=(*one.told, _arrived(self.party, now)))
            if self.household.invited_at and (one.key in on_their_way or not _was_invited(one))
            else one
            for one in self.household.contacts
        )
        return replace(self, household=replace(self.household, contacts=contacts))

    def next_moment(self) -> datetime | None:
        if self.invitation.is_gone:
            return None
        return next_moment(self.household, self.party.dates, self.rules)


def _was_invited(contact: ContactState) -> bool:
    return any(mail.kind == Kind.INVITATION for mail in contact.told)


def _arrived(party: Party, now: datetime) -> Told:
    return Told(Kind.INVITATION, FIRST, now, reached=True, revision=party.revision)


def gather(
    invitations: Sequence[Invitation],
    *,
    whole: bool = False,
    rules: Iterable[Rule] | None = None,
    mails: QuerySet[OutgoingEmail] | None = None,
) -> list[Gathered]:
    """What the plan depends on, for all `invitations` (with their party) in a handful of queries.

    `whole`: these are all invitations of their parties, so that their own mails tell how often each
    address was reminded; one query less. `rules`: all lines of their parties, for whoever has read
    them; another one less. `mails`: how the mails are read.
    Leaves `contacts` (with address and newest response) and `mails` prefetched on the invitations.
    """
    prefetch_related_objects(
        list(invitations),
        Prefetch("contacts", Contact.objects.select_related("address", "newest")),
        Prefetch("mails", OutgoingEmail.objects.defer("body") if mails is None else mails),
    )
    lines = _lines({one.party_id for one in invitations}, rules)
    reminded = _reminded_by(invitations) if whole else _reminded(invitations)
    shared = _without_contact(invitations)
    return [
        Gathered(
            invitation=invitation,
            party=invitation.party,
            household=_household(invitation, reminded, shared.get(invitation.pk)),
            rules=lines[invitation.party_id],
        )
        for invitation in invitations
    ]


def facts_of(invitation: Invitation) -> Household:
    """What stands on the invitation itself, without its contacts: a line's moment hangs on that."""
    return Household(
        answer=Answer(invitation.answer),
        disputed=invitation.disputed,
        know_by=invitation.know_by,
        answered_at=invitation.answered_at,
        invited_at=invitation.invited_at,
        reply_by_at=invitation.reply_by_at,
        contacts=(),
    )


def _household(
    invitation: Invitation,
    reminded: dict[tuple[int, int], int],
    shared: ToConfirm,
) -> Household:
    told = defaultdict(list)
    for mail in invitation.mails.all():
        told[mail.contact_id].append(
            Told(
                kind=Kind(mail.kind),
                occasion=mail.occasion,
                at=mail.handed_at or mail.created_at,
                reached=mail.may_have_arrived,
                revision=mail.revision,
            )
        )
    return replace(
        facts_of(invitation),
        contacts=tuple(
            ContactState(
                key=str(contact.pk),
                since=contact.created_at,
                mailable=contact.is_mailable,
                stopped=contact.stopped_at is not None,
                told=tuple(told[contact.pk]),
                last_plan_mail_at=contact.address.last_plan_mail_at if contact.address else None,
                reminders=reminded.get((contact.address_id or 0, invitation.party_id), 0),
                confirm=_to_confirm(contact, shared),
            )
            for contact in invitation.contacts.all()
            if contact.is_current
        ),
    )


def _to_confirm(contact: Contact, shared: ToConfirm) -> ToConfirm:
    """The contact's own newest response, or a newer one of the whole household."""
    if contact.newest is None:
        return shared
    if shared is not None and int(shared[0]) > contact.newest.pk:
        return shared
    return str(contact.newest.pk), contact.newest.created_at


def _lines(parties: Iterable[int], rules: Iterable[Rule] | None) -> dict[int, tuple[RuleLine, ...]]:
    """The lines that are on, of each of these parties."""
    if rules is None:
        rules = Rule.objects.in_force().filter(party_id__in=list(parties)).order_by("pk")
    found: dict[int, list[RuleLine]] = defaultdict(list)
    for rule in rules:
        if rule.enabled:
            found[rule.party_id].append(rule.line)
    return defaultdict(tuple, {party: tuple(lines) for party, lines in found.items()})


def _reminded(invitations: Sequence[Invitation]) -> dict[tuple[int, int], int]:
    """How many reminders each address got for each party, through whichever household."""
    addresses = {
        contact.address_id
        for invitation in invitations
        for contact in invitation.contacts.all()
        if contact.address_id is not None
    }
    counted = (
        OutgoingEmail.objects.reached()
        .reminders()
        .filter(address__in=addresses, party__in={row.party_id for row in invitations})
        .values_list("address_id", "party_id")
        .annotate(times=Count("pk"))
    )
    return {(address or 0, party): times for address, party, times in counted}


def _reminded_by(invitations: Sequence[Invitation]) -> dict[tuple[int, int], int]:
    """The same from the mails that were read already, where none of the party is missing."""
    counted: dict[tuple[int, int], int] = defaultdict(int)
    for invitation in invitations:
        for mail in invitation.mails.all():
            if mail.kind == Kind.REMINDER.value and mail.state in REACHED:
                counted[mail.address_id or 0, mail.party_id] += 1
    return counted


def _without_contact(invitations: Sequence[Invitation]) -> dict[int, tuple[str, datetime]]:
    """The newest answer of each household that came by its link, by a slip or through the host."""
    rows = (
        Response.objects.filter(invitation__in=list(invitations), contact=None)
        .order_by("pk")
        .values_list("invitation_id", "pk", "created_at")
    )
    return {invitation: (str(pk), at) for invitation, pk, at in rows}
