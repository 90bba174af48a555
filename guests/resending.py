"""The invitation once more, because the host asks for it. It follows an act, so it goes at once.

It is no way around the plan: only for the silent, never twice within 20 hours, and once more for
each contact that the first one reached. A contact that it never reached may get it again.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from guests.deliveries.truth import got_there
from guests.judge import Go, verdict
from guests.models import Address, Contact, Invitation, OutgoingEmail
from guests.models.mail import OPEN, REACHED
from guests.reasons import Reason
from guests.reminding import Outcome
from parties.models import Party
from parties.schedule import SPACING
from parties.words import PLAN_KINDS, Kind

MOST = 2
"""Invitations that one contact gets, those counted that were handed over."""


@transaction.atomic
def invite_again(
    *,
    party: Party,
    invitation_ids: Collection[int],
    form_uuid: uuid.UUID,
    now: datetime,
    only_unreached: bool = False,
) -> list[Outcome]:
    """Queue the invitation again for each contact of these households that may get it.

    Says what became of each. The same `form_uuid` again queues nothing new. `only_unreached`: not
    to those whose invitation was handed over. Households of other parties are ignored.
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
    ids = {contact.address_id for contact in contacts if contact.address_id}
    addresses = Address.objects.filter(pk__in=ids).order_by("pk").select_for_update().in_bulk()
    mails = _mails(contacts)
    outcomes = []
    for invitation in invitations:
        own = [contact for contact in contacts if contact.invitation_id == invitation.pk]
        for contact in own:
            contact.invitation = invitation
            contact.address = addresses.get(contact.address_id or 0)
            mail = _mail(party, invitation, contact, str(form_uuid), now)
            outcomes.append(_again(mail, mails[contact.pk], now, only_unreached=only_unreached))
        if not own:
            outcomes.append(Outcome(invitation, None, why=Reason.NO_ADDRESS))
    return outcomes


def _again(
    mail: OutgoingEmail, mails: Iterable[OutgoingEmail], now: datetime, *, only_unreached: bool
) -> Outcome:
    contact, invitation = mail.contact, mail.invitation
    if contact is None or invitation is None:
        raise ValueError("The mail goes to no home.")
    mails = list(mails)
    known = next((one for one in mails if one.occasion == mail.occasion), None)
    if known is not None:
        return Outcome(invitation, contact, at=known.not_before)
    why = _forbids(mail, mails, now, only_unreached=only_unreached)
    if why:
        return Outcome(invitation, contact, why=why)
    # Somebody else's insert of the same occasion in between would be the same mail.
    OutgoingEmail.objects.bulk_create([mail], ignore_conflicts=True)
    return Outcome(invitation, contact, at=now)


def _forbids(
    mail: OutgoingEmail, mails: Collection[OutgoingEmail], now: datetime, *, only_unreached: bool
) -> str:
    """Why this contact does not get it (a `Reason`), or nothing."""
    if mail.invitation is None or mail.invitation.invited_at is None:
        return Reason.NOT_INVITED
    found = verdict(
        mail,
        invitation=mail.invitation,
        party=mail.party,
        contact=mail.contact,
        address=mail.address,
        now=now,
    )
    if not isinstance(found, Go):
        return found.reason
    invited = [one for one in mails if one.kind == Kind.INVITATION]
    if not invited or any(one.state in OPEN for one in invited):
        return Reason.ON_ITS_WAY  # the plan sends the first one at the next tick
    reached = [one for one in invited if got_there(one)]
    if reached and only_unreached:
        return Reason.ARRIVED
    if len(reached) >= MOST:
        return Reason.INVITED_TWICE
    last = [one.handed_at for one in mails if one.state in REACHED and one.handed_at]
    return Reason.TOO_CLOSE if last and now < max(last) + SPACING else ""


def _mail(
    party: Party, invitation: Invitation, contact: Contact, occasion: str, now: datetime
) -> OutgoingEmail:
    return OutgoingEmail(
        contact=contact,
        recipient_key=f"c:{contact.pk}",
        party=party,
        invitation=invitation,
        address=contact.address,
        kind=Kind.INVITATION.value,
        occasion=occasion,
        not_before=now,
        expires_at=party.starts_at,
        message_id=OutgoingEmail.new_message_id(settings.MAIL_DOMAIN),
        created_at=now,
    )


def _mails(contacts: Iterable[Contact]) -> dict[int, list[OutgoingEmail]]:
    """The invitations and mails of the plan of each contact."""
    kinds = [Kind.INVITATION.value, *(kind.value for kind in PLAN_KINDS)]
    rows = OutgoingEmail.objects.filter(contact__in=list(contacts), kind__in=kinds).defer("body")
    found: dict[int, list[OutgoingEmail]] = defaultdict(list)
    for mail in rows:
        found[mail.contact_id or 0].append(mail)
    return found
