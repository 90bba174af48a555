"""From the plan to the outbox: whose moment has come gets a mail, queued or skipped.

Level-triggered and idempotent: what to say is derived from what is stored, each time anew. Planning
twice, or by two ticks at once, inserts nothing twice (the unique key of OutgoingEmail).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from guests.blame import NOBODYS_FAULT
from guests.household import Gathered, gather
from guests.models import Contact, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from guests.spreading import spread
from parties.models import Party
from parties.schedule import Step, Told, due, next_moment
from parties.words import SPACED_KINDS, Kind

BATCH = 200
# A household whose plan cannot be worked out waits this long, and holds nobody else up.
PARKED_FOR = timedelta(hours=1)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Planned:
    """What one round of planning did: mails queued and skipped, households looked at."""

    queued: int = 0
    skipped: int = 0
    households: int = 0


def plan(
    now: datetime, *, batch: int = BATCH, meanwhile: Callable[[], None] | None = None
) -> Planned:
    """Queue what is due at `now` for every household, and note when to look there again.

    `meanwhile` is called whenever a batch is in the queue and another one is to come.
    """
    done = Planned()
    seen: set[int] = set()
    while True:
        ids = list(Invitation.objects.due(now).values_list("pk", flat=True)[:batch])
        fresh = [pk for pk in ids if pk not in seen]
        if not fresh:
            return done
        if meanwhile is not None and done.queued:
            meanwhile()
        seen.update(fresh)
        _plan_safely(fresh, now, done)


def expected_next(invitation_ids: Iterable[int]) -> dict[int, datetime | None]:
    """For each invitation the moment (UTC) that `next_mail_at` must not lie behind."""
    rows = Invitation.objects.filter(pk__in=list(invitation_ids)).select_related("party")
    return {one.invitation.pk: one.next_moment() for one in gather(list(rows))}


def _plan_safely(ids: Sequence[int], now: datetime, done: Planned) -> None:
    try:
        _plan_batch(ids, now, done)
    except NOBODYS_FAULT:
        raise
    except Exception:
        if len(ids) > 1:
            for pk in ids:
                _plan_safely([pk], now, done)
            return
        log.exception("household_not_planned", invitation=ids[0])
        Invitation.objects.filter(pk=ids[0]).update(next_mail_at=now + PARKED_FOR)


@transaction.atomic
def _plan_batch(ids: Sequence[int], now: datetime, done: Planned) -> None:
    # The party is read after the wait for the locks: a join would show it as it was before.
    invitations = list(Invitation.objects.locked(ids).due_still(now).prefetch_related("party"))
    mails: list[OutgoingEmail] = []
    for one in gather(invitations):
        decided = due(one.steps(), now)
        new = [_mail(one, step, State.QUEUED, "", now) for step in decided.go]
        new += [_mail(one, step, State.SKIPPED, why, now) for step, why in decided.drop]
        one.invitation.next_mail_at = _next(one, new)
        mails += new
        done.skipped += _supersede(one, decided.go)
        done.queued += len(decided.go)
        done.skipped += len(decided.drop)
    done.households += len(invitations)
    too_late = spread(mails, now)
    done.queued -= too_late
    done.skipped += too_late
    OutgoingEmail.objects.bulk_create(_in_turn(mails), ignore_conflicts=True)
    _note_next(invitations)
    _ask_to_look(invitations, now)


def _in_turn(mails: Sequence[OutgoingEmail]) -> list[OutgoingEmail]:
    """One of each party in turn: a large party makes the small ones beside it wait for nothing."""
    before: Counter[int] = Counter()
    turns: list[tuple[int, int]] = []
    for place, mail in enumerate(mails):
        turns.append((before[mail.party_id], place))
        before[mail.party_id] += 1
    return [mails[place] for _turn, place in sorted(turns)]


def _note_next(invitations: Iterable[Invitation]) -> None:
    """Store `next_mail_at`: homes of one party mostly share it, so this takes few statements."""
    moments: dict[datetime | None, list[int]] = defaultdict(list)
    for invitation in invitations:
        moments[invitation.next_mail_at].append(invitation.pk)
    for moment, ids in moments.items():
        Invitation.objects.filter(pk__in=ids).update(next_mail_at=moment)


def _supersede(one: Gathered, go: Sequence[Step]) -> int:
    """Put away what still waits in the queue, as after an outage, where a newer one goes now."""
    newer = {step.contact for step in go if step.kind in SPACED_KINDS}
    older = [
        mail.pk
        for mail in one.invitation.mails.all()
        if str(mail.contact_id) in newer and mail.kind in SPACED_KINDS
        if mail.state == State.QUEUED
    ]
    if not older:
        return 0
    # Somebody may be sending it this very moment; then it goes.
    return OutgoingEmail.objects.filter(pk__in=older, state=State.QUEUED).update(
        state=State.SKIPPED, reason=Reason.SUPERSEDED
    )


def _mail(one: Gathered, step: Step, state: State, reason: str, now: datetime) -> OutgoingEmail:
    contact = _contact(one.invitation, step.contact)
    return OutgoingEmail(
        contact=contact,
        recipient_key=f"c:{contact.pk}",
        party=one.party,
        invitation=one.invitation,
        address=contact.address,
        rule_id=int(step.rule) if step.rule else None,
        kind=step.kind.value,
        occasion=step.occasion,
        state=state,
        reason=str(reason),
        # When it was due, for those that read of a mail that did not go.
        not_before=now if state == State.QUEUED else min(step.own_at, now),
        expires_at=step.expires_at,
        message_id=OutgoingEmail.new_message_id(settings.MAIL_DOMAIN),
        created_at=now,
    )


def _contact(invitation: Invitation, key: str) -> Contact:
    return next(one for one in invitation.contacts.all() if str(one.pk) == key)


def _next(one: Gathered, new: Sequence[OutgoingEmail]) -> datetime | None:
    """When the plan has something to say after what it has just said."""
    if one.invitation.is_gone:
        return None
    told = [
        (str(mail.contact_id), Told(Kind(mail.kind), mail.occasion, mail.created_at, reached=False))
        for mail in new
    ]
    contacts = tuple(
        replace(contact, told=contact.told + tuple(one for key, one in told if key == contact.key))
        for contact in one.household.contacts
    )
    return next_moment(replace(one.household, contacts=contacts), one.party.dates, one.rules)


def _ask_to_look(invitations: Iterable[Invitation], now: datetime) -> None:
    """Where families answered, the hosts may have to hear of it (`guests.looking`)."""
    answered = {one.party_id for one in invitations if one.answered_at is not None}
    for party in sorted(answered):
        Party.objects.filter(pk=party).ask_to_look(now)
