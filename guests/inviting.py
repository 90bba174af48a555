"""Households: put on the list, invited, corrected, taken off again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from guests.answering import settle
from guests.models import Address, Contact, Guest, Invitation
from guests.models.contact import MAX_CONTACTS
from guests.sequence import after_mails
from guests.suppressing import addresses, forgotten_ways
from parties.models import Party
from parties.schedule import invitation_reply_by

# More than any class, club and family together; it keeps one page and one day of mail in bounds.
MAX_HOUSEHOLDS = 500


class TooManyHouseholds(Exception):
    """The party would have more than MAX_HOUSEHOLDS households."""


class PartyClosed(Exception):
    """The party was cancelled or has begun: nobody can be invited any more."""


class AskedToBeForgotten(Exception):
    """A family asked this party to forget it: no mail of it goes to that address again."""


@dataclass(frozen=True, slots=True)
class NewContact:
    """An adult to reach: a clean `email` (see `guests.lists`), an E.164 `phone`, or neither."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class NewHousehold:
    guests: tuple[str, ...]
    contacts: tuple[NewContact, ...] = ()
    personal_line: str = field(default="")


@transaction.atomic
def add_households(
    *, party: Party, households: Iterable[NewHousehold], now: datetime
) -> list[Invitation]:
    """Put households on the list; nothing is sent. Returns the invitations that are new.

    One that is on the list already (the same children and an address, or a phone number, in common)
    is left as it is, so that the same list can be added twice. So is one that asked to be
    forgotten: it is still on the list, without its name. Raises TooManyHouseholds.
    """
    # Not the key: a mail of this party that is stored meanwhile need not wait, nor we for it.
    Party.objects.select_for_update(no_key=True).get(pk=party.pk)
    known = [
        _signature(
            [guest.name for guest in invitation.guests.all()],
            [
                NewContact(
                    email=contact.address.email if contact.address else "", phone=contact.phone
                )
                for contact in invitation.contacts.all()
                if contact.is_current
            ],
        )
        for invitation in Invitation.objects.filter(party=party)
        .standing()
        .prefetch_related("guests", "contacts__address")
    ]
    listed = list(households)
    forgotten = forgotten_ways(party.pk, {way for one in listed for way in _ways(one)})
    new = []
    for household in listed:
        if forgotten and not forgotten.isdisjoint(_ways(household)):
            continue
        signature = _signature(household.guests, household.contacts)
        if any(_is_same(signature, other) for other in known):
            continue
        if len(known) >= MAX_HOUSEHOLDS:
            raise TooManyHouseholds
        known.append(signature)
        new.append(household)
    Party.objects.filter(pk=party.pk).ask_to_look(now)
    # All at once, in one order: two hosts with one list must not wait for each other.
    rows = addresses(one.email for household in new for one in household.contacts)
    return [_add_household(party, household, rows, now) for household in new]


@transaction.atomic
def invite(*, party: Party, invitation_ids: Collection[int] | None = None, now: datetime) -> int:
    """Invite these households, or all that were not invited yet; returns how many are new.

    Each gets its own reply-by; the plan finds their mails at the next tick. Raises PartyClosed.
    """
    waiting = Invitation.objects.filter(party=party, invited_at=None, forgotten_at=None).standing()
    if invitation_ids is not None:
        waiting = waiting.filter(pk__in=list(invitation_ids))
    ids = list(waiting.values_list("pk", flat=True))
    invitations = list(Invitation.objects.locked(ids).filter(invited_at__isnull=True))
    # As it is now that a move or a cancellation has to wait for us.
    party = Party.objects.get(pk=party.pk)
    if party.is_cancelled or party.has_started(now):
        raise PartyClosed
    reply_by_at = invitation_reply_by(
        party_reply_by=party.reply_by,
        zone=party.timezone,
        invited_at=now,
        starts_at=party.starts_at,
    )
    Party.objects.filter(pk=party.pk).ask_to_look(now)
    return Invitation.objects.filter(pk__in=[row.pk for row in invitations]).update(
        invited_at=now, reply_by_at=reply_by_at, next_mail_at=now
    )


@transaction.atomic
def add_contact(*, invitation: Invitation, contact: NewContact, now: datetime) -> Contact:
    """One more adult of this household. Raises ValueError when there are MAX_CONTACTS already.

    An address that the household has already stays the contact that it is. Raises
    AskedToBeForgotten for a home, or an address, that this party has forgotten.
    """
    locked = Invitation.objects.locked([invitation.pk]).get()
    _mind_the_forgotten(locked, contact)
    current = locked.contacts.current().select_related("address")
    for known in current:
        if contact.email and known.address and known.address.email == contact.email.lower():
            return known
    if len(current) >= MAX_CONTACTS:
        raise ValueError("This home has three contacts already.")
    made = _add_contact(locked, contact, addresses([contact.email]), now)
    _look_again(locked, now)
    return made


