""" "I don't know this host": nothing more goes there, and the operators hear of it.

An account that several people do not know most likely writes to addresses that it should not have.
It sends nothing to families until an operator has looked (`manage.py strangers`).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guests.models import Contact, Stranger
from guests.stopping import start_again, stop_everything
from guests.suppressing import Why, digests, normal
from parties.models import Host

# So many addresses that do not know a host are no slip of the pen any more.
PAUSES_AT = 3


@transaction.atomic
def report(*, contact: Contact, now: datetime) -> None:
    """Nothing from this site goes to the contact's address any more; the host counts one stranger.

    Who tells it twice is one. The host of the party is the one who has the account.
    """
    stop_everything(contact=contact, now=now, why=Why.STRANGER)
    if contact.address is None:
        return
    host = _locked_host(contact)
    hashes = _hashes(contact.address.email)
    if not Stranger.objects.filter(host=host, digest__in=hashes).exists():
        Stranger.objects.create(host=host, digest=hashes[0], created_at=now)
    if host.paused_at is None and Stranger.objects.filter(host=host).count() >= PAUSES_AT:
        Host.objects.filter(pk=host.pk).update(paused_at=now)


@transaction.atomic
def take_back(*, contact: Contact, now: datetime) -> None:
    """Somebody tapped by mistake: mail of this party goes again. A pause stays until it is lifted.

    A stop from before ends with it too, as one cannot be without the other.
    """
    start_again(contact=contact, now=now)
    if contact.address is not None:
        hashes = _hashes(contact.address.email)
        Stranger.objects.filter(host=_locked_host(contact), digest__in=hashes).delete()


def is_stranger(contact: Contact) -> bool:
    """Whether this contact's address does not know the host; one query."""
    if contact.address is None:
        return False
    hashes = _hashes(contact.address.email)
    host = contact.invitation.party.host_id
    return Stranger.objects.filter(host=host, digest__in=hashes).exists()


@transaction.atomic
def lift_pause(*, host_id: int) -> bool:
    """An operator has looked: the account may write again, and counting begins anew.

    What was held goes with the next tick, if it is still of use. False if it was not paused.
    """
    host = Host.objects.select_for_update(no_key=True).filter(pk=host_id).first()
    if host is None or host.paused_at is None:
        return False
    Stranger.objects.filter(host=host).delete()
    Host.objects.filter(pk=host.pk).update(paused_at=None)
    return True


def _hashes(email: str) -> list[str]:
    return digests(f"stranger {normal(email)}")


def _locked_host(contact: Contact) -> Host:
    """Two strangers at once are counted one after the other. The last lock of all."""
    return Host.objects.select_for_update(no_key=True).get(pk=contact.invitation.party.host_id)
