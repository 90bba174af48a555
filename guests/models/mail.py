from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from guests.models.contact import Address, Contact
from guests.models.invitation import Invitation
from guests.reasons import Reason
from parties.models import Party, Rule
from parties.words import Kind


class State(models.TextChoices):
    """Where a mail is on its way (design, section 6)."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    HANDING = "handing"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    SKIPPED = "skipped"


# The mail server has it, or may have it.
REACHED = (State.HANDING, State.SENT, State.UNCERTAIN)
# Still to be dealt with by the outbox.
OPEN = (State.QUEUED, State.CLAIMED, State.HANDING)
# Mails to homes that ended without going, where nobody has looked yet whether the hosts are to be
# told. Word for word the condition of an index, so that a tick asks in no time.
TO_TELL = Q(
    # Spelled out: SQLite does not see that a list of parameters is the list of an index.
    Q(state=State.FAILED) | Q(state=State.SKIPPED),
    Q(reason=Reason.EXPIRED.value)
    | Q(reason=Reason.NIGHT.value)
    | Q(reason=Reason.NOT_COMPOSED.value)
    | Q(reason=Reason.REFUSED.value)
    | Q(reason=Reason.TRIED_ENOUGH.value)
    | Q(reason=Reason.NEW_ACCOUNT.value)
    | Q(reason=Reason.MANY_INVITED.value)
    | Q(reason=Reason.FULL_DAY.value),
    told="",
    contact__isnull=False,
)
# Mails that wait until their host may write again. The condition of an index, too.
HELD = Q(
    Q(reason=Reason.UNVERIFIED.value) | Q(reason=Reason.PAUSED.value),
    state=State.QUEUED,
)


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def ready(self, now: datetime) -> Self:
        """Queued mails whose moment has come, those that wait longest first."""
        return self.filter(state=State.QUEUED, not_before__lte=now).order_by("not_before", "pk")

    def reached(self) -> Self:
        return self.filter(state__in=REACHED)

    def reminders(self) -> Self:
        return self.filter(kind=Kind.REMINDER.value)


class OutgoingEmail(models.Model):
    """One mail to one contact or one host: the outbox and the record.

    `recipient_key` ("c:7" or "h:3"), `kind` and `occasion` make a mail one of its kind: the unique
    key over them is what keeps a reminder from going twice. `body` keeps the exact bytes of kinds
    that may go again. `unclear` counts the tries that ended in silence after the final dot,
    `uncomposed` those for which it could not be written. `told`: the occasion of the mail to the
    hosts that tells of this one, or "-" for none. `fate`: what was reported of it after a server
    had taken it (a `Fate`, or empty). Moments are UTC.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="mails")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="mails"
    )
    recipient_key = models.CharField(max_length=24)
    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="mails")
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, null=True, related_name="mails"
    )
    address = models.ForeignKey(Address, on_delete=models.PROTECT, null=True, related_name="mails")
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, related_name="mails")

    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in Kind])
    occasion = models.CharField(max_length=40)
    revision = models.PositiveIntegerField(null=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=300, blank=True)
    not_before = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    unclear = models.PositiveSmallIntegerField(default=0, db_default=0)
    uncomposed = models.PositiveSmallIntegerField(default=0, db_default=0)
    told = models.CharField(max_length=40, blank=True, default="", db_default="")
    fate = models.CharField(max_length=10, blank=True, default="", db_default="")

    message_id = models.CharField(max_length=255, unique=True)
    composed_at = models.DateTimeField(null=True)
    body = models.BinaryField(null=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    smtp_code = models.PositiveSmallIntegerField(null=True)
    handed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OutgoingEmailQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient_key", "kind", "occasion"], name="mail_once_an_occasion"
            ),
            models.CheckConstraint(
                condition=Q(contact__isnull=False, host__isnull=True)
                | Q(contact__isnull=True, host__isnull=False),
                name="mail_to_exactly_one",
            ),
            models.CheckConstraint(
                condition=Q(contact__isnull=True)
                | Q(invitation__isnull=False, address__isnull=False),
                name="mail_to_a_contact_has_its_household",
            ),
            models.CheckConstraint(condition=~Q(occasion=""), name="mail_has_an_occasion"),
            models.CheckConstraint(
                condition=~Q(state__in=REACHED) | Q(handed_at__isnull=False),
                name="mail_handed_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=State.SENT, sent_at__isnull=False)
                | (~Q(state=State.SENT) & Q(sent_at__isnull=True)),
                name="mail_sent_has_its_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.CLAIMED, State.HANDING])
                | Q(claim_token__isnull=False, lease_until__isnull=False),
                name="mail_claimed_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.SKIPPED, State.FAILED]) | ~Q(reason=""),
                name="mail_not_sent_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "id"], name="mail_ready", condition=Q(state=State.QUEUED)
            ),
            models.Index(
                fields=["lease_until"],
                name="mail_leases",
                condition=Q(state__in=[State.CLAIMED, State.HANDING]),
            ),
            models.Index(fields=["claim_token"], name="mail_by_claim"),
            # the unclear ones that go again; those that are held say why
            models.Index(
                fields=["handed_at"],
                name="mail_to_go_again",
                condition=Q(state=State.UNCERTAIN, reason=""),
            ),
            models.Index(fields=["party"], name="mail_to_tell", condition=TO_TELL),
            models.Index(fields=["party"], name="mail_held", condition=HELD),
        ]

    def __str__(self) -> str:
        return f"OutgoingEmail {self.pk}: {self.kind}"

    @property
    def may_have_arrived(self) -> bool:
        """Whether the mail server has it, or may have it from an earlier try that goes again."""
        # The sum of an earlier try is kept in the queue only where that try was unclear.
        waits = self.state in (State.QUEUED, State.CLAIMED)
        return self.state in REACHED or (waits and self.body_sha256 != "")

    @staticmethod
    def new_message_id(domain: str) -> str:
        """A Message-ID that stays with the mail over all its attempts."""
        return f"<{uuid.uuid4().hex}@{domain}>"
