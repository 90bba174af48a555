"""The commit point: the last question, immediately before a mail goes on the wire.

One short transaction locks the invitation, then the address, then the mail. An answer, a stop, a
move and a cancellation take the same locks, so one of them is always first.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    BigAutoField,
    BinaryField,
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    OuterRef,
    Subquery,
    When,
)
from django.db.models import PositiveIntegerField as NumberField
from django.db.models.functions import Coalesce

from guests import judge
from guests.compiled import Both, Select, Slot, Update
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from parties.models import Party
from parties.words import PLAN_KINDS, SPACED_KINDS, Kind

# A mail that must wait waits this long at least, so that no sender turns in a circle.
_AT_LEAST = timedelta(minutes=1)

_PK = Slot("pk", BigAutoField())
_NOW = Slot("now", DateTimeField())
# Every mail asks these.
_LOCK_HOME: Select[OutgoingEmail] = Select(
    lambda: (
        OutgoingEmail.objects.filter(pk=_PK)
        # true of every row, and says that both are there: PostgreSQL locks no other joins
        .filter(invitation__version__gte=0, address__email__gt="")
        .select_related("invitation", "address")
        .only("pk", "invitation", "address")
        .select_for_update(of=("invitation", "address"))
        .order_by()
    )
)
# How many reminders of its party the address of a reminder got besides it, as `judge.reminders_to`.
_REMINDED = Case(
    When(
        kind=Kind.REMINDER.value,
        then=Coalesce(
            Subquery(
                OutgoingEmail.objects.reached()
                .reminders()
                .filter(address=OuterRef("address"), party=OuterRef("party"))
                .exclude(pk=OuterRef("pk"))
                .order_by()
                .values("party")
                .annotate(times=Count("pk"))
                .values("times")
            ),
            0,
        ),
    ),
    default=0,
)
# Party, contact and rule are read by this statement and not by one that waited for a lock:
# PostgreSQL would show them as they were before the wait.
_LOCK_MAIL: Select[OutgoingEmail] = Select(
    lambda: (
        OutgoingEmail.objects.select_for_update(of=("self",))
        .select_related("party", "contact", "rule")
        .defer("body")
        .annotate(reminded=_REMINDED)
        .filter(pk=_PK)
        .order_by()
    )
)
_STAMP = Update(
    lambda: Address.objects.filter(pk=Slot("address", BigAutoField())), last_plan_mail_at=_NOW
)
_HANDED: dict[str, Any] = {
    "state": State.HANDING,
    "handed_at": _NOW,
    "reason": "",
    "composed_at": Slot("composed_at", DateTimeField()),
    "body_sha256": Slot("sha256", CharField()),
    "revision": Slot("revision", NumberField()),
}
_HAND = Update(lambda: OutgoingEmail.objects.filter(pk=_PK).order_by(), **_HANDED)
_HAND_AND_KEEP = Update(
    lambda: OutgoingEmail.objects.filter(pk=_PK).order_by(),
    **_HANDED,
    body=Slot("body", BinaryField()),
)
_STAMP_AND_HAND = Both(_STAMP, _HAND)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail as it would go: its bytes, when it was composed, the revision of its facts.

    `again`: it may have arrived before, and goes with the bytes of that time. `words`: the host's
    own in it, as its rule had them; None where nobody looked.
    """

    content: bytes
    sha256: str
    composed_at: datetime
    revision: int
    again: bool = False
    words: str | None = None


@dataclass(frozen=True, slots=True)
class _Locked:
    mail: OutgoingEmail
    invitation: Invitation | None
    address: Address | None

    @property
    def party(self) -> Party:
        return self.mail.party

    @property
    def contact(self) -> Contact | None:
        return self.mail.contact


def commit_point(mail: OutgoingEmail, token: uuid.UUID, now: datetime, prepared: Prepared) -> bool:
    """True: the mail is in state handing, and goes. False: it is not ours, or has been put away."""
    with transaction.atomic(durable=True):
        return decide(mail, token, now, prepared)


