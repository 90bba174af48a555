from __future__ import annotations

from django.db import models
from django.db.models import Q


class Breaker(models.Model):
    """The one row that says whether the mail server can be tried.

    While `open_until` lies ahead nothing is claimed; when it has passed, one sender probes with one
    mail. `failures` counts the tries in a row that met no working server, and sets the next pause.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    failures = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="breaker_is_one")]

    def __str__(self) -> str:
        return "Breaker"


class Refusal(models.Model):
    """One mail that a server refused for what we are, and not for its recipient (UTC).

    `domain` is the recipient's where it was refused by policy; empty where the content was; and
    NO_ANSWER where the server said nothing to the final dot. Kept for as long as many of them in a
    short time mean something.
    """

    NO_ANSWER = "(no answer)"

    at = models.DateTimeField(db_index=True)
    domain = models.CharField(max_length=255, blank=True)

    def __str__(self) -> str:
        return f"Refusal {self.pk}"
