from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from parties.models import Party
from parties.words import Answer

if TYPE_CHECKING:
    from guests.models import Contact

ANSWERS = [
    (Answer.SILENT.value, _("Silent")),
    (Answer.ACCEPTED.value, _("We’re coming")),
    (Answer.DECLINED.value, _("Can’t come")),
    (Answer.TENTATIVE.value, _("Not sure yet")),
    (Answer.VIDEO.value, _("We’ll join by video")),
]
_KNOWN = [answer.value for answer in Answer]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> Self:
        """Invitations that the host has not taken back."""
        return self.filter(withdrawn_at__isnull=True)

    def due(self, now: datetime) -> Self:
        """To whom the plan has something to say at `now`, the most overdue first."""
        return self.filter(next_mail_at__lte=now).order_by("next_mail_at", "pk")

    def due_still(self, now: datetime) -> Self:
        """Of these, the ones that nobody else has planned meanwhile."""
        return self.filter(next_mail_at__lte=now)

    def locked(self, ids: Iterable[int]) -> Self:
        """These rows, locked until the transaction ends, always in the order of their ids.

        The order everywhere is: invitations by id, addresses, outgoing mail. Whoever answers,
        stops, moves, cancels or hands over a mail takes these locks, so one is always first.
        """
        return self.filter(pk__in=list(ids)).order_by("pk").select_for_update(of=("self",))

    def silent(self) -> Self:
        return self.filter(answer=Answer.SILENT.value, disputed=False)


class Invitation(models.Model):
    """One household invited to one party: the unit that gets a link and gives an answer.

    `answer`, `disputed`, `know_by`, `answered_at` and `answered_revision` repeat what the newest
    responses say (`guests.standing`), so that lists need no other table. `answer` is that of the
    most willing guest. `next_mail_at` is the next moment at which the plan has something to say
    here, or an earlier one (`guests.planner`). `favourite`: a child that the birthday child would
    miss most. `forgotten_at`: the family asked to be forgotten, and only its numbers are left.
    """

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="invitations")
    personal_line = models.CharField(max_length=300, blank=True)
    invited_at = models.DateTimeField(null=True)
    reply_by_at = models.DateTimeField(null=True)

    answer = models.CharField(max_length=10, choices=ANSWERS, default=Answer.SILENT.value)
    disputed = models.BooleanField(default=False)
    know_by = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_revision = models.PositiveIntegerField(null=True)

    version = models.PositiveIntegerField(default=1)
    withdrawn_at = models.DateTimeField(null=True)
    next_mail_at = models.DateTimeField(null=True)
    favourite = models.BooleanField(default=False, db_default=False)
    forgotten_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(answer__in=_KNOWN), name="invitation_answer_known"),
            models.CheckConstraint(
                condition=Q(invited_at__isnull=True) | Q(reply_by_at__isnull=False),
                name="invitation_invited_has_reply_by",
            ),
            models.CheckConstraint(
                condition=Q(answer=Answer.SILENT.value) | Q(answered_at__isnull=False),
                name="invitation_answer_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_mail_at", "id"],
                name="invitation_due",
                condition=Q(next_mail_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    @property
    def is_gone(self) -> bool:
        """Whether the host took the home off the list, or the family asked to be forgotten."""
        return self.withdrawn_at is not None or self.forgotten_at is not None

    @property
    def is_silent(self) -> bool:
        return self.answer == Answer.SILENT.value

    def standing_yes(self, party: Party) -> bool:
        """Accepted, undisputed, and given for the party's present revision."""
        return (
            self.answer == Answer.ACCEPTED.value
            and not self.disputed
            and self.answered_revision == party.revision
        )

    def needs_confirming(self, party: Party) -> bool:
        """An answer other than no that was given before the party moved."""
        return (
            self.answer not in (Answer.SILENT.value, Answer.DECLINED.value)
            and self.answered_revision is not None
            and self.answered_revision < party.revision
        )


class Guest(models.Model):
    """An invited child: only a first name. `answer` is what counts for this child now."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="guests")
    name = models.CharField(max_length=50)
    position = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=10, choices=ANSWERS, default=Answer.SILENT.value)

    class Meta:
        ordering = [F("position").asc(), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "name"], name="guest_name_once_a_household"
            ),
            models.CheckConstraint(condition=Q(answer__in=_KNOWN), name="guest_answer_known"),
            models.CheckConstraint(condition=~Q(name=""), name="guest_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"Guest {self.pk}"


def mailable(contacts: Iterable[Contact]) -> list[Contact]:
    """Those of `contacts` that a mail can go to."""
    return [contact for contact in contacts if contact.is_mailable]
