"""Calling the homes that have not answered: in which order, and what came of it.

An answer that a family gives on the telephone is a response like any other, entered by the host
(`guests.answering`); a call that brought none is kept as a `Call`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Q

from guests.answering import Details, record_response, settle
from guests.models import Call, Channel, Contact, Invitation, Outcome, Response
from parties.models import Host, Party
from parties.schedule import CONFIRM_AFTER
from parties.words import Answer, Kind


class NumberChanged(Exception):
    """The number that was called is not the contact's any more."""


class TooLate(Exception):
    """The answer was acted upon: a mail told of it, or went because of it."""


class Why(StrEnum):
    """Why a home is worth a call; the most pressing first."""

    DISPUTED = "disputed"
    LOST = "lost"  # silent, and no mail reached anybody there
    TO_CONFIRM = "to_confirm"  # answered before the party moved
    UNSURE = "unsure"  # not sure, and the day on which they would know is over
    SILENT = "silent"


_PRESSING = list(Why)


@dataclass(frozen=True, slots=True)
class Turn:
    """What decides when a home's turn comes. `since`: invited, or said what it said (UTC)."""

    why: Why
    favourite: bool
    tries: int
    since: datetime
    pk: int


def place(turn: Turn) -> tuple[int, bool, int, datetime, int]:
    """The key to sort homes by: the first is to be called first.

    Everybody is tried once before anybody is tried twice. Then come the birthday child's own
    favourites, the most pressing reason, and whoever waits the longest.
    """
    return turn.tries, not turn.favourite, _PRESSING.index(turn.why), turn.since, turn.pk


def answer_by_phone(
    *, invitation_id: int, answer: Answer, submission_id: uuid.UUID, now: datetime
) -> Response:
    """Keep one answer for all children of a home, as it was said on the telephone.

    The same submission again is the same answer. Raises `guests.answering.Closed`.
    """
    guests = Invitation.objects.get(pk=invitation_id).guests.values_list("pk", flat=True)
    return record_response(
        invitation_id=invitation_id,
        contact=None,
        channel=Channel.HOST,
        submission_id=submission_id,
        answers=dict.fromkeys(guests, answer),
        details=Details(),
        now=now,
    )


@transaction.atomic
def note_message(
    *,
    invitation_id: int,
    contact: Contact | None,
    host: Host,
    submission_id: uuid.UUID,
    now: datetime,
) -> Call:
    """Keep that a host left a message; the home stays silent. The same submission is one call."""
    invitation = Invitation.objects.locked([invitation_id]).get()
    call, _created = Call.objects.get_or_create(
        invitation=invitation,
        submission_id=submission_id,
        outcome=Outcome.LEFT_MESSAGE.value,
        defaults={"contact": contact, "host": host, "created_at": now},
    )
    return call


@transaction.atomic
def note_wrong_number(
    *, contact: Contact, number: str, host: Host, submission_id: uuid.UUID, now: datetime
) -> Call:
    """Keep that somebody else answered at `number`, so that nobody calls there again.

    The same submission is one call. Raises NumberChanged if the number was corrected meanwhile.
    """
    invitation = Invitation.objects.locked([contact.invitation_id]).get()
    known = Call.objects.filter(
        invitation=invitation, submission_id=submission_id, outcome=Outcome.WRONG_NUMBER.value
    ).first()
    if known is not None and known.contact_id == contact.pk:
        return known
    marked = Contact.objects.current().filter(pk=contact.pk, phone=number).exclude(phone="")
    if not marked.update(phone_wrong_at=now):
        raise NumberChanged
    return Call.objects.create(
        invitation=invitation,
        contact=contact,
        host=host,
        outcome=Outcome.WRONG_NUMBER.value,
        # Two numbers of one home may be wrong, tapped on one page.
        submission_id=submission_id if known is None else uuid.uuid4(),
        created_at=now,
    )


@transaction.atomic
def take_back(*, call: Call) -> None:
    """Forget a call that was tapped by mistake; its number is right again. Twice is once."""
    Invitation.objects.locked([call.invitation_id]).get()
    if call.contact_id is not None and call.outcome == Outcome.WRONG_NUMBER.value:
        # Only if no later call found the same number wrong.
        Contact.objects.filter(pk=call.contact_id, phone_wrong_at=call.created_at).update(
            phone_wrong_at=None
        )
    Call.objects.filter(pk=call.pk).delete()


@transaction.atomic
def take_back_answer(*, response: Response, now: datetime) -> None:
    """Forget an answer that a host tapped by mistake; what was said before it counts again.

    Nobody gave it, so nothing of it is kept. Twice is once. Raises TooLate once the family may have
    heard of it: after that, the right answer is entered instead.
    """
    invitation = Invitation.objects.locked([response.invitation_id]).get()
    found = invitation.responses.filter(pk=response.pk, channel=Channel.HOST).first()
    if found is None:
        return
    told = Q(kind=Kind.CONFIRMATION.value, occasion=str(found.pk))
    acted = invitation.mails.filter(told | Q(handed_at__gt=found.created_at))
    if not is_fresh(found.created_at, now) or acted.exists():
        raise TooLate
    found.delete()
    settle(invitation, now)
    # The plan only asks for a look at the parties of homes that have answered.
    Party.objects.filter(pk=invitation.party_id).ask_to_look(now)


def is_fresh(answered_at: datetime, now: datetime) -> bool:
    """Whether an answer of that moment waits to be confirmed, and so can be taken back."""
    return now < answered_at + CONFIRM_AFTER


def set_favourite(*, invitation: Invitation, favourite: bool) -> None:
    """Whether the birthday child would miss these children most."""
    Invitation.objects.filter(pk=invitation.pk).update(favourite=favourite)
