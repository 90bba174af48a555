"""An address that does not work, or wants no more: nothing goes there, and the hosts are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guests.models import Address, Contact
from guests.sequence import after_mails
from guests.suppressing import Why, suppress
from parties.models import Party


@transaction.atomic
def mark_bounced(*, address_id: int, now: datetime) -> None:
    """Mail to this address came back for good: whoever learns that says it here.

    The hosts of every party to come that uses the address are told soon (`guests.looking`).
    """
    # Not the key: whoever puts this address on a party's list holds the party, for which we wait.
    rows = Address.objects.select_for_update(no_key=True)
    if rows.filter(pk=address_id).first() is None:
        return  # gone with a family that asked to be forgotten
    Address.objects.filter(pk=address_id, bounced_at__isnull=True).update(
        bounced_at=after_mails(now, address=address_id)
    )
    _tell_hosts(address_id, now)


@transaction.atomic
def mark_complained(*, address_id: int, now: datetime) -> None:
    """Whoever reads this address called our mail spam: nothing more goes there, from no host.

    The hosts of every party to come that uses the address are told soon, as of a bounce.
    """
    address = Address.objects.select_for_update(no_key=True).filter(pk=address_id).first()
    if address is None:
        return
    Address.objects.filter(pk=address_id, complained_at__isnull=True).update(
        complained_at=after_mails(now, address=address_id)
    )
    suppress(address.email, Why.COMPLAINED, now)
    _tell_hosts(address_id, now)


def _tell_hosts(address_id: int, now: datetime) -> None:
    used = Contact.objects.current().filter(address=address_id).values("invitation__party")
    # Two bounces at once take the parties in one order.
    parties = list(
        Party.objects.filter(pk__in=used, cancelled_at__isnull=True, ends_at__gt=now)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    Party.objects.filter(pk__in=parties).ask_to_look(now)
