from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from guests.models.invitation import Invitation

MAX_CONTACTS = 3


class Address(models.Model):
    """One email address, normalised (lower case, ASCII domain), whoever uses it.

    A stop, a bounce or a complaint holds for every party. `last_plan_mail_at` is when the last
    reminder or follow-up was handed over, over all parties; the other three are when the last mails
    were handed over that count for the limit of a day (`guests.limits`). Moments are UTC.
    """

    email = models.CharField(max_length=254, unique=True)
    last_plan_mail_at = models.DateTimeField(null=True)
    last_mail_at = models.DateTimeField(null=True)
    second_last_mail_at = models.DateTimeField(null=True)
    third_last_mail_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [models.CheckConstraint(condition=~Q(email=""), name="address_not_empty")]
        indexes = [
            models.Index(
                fields=["bounced_at"], name="address_bounced", condition=Q(bounced_at__isnull=False)
            ),
            models.Index(
                fields=["complained_at"],
                name="address_complained",
                condition=Q(complained_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Address {self.pk}"

    @property
    def refuses(self) -> str:
        """Why nothing may go to this address, as a word, or the empty string."""
        if self.complained_at:
            return "complained"
        if self.stopped_at:
            return "stopped_all"
        if self.bounced_at:
            return "bounced"
        return ""


class ContactQuerySet(models.QuerySet["Contact"]):
    def current(self) -> Self:
        """Contacts that were not corrected away."""
        return self.filter(retired_at__isnull=True)


class Contact(models.Model):
    """An adult of the household: a name, an email address and/or a phone number, a language.

    Correcting an address retires the contact and makes a new one, which kills the old link.
    `stopped_at`: no reminders of this party. `newest` is this contact's last response: the one that
    counts. `phone_wrong_at`: a host called, and somebody else answered. `bounce_told`: the occasion
    of the mail that told the hosts that mail comes back here.
    """

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=50, blank=True)
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    email_as_typed = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    phone_wrong_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=10, default="en")
    version = models.PositiveIntegerField(default=1)
    retired_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    newest = models.ForeignKey(
        "guests.Response", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    bounce_told = models.CharField(max_length=40, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = [F("pk").asc()]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "address"],
                condition=Q(retired_at__isnull=True, address__isnull=False),
                name="contact_address_once_a_household",
            ),
        ]

    def __str__(self) -> str:
        return f"Contact {self.pk}"

    @property
    def is_current(self) -> bool:
        return self.retired_at is None

    @property
    def is_mailable(self) -> bool:
        """Whether any mail may go to this contact (a stop of this party's reminders aside)."""
        return self.is_current and self.address is not None and not self.address.refuses

    def retire(self, now: datetime) -> None:
        self.retired_at = now
        self.version += 1
