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
from django.db.models import F

from guests import judge
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from parties.models import Party
from parties.words import PLAN_KINDS, SPACED_KINDS, Kind

# A mail that must wait waits this long at least, so that no sender turns in a circle.
_AT_LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A mail as it would go: its bytes, when it was composed, the revision of its facts.

    `again`: it may have arrived before, and goes with the bytes of that time.
    """

    content: bytes
    sha256: str
    composed_at: datetime
    revision: int
    again: bool = False


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
    rows = _lock(mail, claim_token=token, state=State.CLAIMED)
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
        rows = _lock(mail, state=State.QUEUED)
        if rows is None:
            return False
        found = _verdict(rows, now)
        if not isinstance(found, judge.Skip):
            return False
        _skip(rows.mail, found.reason, again=mail.body is not None)
        return True


def _lock(mail: OutgoingEmail, **still: Any) -> _Locked | None:
    """The rows that decide, read after the locks are ours; None if the mail is not `still` so."""
    invitation = address = None
    if mail.invitation_id is not None:
        invitation = Invitation.objects.locked([mail.invitation_id]).first()
    if mail.address_id is not None:
        address = Address.objects.select_for_update().filter(pk=mail.address_id).first()
    # Party, contact and rule are read by this statement and not by one that waited for a lock:
    # PostgreSQL would show them as they were before the wait.
    fresh = (
        OutgoingEmail.objects.select_for_update(of=("self",))
        .select_related("party", "contact", "rule")
        .defer("body")
        .filter(pk=mail.pk, **still)
        .first()
    )
    return None if fresh is None else _Locked(fresh, invitation, address)


def _verdict(rows: _Locked, now: datetime) -> judge.Verdict:
    return judge.verdict(
        rows.mail,
        invitation=rows.invitation,
        party=rows.party,
        contact=rows.contact,
        address=rows.address,
        now=now,
    )


def _has_lapsed(mail: OutgoingEmail, now: datetime) -> bool:
    """Its lease ran out: the sender slept for too long, or the clock has jumped ahead."""
    return mail.lease_until is not None and mail.lease_until <= now


def _is_out_of_date(rows: _Locked, prepared: Prepared) -> bool:
    """The party moved after the mail was composed: it would carry the old day or place.

    One that goes again cannot be composed anew, so the mail that tells of the move must do.
    """
    if rows.invitation is None:
        return False
    composed = rows.mail.revision if prepared.again else prepared.revision
    return rows.party.revision != composed


def _hand(rows: _Locked, now: datetime, prepared: Prepared) -> None:
    mail, invitation, address = rows.mail, rows.invitation, rows.address
    if address is not None and mail.kind in SPACED_KINDS:
        Address.objects.filter(pk=address.pk).update(last_plan_mail_at=now)
    if invitation is not None and mail.kind == Kind.INVITATION:
        # From here on the household counts as told, and the plan has reminders for it.
        Invitation.objects.filter(pk=invitation.pk).update(next_mail_at=now)
    kept = {} if mail.kind in PLAN_KINDS else {"body": prepared.content}
    facts = {} if prepared.again else {"revision": prepared.revision, **kept}
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=State.HANDING,
        handed_at=now,
        reason="",
        composed_at=prepared.composed_at,
        body_sha256=prepared.sha256,
        **facts,
    )


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
