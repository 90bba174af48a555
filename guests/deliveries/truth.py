"""One word for each contact: how far our mail to it came, as far as anybody can know."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from guests.models import Contact, Fate, OutgoingEmail, State
from guests.models.mail import REACHED
from guests.reasons import Reason

# It did not get there, whatever the server said that took it first.
RETURNED = frozenset({Fate.SOFT.value, Fate.HARD.value, Fate.POLICY.value})


class Delivery(StrEnum):
    """What a host is told of a contact. The worst that stands in the way of mail comes first."""

    NO_ADDRESS = "no_address"
    COMPLAINED = "complained"
    STOPPED_ALL = "stopped_all"  # nothing from us, ever
    STOPPED = "stopped"  # the reminders of this party
    BOUNCED = "bounced"
    ANSWERED = "answered"
    NOT_INVITED = "not_invited"
    QUEUED = "queued"
    ACCEPTED = "accepted"  # by the mail server: nobody can tell whether it was read
    DELIVERED = "delivered"  # into the mailbox, as the mail service says
    UNCLEAR = "unclear"
    CAME_BACK = "came_back"  # the last mail; the next one may get there
    REFUSED = "refused"
    NOT_SENT = "not_sent"


# No mail gets there by itself any more, or the last one did not.
TROUBLE = frozenset(
    {
        Delivery.NO_ADDRESS,
        Delivery.COMPLAINED,
        Delivery.BOUNCED,
        Delivery.CAME_BACK,
        Delivery.REFUSED,
    }
)
_REFUSES = {
    Reason.COMPLAINED: Delivery.COMPLAINED,
    Reason.STOPPED_ALL: Delivery.STOPPED_ALL,
    Reason.BOUNCED: Delivery.BOUNCED,
}


def delivery_of(contact: Contact, mails: Iterable[OutgoingEmail], *, invited: bool) -> Delivery:
    """How far mail to `contact` came; `mails` are those of its home, the oldest first.

    `invited`: its home was. Asks nothing of the database.
    """
    if contact.address is None:
        return Delivery.NO_ADDRESS
    if refuses := contact.address.refuses:
        return _REFUSES[Reason(refuses)]
    if contact.newest_id is not None:
        return Delivery.ANSWERED
    if contact.stopped_at is not None:
        return Delivery.STOPPED
    own = [mail for mail in mails if mail.contact_id == contact.pk]
    if not invited and not own:
        return Delivery.NOT_INVITED
    return _by_mails(own)


def got_there(mail: OutgoingEmail) -> bool:
    """Whether a mail was handed over, or may have been, and did not come back."""
    return mail.state in REACHED and mail.fate not in RETURNED


def _by_mails(own: list[OutgoingEmail]) -> Delivery:
    """By the newest mail that was to go; one that still waits says less than one that went."""
    went = [mail for mail in own if mail.state in (State.SENT, State.UNCERTAIN, State.FAILED)]
    waits = any(mail.state in (State.QUEUED, State.CLAIMED, State.HANDING) for mail in own)
    if not went:
        return Delivery.QUEUED if waits or not own else Delivery.NOT_SENT
    newest = went[-1]
    if newest.state == State.FAILED or newest.fate == Fate.POLICY:
        return Delivery.REFUSED
    if newest.fate in RETURNED:
        return Delivery.CAME_BACK
    if newest.state == State.UNCERTAIN:
        return Delivery.UNCLEAR
    return Delivery.DELIVERED if newest.fate == Fate.DELIVERED else Delivery.ACCEPTED
