from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parties import themes
from parties.alarm import Level
from parties.schedule import Dates, resolve

if TYPE_CHECKING:
    from parties.models import Host

# A family's links, and what we hold about the party, live this long after it (design, section 4).
LINKS_LIVE_FOR = timedelta(days=30)
REPLY_BY_DAYS_BEFORE = 5
ENOUGH = 3
LEVELS = [(level.value, level.value) for level in Level if level]


def new_slug() -> str:
    """The shared link's own secret: 128 random bits."""
    return secrets.token_urlsafe(16)


class PartyQuerySet(models.QuerySet["Party"]):
    def for_host(self, user: Any) -> Self:
        """The one door to a party for hosts: their own and those they help with."""
        if not user.is_authenticated:
            return self.none()
        helped = Party.co_hosts.through._default_manager.filter(host_id=user.pk)
        return self.filter(Q(host_id=user.pk) | Q(pk__in=helped.values("party_id")))

    def upcoming(self, now: datetime) -> Self:
        """Not over yet, the soonest first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """Over, the latest first."""
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-pk")

    def to_look_at(self, now: datetime) -> Self:
        """Parties whose hosts may have to be told something at `now`, the most overdue first."""
        return self.filter(next_look_at__lte=now).order_by("next_look_at", "pk")

    def ask_to_look(self, at: datetime) -> int:
        """Have these looked at when `at` has come, or sooner if that was noted already.

        For whoever changes what the hosts may have to be told of; takes the locks of the parties.
        """
        sooner = Q(next_look_at__isnull=True) | Q(next_look_at__gt=at)
        return self.filter(sooner).update(next_look_at=at)


class Party(models.Model):
    """One celebration for one child.

    `day`, `starts`, `ends` and `timezone` are the truth: local wall-clock time with an IANA zone.
    `starts_at` and `ends_at` are derived from them, in UTC. `revision` rises when *when* or *where*
    changes; answers given for an older revision no longer count as a standing yes.
    """

    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="parties"
    )
    co_hosts: models.ManyToManyField[Host, models.Model] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="helped_parties"
    )
    slug = models.CharField(max_length=32, unique=True, default=new_slug, editable=False)

    child_name = models.CharField(_("first name"), max_length=50)
    turns = models.PositiveSmallIntegerField(_("turns"))
    about_child = models.CharField(max_length=500, blank=True)
    host_name = models.CharField(max_length=50)
    host_is = models.CharField(max_length=50, blank=True)
    host_phone = models.CharField(max_length=32, blank=True)

    day = models.DateField(_("day"))
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))
    timezone = models.CharField(_("time zone"), max_length=64)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    place = models.CharField(_("place"), max_length=200)
    where_exactly = models.CharField(max_length=300, blank=True)

    reply_by = models.DateField(_("reply by"))
    enough = models.PositiveSmallIntegerField(default=ENOUGH)
    stay_note = models.CharField(max_length=300, blank=True)
    food_note = models.CharField(max_length=300, blank=True)
    theme = models.CharField(
        max_length=20,
        choices=[(t.name, t.label) for t in themes.THEMES.values()],
        default="balloons",
    )
    language = models.CharField(max_length=10, default="en")

    revision = models.PositiveIntegerField(default=1, editable=False)
    revised_at = models.DateTimeField(null=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_note = models.CharField(max_length=300, blank=True)
    next_look_at = models.DateTimeField(null=True, editable=False)
    # the alarm's level as hosts were last told, since when, and how often it has gone up
    alarm = models.CharField(
        max_length=5, choices=LEVELS, blank=True, default="", db_default="", editable=False
    )
    alarm_since = models.DateTimeField(null=True, editable=False)
    alarm_ups = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="party_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="party_ends_at_after_starts_at"
            ),
            models.CheckConstraint(
                condition=Q(reply_by__lte=F("day")), name="party_reply_by_in_time"
            ),
            models.CheckConstraint(condition=Q(enough__gte=1), name="party_enough_is_some"),
            models.CheckConstraint(
                condition=Q(revision__gte=1), name="party_revision_counts_from_1"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"],
                name="party_to_look_at",
                condition=Q(next_look_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Party {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        fields = kwargs.get("update_fields")
        if fields is not None and set(fields) & {"day", "starts", "ends", "timezone"}:
            kwargs["update_fields"] = {*fields, "starts_at", "ends_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("party", args=[self.pk])

    def derive(self) -> None:
        """Set the UTC instants from the local times.

        Where the clock change swallows the whole party, it lasts an hour.
        """
        self.starts_at = resolve(self.day, self.starts, self.timezone)
        ends_at = resolve(self.day, self.ends, self.timezone)
        self.ends_at = ends_at if ends_at > self.starts_at else self.starts_at + timedelta(hours=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def dates(self) -> Dates:
        """What the plan needs to know of this party."""
        return Dates(
            zone=self.timezone,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            revision=self.revision,
            revised_at=self.revised_at,
            cancelled_at=self.cancelled_at,
        )

    @property
    def reply_by_at(self) -> datetime:
        """The end of the reply-by day, UTC."""
        return resolve(self.reply_by, time(23, 59), self.timezone)

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at

    def has_started(self, now: datetime) -> bool:
        return now >= self.starts_at

    def links_are_dead(self, now: datetime) -> bool:
        return now >= self.ends_at + LINKS_LIVE_FOR

    def hosts(self) -> models.QuerySet[Host]:
        """Everybody who is told what happens: the host and the co-hosts."""
        from parties.models import Host  # the two models know each other

        return Host.objects.filter(Q(pk=self.host_id) | Q(helped_parties=self)).distinct()