def decide(mail: OutgoingEmail, token: uuid.UUID, now: datetime, prepared: Prepared) -> bool:
    """What `commit_point` does, inside the caller's transaction."""
    rows = _lock(mail, State.CLAIMED, token)
    if rows is None or _has_lapsed(rows.mail, now):
        return False
    if _is_out_of_date(rows, prepared):
        if prepared.again:
            _skip(rows.mail, Reason.MOVED_AGAIN, again=True)
        else:
            _queue(rows.mail, now)
        return False
    match _verdict(rows, now):
        case judge.Skip(reason):
            _skip(rows.mail, reason, prepared.again)
            return False
        case judge.Later(at, _reason):
            _queue(rows.mail, max(at, now + _AT_LEAST))
            return False
    _hand(rows, now, prepared)
    return True


def drop_if_pointless(mail: OutgoingEmail, now: datetime) -> bool:
    """Put a queued mail away for good if the judge says so; else it stays as it is."""
    with transaction.atomic():
        rows = _lock(mail, State.QUEUED)
        if rows is None:
            return False
        found = _verdict(rows, now)
        if not isinstance(found, judge.Skip):
            return False
        _skip(rows.mail, found.reason, again=mail.body is not None)
        return True


def _lock(mail: OutgoingEmail, state: State, token: uuid.UUID | None = None) -> _Locked | None:
    """The rows that decide, read after the locks are ours; None if the mail is not `state` any
    more, or not `token`'s."""
    invitation = address = None
    if mail.contact_id is not None and (home := _LOCK_HOME.row(pk=mail.pk)):
        invitation, address = home.invitation, home.address
    fresh = _LOCK_MAIL.row(pk=mail.pk)
    if fresh is None or fresh.state != state:
        return None
    if token is not None and fresh.claim_token != token:
        return None
    return _Locked(fresh, invitation, address)


def _verdict(rows: _Locked, now: datetime) -> judge.Verdict:
    return judge.verdict(
        rows.mail,
        invitation=rows.invitation,
        party=rows.party,
        contact=rows.contact,
        address=rows.address,
        now=now,
        reminded=getattr(rows.mail, "reminded", None),
    )


def _has_lapsed(mail: OutgoingEmail, now: datetime) -> bool:
    """Its lease ran out: the sender slept for too long, or the clock has jumped ahead."""
    return mail.lease_until is not None and mail.lease_until <= now


def _is_out_of_date(rows: _Locked, prepared: Prepared) -> bool:
    """The party moved, or the host changed the words, after the mail was composed.

    One that goes again cannot be composed anew, so the mail that tells of the move must do.
    """
    if rows.invitation is None:
        return False
    composed = rows.mail.revision if prepared.again else prepared.revision
    return rows.party.revision != composed or _has_other_words(rows.mail, prepared)


def _has_other_words(mail: OutgoingEmail, prepared: Prepared) -> bool:
    if mail.rule is None or prepared.words is None or prepared.again:
        return False
    return mail.rule.words != prepared.words


def _hand(rows: _Locked, now: datetime, prepared: Prepared) -> None:
    mail, invitation, address = rows.mail, rows.invitation, rows.address
    if invitation is not None and mail.kind == Kind.INVITATION:
        # From here on the household counts as told, and the plan has reminders for it.
        Invitation.objects.filter(pk=invitation.pk).update(next_mail_at=now)
    facts = {
        "pk": mail.pk,
        "now": now,
        "composed_at": prepared.composed_at,
        "sha256": prepared.sha256,
        "revision": mail.revision if prepared.again else prepared.revision,
    }
    if address is not None and mail.kind in SPACED_KINDS:
        _STAMP_AND_HAND.run(**facts, address=address.pk)
    elif prepared.again or mail.kind in PLAN_KINDS:
        _HAND.run(**facts)
    else:
        _HAND_AND_KEEP.run(**facts, body=prepared.content)


def _skip(mail: OutgoingEmail, reason: str, again: bool) -> None:
    # What may have arrived is never called skipped: whoever looks would think it had not.
    state, why = (State.UNCERTAIN, Reason.UNCLEAR) if again else (State.SKIPPED, reason)
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=state, reason=str(why), claim_token=None, lease_until=None
    )


def _queue(mail: OutgoingEmail, not_before: datetime) -> None:
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=State.QUEUED,
        not_before=not_before,
        claim_token=None,
        lease_until=None,
        attempts=F("attempts") - 1,
    )
