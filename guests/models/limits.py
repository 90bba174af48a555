from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Tally(models.Model):
    """How many mails of one sort went on one day (UTC), for one host or to one address.

    `who` names the sort and its subject. A row of its own, so that nothing that a host or a family
    deletes gives an allowance back.
    """

    who = models.CharField(max_length=80)
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["who", "day"], name="tally_once_a_day")]

    def __str__(self) -> str:
        return f"Tally {self.pk}"


class Suppression(models.Model):
    """An address that wants nothing more from this site, or from one party, as a keyed hash.

    It outlives everything else that was known of the address. See `guests.suppressing`.
    """

    digest = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=12)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(digest=""), name="suppression_of_some")]

    def __str__(self) -> str:
        return f"Suppression {self.pk}"


class Stranger(models.Model):
    """Somebody who got mail in the name of a host, and says not to know that host."""

    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="strangers"
    )
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "digest"], name="stranger_once_a_host")
        ]

    def __str__(self) -> str:
        return f"Stranger {self.pk}"