@transaction.atomic
def correct_contact(*, contact: Contact, corrected: NewContact, now: datetime) -> Contact:
    """Retire a contact whose address was wrong and make a new one; the old link dies.

    What came in under the old link no longer counts. Where the address stays, only the name and the
    phone number change, and the link lives on. An address that the household has already stays the
    contact that it is. Raises AskedToBeForgotten as `add_contact` does.
    """
    invitation = Invitation.objects.locked([contact.invitation_id]).get()
    _mind_the_forgotten(invitation, corrected)
    contact = Contact.objects.select_related("address").get(pk=contact.pk)
    same_address = (contact.address.email if contact.address else "") == corrected.email.lower()
    # Another number is not the one that was found to be wrong.
    wrong_at = contact.phone_wrong_at if contact.phone == corrected.phone else None
    if same_address or not contact.is_current:
        Contact.objects.filter(pk=contact.pk).update(
            name=corrected.name, phone=corrected.phone, phone_wrong_at=wrong_at
        )
        contact.refresh_from_db()
        return contact
    now = after_mails(now, invitation=invitation)
    contact.retire(now)
    contact.save(update_fields=["retired_at", "version"])
    known = invitation.contacts.current().filter(address__email=corrected.email.lower()).first()
    made = known or _add_contact(invitation, corrected, addresses([corrected.email]), now)
    if wrong_at is not None and made.phone == corrected.phone:
        Contact.objects.filter(pk=made.pk).update(phone_wrong_at=wrong_at)
    settle(invitation, now)
    # What counted may count no longer, and then nobody has answered here.
    Party.objects.filter(pk=invitation.party_id).ask_to_look(now)
    return made


@transaction.atomic
def withdraw(*, invitation: Invitation, now: datetime) -> None:
    """Take a household off the list: its links die, and no mail of the plan goes there any more."""
    locked = Invitation.objects.locked([invitation.pk]).get()
    locked.withdrawn_at = after_mails(now, invitation=locked)
    locked.version += 1
    locked.next_mail_at = None
    locked.save(update_fields=["withdrawn_at", "version", "next_mail_at"])
    Party.objects.filter(pk=locked.party_id).ask_to_look(now)


@transaction.atomic
def new_family_link(*, invitation: Invitation) -> None:
    """Revoke the household's link that was copied or shared; the links in mails live on."""
    locked = Invitation.objects.locked([invitation.pk]).get()
    locked.version += 1
    locked.save(update_fields=["version"])


def _ways(household: NewHousehold) -> set[str]:
    """The addresses and numbers of a home."""
    return set(_signature(household.guests, household.contacts)[1])


def _mind_the_forgotten(invitation: Invitation, contact: NewContact) -> None:
    if invitation.forgotten_at is not None:
        raise AskedToBeForgotten
    if forgotten_ways(invitation.party_id, [contact.email.lower()]):
        raise AskedToBeForgotten


def _add_household(
    party: Party, household: NewHousehold, rows: Mapping[str, Address], now: datetime
) -> Invitation:
    invitation = Invitation.objects.create(party=party, personal_line=household.personal_line)
    names = dict.fromkeys(household.guests)
    Guest.objects.bulk_create(
        Guest(invitation=invitation, name=name, position=position)
        for position, name in enumerate(names)
    )
    emails = set()
    for contact in household.contacts[:MAX_CONTACTS]:
        if contact.email and contact.email.lower() in emails:
            continue
        emails.add(contact.email.lower())
        _add_contact(invitation, contact, rows, now)
    return invitation


def _add_contact(
    invitation: Invitation, contact: NewContact, rows: Mapping[str, Address], now: datetime
) -> Contact:
    address = rows[contact.email.lower()] if contact.email else None
    stopped_at = None
    if address is not None:
        # Whoever stopped the mails of this party did so for the address, however it comes back.
        stopped_at = (
            Contact.objects.filter(
                address=address,
                invitation__party_id=invitation.party_id,
                stopped_at__isnull=False,
            )
            .values_list("stopped_at", flat=True)
            .first()
        )
    return Contact.objects.create(
        invitation=invitation,
        name=contact.name,
        address=address,
        email_as_typed=contact.email,
        phone=contact.phone,
        language=invitation.party.language,
        stopped_at=stopped_at,
        created_at=now,
    )


def _look_again(invitation: Invitation, now: datetime) -> None:
    # Also where nobody is invited yet: an answer by telephone is to be confirmed.
    invitation.next_mail_at = now
    invitation.save(update_fields=["next_mail_at"])


def _signature(
    guests: Iterable[str], contacts: Iterable[NewContact]
) -> tuple[frozenset[str], frozenset[str]]:
    ways = {way for contact in contacts for way in (contact.email.lower(), contact.phone) if way}
    return frozenset(name.casefold() for name in guests), frozenset(ways)


def _is_same(
    one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]
) -> bool:
    if one[0] != other[0]:
        return False
    return bool(one[1] & other[1]) or (not one[1] and not other[1])
