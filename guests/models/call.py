from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from guests.models.contact import Contact
from guests.models.invitation import Invitation


class Outcome(models.TextChoices):
    """What came of a call that gave no answer; an answer is a Response by the host."""

    LEFT_MESSAGE = "left_message", _("left a message")
    WRONG_NUMBER = "wrong_number", _("wrong number")


class Call(models.Model):
    """A host called a home and got no answer from it. `created_at` is UTC.

    The same `submission_id` with the same outcome again is the same call: a double tap, a reload.
    """

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="calls")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="calls")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="calls"
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    submission_id = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "submission_id", "outcome"], name="call_once_a_submission"
            ),
        ]

    def __str__(self) -> str:
        return f"Call {self.pk}: {self.outcome}"
