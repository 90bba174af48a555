from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models.contact import Contact
from guests.models.invitation import ANSWERS, Guest, Invitation
from parties.words import Answer

# A yes brings at most this many more people of one kind.
MOST_EXTRA = 10


class Channel(models.TextChoices):
    """By which door an answer came in."""

    MAIL = "mail", _("by mail")
    FAMILY = "family", _("by the family’s link")
    PAPER = "paper", _("by the slip")
    HOST = "host", _("by phone, entered by you")


class Stays(models.TextChoices):
    STAY = "stay", _("We’ll stay")
    DROP_OFF = "drop_off", _("We’ll drop off")


class Response(models.Model):
    """One answer as it was given. Never changed until the party's data is deleted.

    Only what a host entered by mistake can be taken back, before it is confirmed
    (`guests.calling.take_back_answer`).

    The same `submission_id` with the same content (`digest`) again is the same response; with
    other content it is the next `turn` of that page: yes, no and yes again are three responses.
    `revision` is the party's when the answer was given.
    """

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="responses")
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, null=True, related_name="responses"
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    submission_id = models.UUIDField()
    turn = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()

    adults = models.PositiveSmallIntegerField(null=True)
    siblings = models.PositiveSmallIntegerField(null=True)
    allergies = models.CharField(max_length=500, blank=True)
    stays = models.CharField(max_length=10, choices=Stays.choices, blank=True)
    message = models.CharField(max_length=500, blank=True)
    know_by = models.DateField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "submission_id", "turn"], name="response_once_a_turn"
            ),
            models.CheckConstraint(
                condition=Q(contact__isnull=False) | ~Q(channel=Channel.MAIL),
                name="response_by_mail_has_a_contact",
            ),
            models.CheckConstraint(
                condition=(Q(adults__isnull=True) | Q(adults__lte=MOST_EXTRA))
                & (Q(siblings__isnull=True) | Q(siblings__lte=MOST_EXTRA)),
                name="response_extras_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Response {self.pk}"


class ResponseGuest(models.Model):
    """What one response says for one guest."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="answers")
    answer = models.CharField(max_length=10, choices=ANSWERS)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "guest"], name="one_answer_a_guest"),
            models.CheckConstraint(
                condition=Q(answer__in=[a.value for a in Answer if a is not Answer.SILENT]),
                name="response_answer_is_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"ResponseGuest {self.pk}"
