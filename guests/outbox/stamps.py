"""The 20 hours between two reminders to one address, where a reminder surely did not go.

The commit point stamps the address before it knows what becomes of the mail. What the server did
not take must not keep another party's reminder waiting, so the stamp is given back.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Max

from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from parties.schedule import SPACING
from parties.words import SPACED_KINDS

_SPACED = sorted(kind.value for kind in SPACED_KINDS)


def give_back(mail: OutgoingEmail, token: uuid.UUID, now: datetime) -> None:
    """Take the stamp of `mail` from its address, if it is still there; inside a transaction.

    What waited for it is looked at anew. The locks are taken in the order of all: invitations,
    then the address; the caller records the mail after that.
    """
    if mail.kind not in SPACED_KINDS or mail.address_id is None:
        return
    # The plan of each household at this address may have been worked out by our stamp.
    households = Contact.objects.current().filter(address=mail.address_id)
    ids = set(households.values_list("invitation_id", flat=True))
    list(Invitation.objects.locked(ids).values_list("pk", flat=True))
    # Not the key: a home that is put on the list meanwhile, under its party's lock, need not wait.
    address = Address.objects.select_for_update(no_key=True).filter(pk=mail.address_id).first()
    handed_at = handed_at_of(mail, token)
    # A family that asks to be forgotten takes its address along.
    if address is None or handed_at is None or address.last_plan_mail_at != handed_at:
        return
    Address.objects.filter(pk=address.pk).update(last_plan_mail_at=_before(mail))
    OutgoingEmail.objects.filter(
        address=address,
        kind__in=_SPACED,
        state=State.QUEUED,
        not_before__gte=handed_at + SPACING,
    ).update(not_before=now)
    Invitation.objects.filter(pk__in=ids, next_mail_at__gt=now).update(next_mail_at=now)


def handed_at_of(mail: OutgoingEmail, token: uuid.UUID) -> datetime | None:
    """When our try passed the commit point; None if the mail is no longer ours."""
    ours = OutgoingEmail.objects.filter(
        pk=mail.pk, claim_token=token, state__in=(State.HANDING, State.UNCERTAIN)
    )
    return ours.values_list("handed_at", flat=True).first()


def _before(mail: OutgoingEmail) -> datetime | None:
    """The last reminder or follow-up that did go to this address, or may have gone."""
    others = OutgoingEmail.objects.reached().filter(address=mail.address_id, kind__in=_SPACED)
    newest: datetime | None = others.exclude(pk=mail.pk).aggregate(at=Max("handed_at"))["at"]
    return newest
