"""Taking mails out of the queue for a while: a conditional UPDATE, and its count decides."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, UUIDField, prefetch_related_objects

from guests.compiled import Select, Slot
from guests.mails.compose import PREFETCHED, for_composing
from guests.models import OutgoingEmail, State
from guests.models.mail import OutgoingEmailQuerySet

# How often to look again when others were quicker.
_TRIES = 5
# A mail that was tried so often may be one that kills its sender: it goes by itself.
_ALONE_FROM = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails that are ours until `until`, as long as they carry `token`; `sent`: those that went."""

    token: uuid.UUID
    until: datetime
    mails: list[OutgoingEmail] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)


def lease() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def claim(now: datetime, limit: int) -> Batch:
    """Claim at most `limit` mails that are ready at `now`. An empty batch: nothing is ready.

    Each claim counts as an attempt, so that a mail that kills its sender is given up some day; one
    that was tried often is claimed alone, so that it takes no others with it.
    """
    batch = Batch(token=uuid.uuid4(), until=now + lease())
    for _ in range(_TRIES):
        seen, taken = _take(batch, now, limit)
        if taken:
            batch.mails.extend(_claimed(batch.token))
        if taken or not seen:
            break
    return batch


def release(token: uuid.UUID, ids: Collection[int], not_before: datetime | None = None) -> int:
    """Put claimed mails back that were not tried; that was no attempt. Returns how many."""
    if not ids:
        return 0
    later = {} if not_before is None else {"not_before": not_before}
    return OutgoingEmail.objects.filter(
        pk__in=list(ids), claim_token=token, state=State.CLAIMED
    ).update(
        state=State.QUEUED, claim_token=None, lease_until=None, attempts=F("attempts") - 1, **later
    )


def _take(batch: Batch, now: datetime, limit: int) -> tuple[int, int]:
    """How many mails were ready, and how many of them are ours now."""
    ready = OutgoingEmail.objects.ready(now)
    if not connection.features.has_select_for_update_skip_locked:
        return _mark(batch, _together(ready[:limit]), now)
    # Not needed to be right; senders that skip each other's rows do not wait for each other.
    with transaction.atomic():
        unlocked = ready.select_for_update(skip_locked=True)
        return _mark(batch, _together(unlocked[:limit]), now)


def _together(ready: OutgoingEmailQuerySet) -> list[int]:
    """The first that may be claimed at once."""
    rows = list(ready.values_list("pk", "attempts"))
    innocent = [pk for pk, _ in takewhile(lambda row: row[1] < _ALONE_FROM, rows)]
    return innocent or [pk for pk, _ in rows[:1]]


def _mark(batch: Batch, ready: Iterable[int], now: datetime) -> tuple[int, int]:
    ids = list(ready)
    if not ids:
        return 0, 0
    taken = OutgoingEmail.objects.filter(
        pk__in=ids, state=State.QUEUED, not_before__lte=now
    ).update(
        state=State.CLAIMED,
        claim_token=batch.token,
        lease_until=batch.until,
        attempts=F("attempts") + 1,
    )
    return len(ids), taken


_CLAIMED: Select[OutgoingEmail] = Select(
    lambda: for_composing(
        OutgoingEmail.objects.filter(claim_token=Slot("token", UUIDField()), state=State.CLAIMED)
    ).order_by("not_before", "pk")
)


def _claimed(token: uuid.UUID) -> list[OutgoingEmail]:
    mails = _CLAIMED.rows(token=token)
    prefetch_related_objects(mails, *PREFETCHED)
    return mails
