"""What would go at some moment, found out by doing it and taking it all back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from guests.models import OutgoingEmail, State
from guests.outbox.claim import claim
from guests.outbox.commit import Prepared, decide
from guests.outbox.tick import Ticked, tick

_BATCH = 200


def rehearse(at: datetime) -> tuple[Ticked, Mapping[str, list[int]]]:
    """The tick of `at`, and by kind the invitations to which a mail would go; 0 stands for hosts.

    Everything happens in one transaction that is rolled back: nothing is written and nothing sent.
    Others may have to wait for its locks.
    """
    going: dict[str, list[int]] = defaultdict(list)
    with transaction.atomic():
        ticked = tick(at)
        while (batch := claim(at, _BATCH)).mails:
            for mail in batch.mails:
                if decide(mail, batch.token, at, _prepared(mail, at)):
                    going[mail.kind].append(mail.invitation_id or 0)
        transaction.set_rollback(True)
    return ticked, going


def waiting() -> int:
    """How many mails are still in the queue."""
    return OutgoingEmail.objects.filter(state=State.QUEUED).count()


def _prepared(mail: OutgoingEmail, at: datetime) -> Prepared:
    return Prepared(b"", "", at, mail.party.revision, again=mail.body is not None)
