"""Keeping an answer: one short transaction, and nothing else (design, section 4)."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from guests.models import Channel, Contact, Guest, Invitation, Response, ResponseGuest
from guests.sequence import after_mails
from guests.standing import Said, Standing, standing
from parties.words import Answer


class Closed(Exception):
    """The party was cancelled or is over, or the home has gone: there is nothing left to answer."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a family may add to its answer. All of it is optional."""

    adults: int | None = None
    siblings: int | None = None
    allergies: str = ""
    stays: str = ""
    message: str = ""
    know_by: date | None = None


@transaction.atomic(durable=False)
def record_response(
    *,
    invitation_id: int,
    contact: Contact | None,
    channel: Channel,
    submission_id: uuid.UUID,
    answers: Mapping[int, Answer],
    details: Details,
    now: datetime,
    seen: int | None = None,
) -> Response:
    """Store one answer, make it the current one, and ask the plan to look at the household.

    `answers` has one answer for each guest's number; guests of other households are ignored. The
    same submission with the same content is the same response again. Raises `Closed` when the party
    was cancelled or is over, or the household was taken off the list or forgotten, `ValueError`
    when no guest of this household is answered for.

    `seen` is the party's revision on the page that was answered: a yes from a page that was opened
    before a move is one to the old day, and is asked about again.
    """
    invitation = Invitation.objects.locked([invitation_id]).get()
    # The party comes with the guests, after the wait for the lock: joined to the statement that
    # waited, it would be as it was before a cancellation or a move.
    guests = list(invitation.guests.select_related("invitation__party"))
    party = guests[0].invitation.party if guests else invitation.party
    if party.is_cancelled or party.is_over(now) or invitation.is_gone:
        raise Closed
    answers = {guest.pk: answers[guest.pk] for guest in guests if guest.pk in answers}
    if not answers:
        raise ValueError("No guest of this household is answered for.")
    digest = _digest(contact, channel, answers, details)
    earlier = Response.objects.filter(invitation=invitation, submission_id=submission_id)
    newest = earlier.order_by("-turn").first()
    if newest is not None and newest.digest == digest:
        return newest
    now = after_mails(now, invitation=invitation)
    response = Response.objects.create(
        invitation=invitation,
        contact=contact,
        channel=channel,
        submission_id=submission_id,
        turn=0 if newest is None else newest.turn + 1,
        digest=digest,
        revision=party.revision if seen is None else min(seen, party.revision),
        created_at=now,
        **asdict(details),
    )
    ResponseGuest.objects.bulk_create(
        ResponseGuest(response=response, guest_id=guest, answer=answer.value)
        for guest, answer in answers.items()
    )
    if contact is not None:
        Contact.objects.filter(pk=contact.pk).update(newest=response)
    settle(invitation, now)
    return response


def settle(invitation: Invitation, now: datetime) -> Standing:
    """Make the invitation and its guests say what its responses say. The caller holds its lock."""
    result = standing(heard(invitation))
    for guest in invitation.guests.all():
        answer = result.by_guest.get(guest.pk, Answer.SILENT).value
        if guest.answer != answer:
            Guest.objects.filter(pk=guest.pk).update(answer=answer)
    invitation.answer = result.answer.value
    invitation.disputed = result.disputed
    invitation.know_by = result.know_by
    invitation.answered_at = result.answered_at
    invitation.answered_revision = result.revision
    invitation.next_mail_at = now
    invitation.save(
        update_fields=[
            "answer",
            "disputed",
            "know_by",
            "answered_at",
            "answered_revision",
            "next_mail_at",
        ]
    )
    return result


def heard(invitation: Invitation) -> list[Said]:
    """All responses of the household but those of retired contacts."""
    responses = (
        invitation.responses.select_related("contact").prefetch_related("answers").order_by("pk")
    )
    return [
        said_by(response)
        for response in responses
        if response.contact is None or response.contact.is_current
    ]


def said_by(response: Response) -> Said:
    """One response as `guests.standing` reads it."""
    return Said(
        voice=_voice(response),
        order=response.pk,
        at=response.created_at,
        revision=response.revision,
        answers={row.guest_id: Answer(row.answer) for row in response.answers.all()},
        know_by=response.know_by,
        by_host=response.channel == Channel.HOST,
    )


def _voice(response: Response) -> str:
    if response.channel == Channel.MAIL:
        return f"contact {response.contact_id}"
    return response.channel


def _digest(
    contact: Contact | None, channel: Channel, answers: Mapping[int, Answer], details: Details
) -> str:
    content = {
        "contact": contact.pk if contact else None,
        "channel": channel.value,
        "answers": {str(guest): answer.value for guest, answer in answers.items()},
        **{name: str(value) for name, value in asdict(details).items()},
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
