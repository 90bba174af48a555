"""A reminder now, because the host asks for it. It obeys every rule of the plan (design 5).

At night it waits until the morning. What an answer, a stop, the three or the 20 hours forbid is not
sent, and the host reads why.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from guests.judge import Go, Later, verdict
from guests.models import Address, Contact, Invitation, OutgoingEmail
from guests.models.mail import OPEN, REACHED
from guests.reasons import Reason
from parties.models import Party
from parties.words import Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one contact: a mail that goes at `at` (UTC), or `why` it does not.

    `why` is a `Reason`; `contact` is None for a household that has nobody to write to.
    """

    invitation: Invitation
    contact: Contact | None
    at: datetime | None = None
    why: str = ""

    @property
    def queued(self) -> bool:
        return self.at is not None


@transaction.atomic
def remind_now(
    *, party: Party, invitation_ids: Collection[int], form_uuid: uuid.UUID, now: datetime
) -> list[Outcome]:
    """Queue a reminder to each contact of these households that may get one.

    Says what became of each. The same `form_uuid` again queues nothing new. Households of other
    parties are ignored.
    """
    # The order of locks everywhere: invitations by id, then addresses.
    invitations = list(
        Invitation.objects.locked(invitation_ids)
        .filter(party=party)
        .standing()
        .prefetch_related("guests")
    )
    party = Party.objects.get(pk=party.pk)
    contacts = list(Contact.objects.current().filter(invitation__in=invitations).order_by("pk"))
    addresses = {
        address.pk: address
        for address in Address.objects.filter(
            pk__in={contact.address_id for contact in contacts if contact.address_id}
        )
        .order_by("pk")
        .select_for_update()
    }
    mails = _mails(contacts)
    outcomes = []
    for invitation in invitations:
        own = [contact for contact in contacts if contact.invitation_id == invitation.pk]
        for contact in own:
            contact.invitation = invitation
            contact.address = addresses.get(contact.address_id or 0)
            outcomes.append(
                _remind(party, invitation, contact, mails.get(contact.pk, []), form_uuid, now)
            )
        if not own:
            outcomes.append(Outcome(invitation, None, why=Reason.NO_ADDRESS))
    return outcomes


def _remind(
    party: Party,
    invitation: Invitation,
    contact: Contact,
    mails: Iterable[OutgoingEmail],
    form_uuid: uuid.UUID,
    now: datetime,
) -> Outcome:
    occasion = str(form_uuid)
    known = next((one for one in mails if one.occasion == occasion), None)
    if known is not None:
        return Outcome(invitation, contact, at=known.not_before)
    mail = _mail(party, invitation, contact, occasion, now)
    answer = verdict(
        mail,
        invitation=invitation,
        party=party,
        contact=contact,
        address=contact.address,
        now=now,
    )
    why = _forbids(mails)
    waits = isinstance(answer, Later) and answer.reason == Reason.NIGHT
    if not isinstance(answer, Go) and not waits:
        why = answer.reason
    if why:
        return Outcome(invitation, contact, why=Reason.TOO_LATE if why == Reason.EXPIRED else why)
    mail.not_before = answer.at if isinstance(answer, Later) else now
    # Somebody else's insert of the same occasion in between would be the same mail.
    OutgoingEmail.objects.bulk_create([mail], ignore_conflicts=True)
    return Outcome(invitation, contact, at=mail.not_before)


def _forbids(mails: Iterable[OutgoingEmail]) -> str:
    """What the judge cannot see before the mail is there: one on its way, none to remind of."""
    mails = list(mails)
    reminded = Kind.REMINDER.value
    if any(one.kind == reminded and one.state in OPEN for one in mails):
        return Reason.ON_ITS_WAY
    invited = Kind.INVITATION.value
    if not any(one.kind == invited and one.state in REACHED for one in mails):
        return Reason.NOT_INVITED
    return ""


def _mail(
    party: Party, invitation: Invitation, contact: Contact, occasion: str, now: datetime
) -> OutgoingEmail:
    return OutgoingEmail(
        contact=contact,
        recipient_key=f"c:{contact.pk}",
        party=party,
        invitation=invitation,
        address=contact.address,
        kind=Kind.REMINDER.value,
        occasion=occasion,
        not_before=now,
        expires_at=min(invitation.reply_by_at or party.starts_at, party.starts_at),
        message_id=OutgoingEmail.new_message_id(settings.MAIL_DOMAIN),
        created_at=now,
    )


def _mails(contacts: Iterable[Contact]) -> dict[int, list[OutgoingEmail]]:
    """The invitations and reminders of each contact."""
    found: dict[int, list[OutgoingEmail]] = {}
    kinds = (Kind.INVITATION.value, Kind.REMINDER.value)
    rows = OutgoingEmail.objects.filter(contact__in=list(contacts), kind__in=kinds).defer("body")
    for mail in rows:
        found.setdefault(mail.contact_id or 0, []).append(mail)
    return found
