"""Stopping mail: for one party, or for good. Takes the same locks as an answer.

A stop for good is also written down as a keyed hash (`guests.suppressing`), so that it outlives the
address and all else. Only the family's own act takes it back.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guests.models import Address, Contact, Invitation
from guests.models.contact import ContactQuerySet
from guests.sequence import after_mails
from guests.suppressing import Why, lift, suppress


@transaction.atomic
def stop_party(*, contact: Contact, now: datetime) -> None:
    """No more reminders of this party to the contact's address, in whichever household it stands.

    A cancellation still goes out (design, section 5). Doing it again changes nothing.
    """
    contacts = _same_address(contact).filter(invitation__party_id=contact.invitation.party_id)
    _lock(contacts)
    now = after_mails(now, contact__in=contacts)
    contacts.filter(stopped_at__isnull=True).update(stopped_at=now)
    _look_again(contacts, now)


@transaction.atomic
def stop_everything(*, contact: Contact, now: datetime, why: Why = Why.STOPPED) -> None:
    """Nothing from Full Table ever goes to this address again, from no host."""
    contacts = _same_address(contact)
    _lock(contacts)
    address = _locked_address(contact)
    now = after_mails(now, contact__in=contacts)
    if address is not None:
        Address.objects.filter(pk=address.pk, stopped_at__isnull=True).update(stopped_at=now)
        suppress(address.email, why, now)
    contacts.filter(stopped_at__isnull=True).update(stopped_at=now)
    _look_again(contacts, now)


@transaction.atomic
def start_again(*, contact: Contact, now: datetime) -> None:
    """Take a stop of this party back, for those who tapped by mistake.

    A stop of everything ends with it: other parties may tell again of a move or a cancellation.
    """
    contacts = _same_address(contact)
    _lock(contacts)
    contacts.filter(invitation__party_id=contact.invitation.party_id).update(stopped_at=None)
    address = _locked_address(contact)
    if address is not None:
        Address.objects.filter(pk=address.pk).update(stopped_at=None)
        lift(address.email)
    _look_again(contacts, now)


def _same_address(contact: Contact) -> ContactQuerySet:
    if contact.address_id is None:
        return Contact.objects.filter(pk=contact.pk)
    return Contact.objects.filter(address_id=contact.address_id)


def _lock(contacts: ContactQuerySet) -> None:
    list(Invitation.objects.locked(contacts.values_list("invitation_id", flat=True)))


def _locked_address(contact: Contact) -> Address | None:
    # Somebody may have forgotten this home while we waited for it.
    return Address.objects.select_for_update().filter(contacts=contact.pk).first()


def _look_again(contacts: ContactQuerySet, now: datetime) -> None:
    # Also those that answered before they were invited: they have mail to expect as well.
    Invitation.objects.filter(
        pk__in=list(contacts.values_list("invitation_id", flat=True))
    ).standing().update(next_mail_at=now)
