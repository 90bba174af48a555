"""What the limits of a day counted for a mail that surely did not go (see `guests.limits`).

The commit point counts before it knows what becomes of the mail; what was not taken is given back,
as its stamp is (see `stamps`). A mail that may have arrived keeps its place.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from guests import limits
from guests.models import Address, OutgoingEmail, State
from guests.outbox.stamps import handed_at_of
from guests.reasons import Reason


def free_address(mail: OutgoingEmail, token: uuid.UUID, now: datetime) -> datetime | None:
    """Take this mail from those that its address got in a day, and look anew at what waited for it.

    Inside a transaction, before the caller records the mail. Returns when it was handed over; None
    if nothing is to be given back.
    """
    if mail.address_id is None or mail.body is not None:
        return None
    # Not the key, as in `stamps`.
    address = Address.objects.select_for_update(no_key=True).filter(pk=mail.address_id).first()
    at = handed_at_of(mail, token)
    if address is not None and at is not None and limits.counts(mail):
        last = [address.last_mail_at, address.second_last_mail_at, address.third_last_mail_at]
        if at in last:
            last.remove(at)
            _store(address, [*last, None])
            waiting = OutgoingEmail.objects.filter(
                address=address, state=State.QUEUED, reason=Reason.FULL_DAY
            )
            waiting.update(not_before=now)
    return at


def free_place(mail: OutgoingEmail, handed_at: datetime | None) -> None:
    """Give the host the place back that this mail took; after it was recorded, in the same
    transaction. The row of the tally is the last lock that anybody takes."""
    if handed_at is not None and limits.is_new(mail):
        limits.give_place_back(limits.account(mail.party.host_id), handed_at)


def _store(address: Address, last: list[datetime | None]) -> None:
    Address.objects.filter(pk=address.pk).update(
        last_mail_at=last[0], second_last_mail_at=last[1], third_last_mail_at=last[2]
    )
