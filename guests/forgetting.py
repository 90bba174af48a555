"""A family asks to be forgotten: what tells who they are goes at once, the numbers stay.

Until the party is over their answer counts like any other, so that the host sets the right number
of places; but nothing says any more whose it was. Mail that waits for them is put away, their links
die, and no mail of this party goes there again, whoever brings them back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from guests import stopping
from guests.models import (
    Address,
    Call,
    Contact,
    Guest,
    Invitation,
    OutgoingEmail,
    Report,
    Response,
    State,
)
from guests.reasons import Reason
from guests.sequence import after_mails
from guests.suppressing import forget_ways, let_go, nobody


@dataclass(frozen=True, slots=True)
class Held:
    """What we hold of somebody for one party: all homes of it that the wish is about."""

    homes: tuple[Invitation, ...]
    children: tuple[str, ...]
    adults: tuple[Contact, ...]

    @property
    def others(self) -> bool:
        """Whether it is not about one grown-up alone."""
        return len(self.adults) > 1


def held(*, invitation: Invitation, contact: Contact | None) -> Held:
    """What a wish to be forgotten is about, made through this link; three queries.

    A home goes as a whole, with all its grown-ups: who has no name cannot be half at a party. Where
    one address stands in several homes of the party, as of a sibling, all of these go.
    """
    ids = _ids(invitation.pk, contact)
    homes = Invitation.objects.filter(pk__in=ids, forgotten_at=None).order_by("pk")
    children = Guest.objects.filter(invitation__in=ids).order_by("invitation_id", "position", "pk")
    adults = Contact.objects.current().filter(invitation__in=ids).select_related("address")
    return Held(tuple(homes), tuple(guest.name for guest in children), tuple(adults))


@transaction.atomic
def forget(*, invitation_id: int, contact: Contact | None, never_again: bool, now: datetime) -> int:
    """Forget this home; how many homes that were: none if it was done before.

    `never_again`: nothing from this site goes to the contact's address any more, for any party.
    """
    if never_again and contact is not None:
        # It locks all invitations of this address, and so ours, before any address.
        stopping.stop_everything(contact=contact, now=now)
    found = Invitation.objects.locked(_ids(invitation_id, contact))
    homes = list(found.filter(forgotten_at__isnull=True).standing())
    if not homes:
        return 0
    ids = [home.pk for home in homes]
    now = after_mails(now, invitation__in=ids)
    contacts = list(Contact.objects.filter(invitation__in=ids).select_related("address"))
    used = sorted({one.address_id for one in contacts if one.address_id is not None})
    list(Address.objects.filter(pk__in=used).order_by("pk").select_for_update())
    forget_ways(homes[0].party_id, _ways(contacts), now)
    for home in homes:
        _put_mails_away(home)
    _empty_mails_to_hosts(homes[0].party_id)
    _take_words(ids)
    _take_names(homes, contacts, now)
    let_go(used)
    return len(homes)


def _ids(invitation_id: int, contact: Contact | None) -> list[int]:
    """The homes of the party where this address stands; the one alone without an address."""
    ids = {invitation_id}
    if contact is not None and contact.address_id is not None:
        same = Contact.objects.current().filter(
            address=contact.address_id,
            invitation__party=contact.invitation.party_id,
            invitation__withdrawn_at=None,
        )
        ids |= set(same.values_list("invitation_id", flat=True))
    return sorted(ids)


def _ways(contacts: Iterable[Contact]) -> set[str]:
    current = [one for one in contacts if one.is_current]
    emails = {one.address.email for one in current if one.address is not None}
    return emails | {one.phone for one in current if one.phone}


def _put_mails_away(home: Invitation) -> None:
    """What waits does not go; what went is known by its number alone.

    The rows stay: their key is what keeps a mail from going twice, and their moments are the record
    of what was right.
    """
    mails = _locked(OutgoingEmail.objects.filter(invitation=home).values_list("pk", flat=True))
    waiting = mails.filter(state__in=[State.QUEUED, State.CLAIMED])
    no_claim = {"claim_token": None, "lease_until": None}
    waiting.filter(body_sha256="").update(
        state=State.SKIPPED, reason=Reason.FORGOTTEN.value, **no_claim
    )
    # An earlier try of these may have arrived, and nobody is to think that it did not.
    waiting.update(state=State.UNCERTAIN, reason=Reason.UNCLEAR.value, **no_claim)
    mails.filter(state=State.UNCERTAIN, reason="").update(reason=Reason.UNCLEAR.value)
    address = nobody(home.pk)
    Report.objects.filter(mail__in=mails).update(address=address)
    mails.update(body=None, address=address)


def _empty_mails_to_hosts(party: int) -> None:
    """Mails to the hosts of this party may tell of the home; only what became of them is kept."""
    told = OutgoingEmail.objects.filter(party=party, contact=None, body__isnull=False)
    _locked(told.values_list("pk", flat=True)).update(body=None)


def _locked(ids: Iterable[int]) -> models.QuerySet[OutgoingEmail]:
    """These mails in the order of their numbers, locked."""
    rows = OutgoingEmail.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update()
    return OutgoingEmail.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))


def _take_words(ids: Collection[int]) -> None:
    # The digest is one of the words too: whoever guesses them could check.
    Response.objects.filter(invitation__in=ids).update(
        allergies="", message="", stays="", know_by=None, digest=""
    )
    Call.objects.filter(invitation__in=ids).delete()


def _take_names(homes: Iterable[Invitation], contacts: Iterable[Contact], now: datetime) -> None:
    for home in homes:
        for guest in home.guests.all():
            # A home cannot have two children of one name; no child is called so.
            Guest.objects.filter(pk=guest.pk).update(name=f"#{guest.pk}")
        home.personal_line = ""
        home.know_by = None
        home.favourite = False
        home.version += 1
        home.forgotten_at = now
        home.next_mail_at = None
        home.save(
            update_fields=[
                "personal_line", "know_by", "favourite", "version", "forgotten_at", "next_mail_at",
            ]
        )  # fmt: skip
    Contact.objects.filter(pk__in=[one.pk for one in contacts]).update(
        name="",
        address=None,
        email_as_typed="",
        phone="",
        phone_wrong_at=None,
        version=F("version") + 1,
        stopped_at=Coalesce("stopped_at", Value(now)),
    )
