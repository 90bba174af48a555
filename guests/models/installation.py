from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row that says whose database this is, and when it was last looked after.

    Made by the first tick. `seal` and `ticks` tell a database that went back in time (a restored
    backup) from one that went on; `went_back_at` is when that was noticed. `boot`, `clock` and
    `paused_until` watch the clock: `clock` is the wall clock less the seconds since `boot`.
    `ticked_at` is the last tick that could lead to a mail, `seen_at` the last one at all, `beat_at`
    the last one that Celery's beat asked for. Moments are UTC.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    instance_id = models.TextField()
    seal = models.UUIDField(default=uuid.uuid4)
    ticks = models.PositiveBigIntegerField(default=0)
    ticked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)

    went_back_at = models.DateTimeField(null=True)
    # what lies between these two moments is known to the mail server only
    restored_from = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)

    # the version of the time zone rules by which all moments were derived
    zones = models.CharField(max_length=16, blank=True)
    # the newer ones that are being followed, and the last party that was derived by them
    zones_next = models.CharField(max_length=16, blank=True, default="", db_default="")
    zones_done = models.PositiveBigIntegerField(default=0, db_default=0)

    boot = models.CharField(max_length=64, blank=True)
    clock = models.FloatField(null=True)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="installation_is_one"),
            models.CheckConstraint(
                condition=Q(restored_at__isnull=True) | Q(restored_from__isnull=False),
                name="installation_restored_from_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return "Installation"

    def knows_nothing_of(self, moment: datetime) -> bool:
        """Whether what happened at `moment` was lost with a database that a backup replaced."""
        if self.restored_from is None or self.restored_at is None:
            return False
        return self.restored_from <= moment <= self.restored_at


class Alarm(models.Model):
    """Something that an operator has to look at, as long as it lasts: one row an outage.

    `seen_at`: when somebody last found it so. `told_at`: when the mail about it went; `tried_at`:
    when one was last tried.
    """

    name = models.CharField(max_length=32, primary_key=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["since", "name"]

    def __str__(self) -> str:
        return f"Alarm {self.name}"
