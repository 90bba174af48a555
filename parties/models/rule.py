from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from parties.models.party import Party
from parties.schedule import RuleLine
from parties.words import Anchor, Kind

MAX_RULES = 10
MAX_DAYS = 60

KINDS = [
    (Kind.REMINDER.value, _("Reminder to the silent")),
    (Kind.FOLLOW_UP.value, _("Follow-up to those not sure")),
    (Kind.STILL_ON.value, _("Still on?")),
]
ANCHORS = [
    (Anchor.AFTER_INVITING.value, _("after inviting")),
    (Anchor.BEFORE_REPLY_BY.value, _("before reply-by")),
    (Anchor.HALF_WAY.value, _("half-way to reply-by")),
    (Anchor.NAMED_DAY.value, _("the day the parent named")),
    (Anchor.BEFORE_PARTY.value, _("before the party")),
]


class RuleQuerySet(models.QuerySet["Rule"]):
    def in_force(self) -> Self:
        return self.filter(enabled=True)


class Rule(models.Model):
    """One line of a party's plan: which kind of mail, to which audience, when, in which words.

    The kind names the audience: a reminder goes to the silent, a follow-up to the tentative, a
    still-on to those who come. `min_notice` and `max_notice` are full days, both inclusive.
    """

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=12, choices=KINDS)
    anchor = models.CharField(max_length=16, choices=ANCHORS)
    days = models.PositiveSmallIntegerField(default=0)
    at = models.TimeField(null=True, blank=True)
    min_notice = models.PositiveSmallIntegerField(null=True, blank=True)
    max_notice = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.CharField(max_length=500, blank=True)
    enabled = models.BooleanField(default=True)
    # when the host wrote the line or last moved it: an earlier moment is not made up for
    since = models.DateTimeField(null=True, editable=False)

    objects = RuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind for kind, _label in KINDS]),
                name="rule_kind_is_of_the_plan",
            ),
            models.CheckConstraint(condition=Q(days__lte=MAX_DAYS), name="rule_days_in_range"),
            models.CheckConstraint(
                condition=Q(min_notice__isnull=True)
                | Q(max_notice__isnull=True)
                | Q(min_notice__lte=F("max_notice")),
                name="rule_notice_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"Rule {self.pk}: {self.kind}"

    @property
    def line(self) -> RuleLine:
        return RuleLine(
            key=str(self.pk),
            kind=Kind(self.kind),
            anchor=Anchor(self.anchor),
            days=self.days,
            at=self.at,
            min_notice=self.min_notice,
            max_notice=self.max_notice,
            since=self.since,
        )
