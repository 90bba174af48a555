"""Looking back: did each mail fit what was known when it was handed over? Do the answers stand?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import F, Q, QuerySet

from guests.answering import said_by
from guests.models import Invitation, OutgoingEmail, Response
from guests.models.mail import REACHED
from guests.standing import Standing, standing
from parties.words import PLAN_KINDS, Answer, Kind

_BATCH = 500
_STILL_ON_TO = frozenset({Answer.ACCEPTED, Answer.VIDEO, Answer.TENTATIVE})
_PLAN = Q(kind__in=sorted(kind.value for kind in PLAN_KINDS))

# What forbids a mail from the moment on that is named, and which mails it forbids.
_FORBIDS: tuple[tuple[str, str, Q], ...] = (
    ("contact__stopped_at", "a stop", _PLAN),
    ("contact__retired_at", "a correction", Q()),
    ("address__stopped_at", "a stop for good", Q()),
    ("address__bounced_at", "a bounce", Q()),
    ("address__complained_at", "a complaint", Q()),
    ("invitation__withdrawn_at", "a withdrawal", Q()),
    ("invitation__forgotten_at", "a wish to be forgotten", Q()),
    ("party__cancelled_at", "a cancellation", ~Q(kind=Kind.CANCELLED.value) & Q(host=None)),
)


def misfits() -> Iterator[str]:
    """Mails that went although an answer, a stop or a cancellation had come first."""
    handed = OutgoingEmail.objects.filter(state__in=REACHED).defer("body")
    for field, what, which in _FORBIDS:
        for mail in handed.filter(which, handed_at__gt=F(field)).order_by("pk").iterator(_BATCH):
            yield f"mail {mail.pk} ({mail.kind}) was handed over after {what}"
    plan = handed.filter(_PLAN).order_by("pk").select_related("invitation")
    answered = plan.filter(invitation__responses__created_at__lt=F("handed_at")).distinct()
    for batch in _batches(answered):
        responses = _responses({mail.invitation_id or 0 for mail in batch})
        for mail in batch:
            at = mail.handed_at or mail.created_at
            stood = _stood(responses[mail.invitation_id or 0], at)
            if not _fits(Kind(mail.kind), stood):
                answer = "disputed" if stood.disputed else stood.answer.value
                yield f"mail {mail.pk} ({mail.kind}) was handed over after the answer {answer}"


def what_stands() -> Iterator[tuple[Invitation, Standing]]:
    """Each household that answered, or is said to have, with what its responses say today."""
    answered = Invitation.objects.filter(
        Q(responses__isnull=False) | ~Q(answer=Answer.SILENT.value)
    ).distinct()
    last = 0
    while batch := list(answered.filter(pk__gt=last).order_by("pk")[:_BATCH]):
        responses = _responses({invitation.pk for invitation in batch})
        for invitation in batch:
            counting = [
                one
                for one in responses[invitation.pk]
                if one.contact is None or one.contact.is_current
            ]
            yield invitation, standing(said_by(one) for one in counting)
        last = batch[-1].pk


def _stood(responses: Collection[Response], at: datetime) -> Standing:
    """What the household said at that moment, by the contacts that it had then."""
    return standing(
        said_by(response)
        for response in responses
        if response.created_at < at
        and (
            response.contact is None
            or response.contact.retired_at is None
            or response.contact.retired_at > at
        )
    )


def _fits(kind: Kind, stood: Standing) -> bool:
    match kind:
        case Kind.REMINDER:
            return stood.answer is Answer.SILENT and not stood.disputed
        case Kind.FOLLOW_UP:
            return stood.answer is Answer.TENTATIVE and not stood.disputed
        case _:
            return stood.answer in _STILL_ON_TO or stood.disputed


def _responses(invitations: Collection[int]) -> dict[int, list[Response]]:
    found: dict[int, list[Response]] = defaultdict(list)
    rows = Response.objects.filter(invitation__in=invitations).select_related("contact")
    for response in rows.prefetch_related("answers").order_by("pk"):
        found[response.invitation_id].append(response)
    return found


def _batches(mails: QuerySet[OutgoingEmail]) -> Iterator[list[OutgoingEmail]]:
    last = 0
    while batch := list(mails.filter(pk__gt=last)[:_BATCH]):
        yield batch
        last = batch[-1].pk
