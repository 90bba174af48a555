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

from guests import judge, limits
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.outbox.statements import (
    COUNT_AND_HAND,
    COUNT_AND_HAND_AND_KEEP,
    HAND,
    HAND_AND_KEEP,
    LOCK_HOME,
    LOCK_MAIL,
    STAMP_AND_HAND,
)
from guests.reasons import Reason
from parties.models import Party
from parties.words import PLAN_KINDS, SPACED_KINDS, Kind

# A mail that must wait waits this long at least, so that no sender turns in a circle.
_AT_LEAST = timedelta(minutes=1)


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

    @property
    def account(self) -> limits.Account:
        seen: Any = self.mail
        return limits.Account(
            pk=self.party.host_id,
            joined=seen.host_joined,
            active=seen.host_active,
            paused=seen.host_paused_at is not None,
            verified=seen.host_verified,
        )

    @property
    def takes_a_place(self) -> bool:
        """Whether it invites somebody whom nothing has reached yet. One that may have arrived has
        its place already."""
        seen: Any = self.mail
        return bool(seen.is_new) and self.mail.handed_at is None


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
        case judge.Later(at, reason):
            _queue(rows.mail, max(at, now + _AT_LEAST), reason)
            return False
    if rows.takes_a_place and not limits.take_place(rows.account, now):
        _wait_in_line(rows, now)
        return False
    _hand(rows, now, prepared)
    return True


def drop_if_pointless(mail: OutgoingEmail, now: datetime) -> bool:
    """Put a queued mail away for good if the judge says so.

    Else it stays as it is, with the end that it has by now: it is not asked about before that.
    """
    with transaction.atomic():
        rows = _lock(mail, State.QUEUED)
        if rows is None:
            return False
        found = _verdict(rows, now)
        if not isinstance(found, judge.Skip):
            end = judge.expires_at(rows.mail, rows.invitation, rows.party)
            OutgoingEmail.objects.filter(pk=mail.pk).update(expires_at=end)
            return False
        _skip(rows.mail, _better(found.reason, rows.mail), again=mail.body is not None)
        return True


def _lock(mail: OutgoingEmail, state: State, token: uuid.UUID | None = None) -> _Locked | None:
    """The rows that decide, read after the locks are ours; None if the mail is not `state` any
    more, or not `token`'s."""
    invitation = address = None
    if mail.contact_id is not None and (home := LOCK_HOME.row(pk=mail.pk)):
        invitation, address = home.invitation, home.address
    fresh = LOCK_MAIL.row(pk=mail.pk)
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
        account=rows.account,
    )


def _wait_in_line(rows: _Locked, now: datetime) -> None:
    """The host has invited enough people for today: its turn comes, or comes too late."""
    mail, invitation, account = rows.mail, rows.invitation, rows.account
    why = limits.why_full(account.day(now))
    at = limits.next_turn(account, now)
    if invitation is None or at < judge.expires_at(mail, invitation, rows.party):
        _queue(mail, at, why)
    else:
        _skip(mail, why, again=False)


def _better(reason: str, mail: OutgoingEmail) -> str:
    """That its time is over is no reason for a mail that something kept waiting all the time."""
    late = reason in (Reason.EXPIRED, Reason.OVER)
    return mail.reason if late and mail.reason in limits.WAITS else reason


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
    keeps = not prepared.again and mail.kind not in PLAN_KINDS
    if keeps:
        facts["body"] = prepared.content
    if address is not None and mail.kind in SPACED_KINDS:
        STAMP_AND_HAND.run(**facts, address=address.pk)
    elif address is not None and not prepared.again and limits.counts(mail):
        counted = COUNT_AND_HAND_AND_KEEP if keeps else COUNT_AND_HAND
        counted.run(**facts, address=address.pk)
    else:
        (HAND_AND_KEEP if keeps else HAND).run(**facts)


def _skip(mail: OutgoingEmail, reason: str, again: bool) -> None:
    # What may have arrived is never called skipped: whoever looks would think it had not.
    state, why = (State.UNCERTAIN, Reason.UNCLEAR) if again else (State.SKIPPED, reason)
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=state, reason=str(why), claim_token=None, lease_until=None
    )


def _queue(mail: OutgoingEmail, not_before: datetime, reason: str = "") -> None:
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=State.QUEUED,
        not_before=not_before,
        reason=str(reason) if reason in limits.WAITS else "",
        claim_token=None,
        lease_until=None,
        attempts=F("attempts") - 1,
    )
