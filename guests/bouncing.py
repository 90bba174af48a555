"""An address that does not work: nothing more goes there, and the hosts are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from guests.models import Address, Contact
from guests.sequence import after_mails
from parties.models import Party


@transaction.atomic
def mark_bounced(*, address_id: int, now: datetime) -> None:
    """Mail to this address came back for good: whoever learns that says it here.

    The hosts of every party to come that uses the address are told soon (`guests.looking`).
    """
    # Not the key: whoever puts this address on a party's list holds the party, for which we wait.
    Address.objects.select_for_update(no_key=True).get(pk=address_id)
    Address.objects.filter(pk=address_id, bounced_at__isnull=True).update(
        bounced_at=after_mails(now, address=address_id)
    )
    used = Contact.objects.current().filter(address=address_id).values("invitation__party")
    # Two bounces at once take the parties in one order.
    parties = list(
        Party.objects.filter(pk__in=used, cancelled_at__isnull=True, ends_at__gt=now)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )
    Party.objects.filter(pk__in=parties).filter(
        Q(next_look_at__isnull=True) | Q(next_look_at__gt=now)
    ).update(next_look_at=now)
