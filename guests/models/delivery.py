from __future__ import annotations

from django.db import models
from django.utils import timezone

from guests.models.contact import Address
from guests.models.mail import OutgoingEmail


class Fate(models.TextChoices):
    """What a mail server reported of a mail that it had accepted."""

    SOFT = "soft"  # not delivered for now, or the mailbox is full
    HARD = "hard"  # the address does not work
    POLICY = "policy"  # the server wants no such mail, or not from us; the address may well work
    COMPLAINT = "complaint"  # the reader called it spam
    DELIVERED = "delivered"


class Report(models.Model):
    """One report of a mail server on one mail. The same report twice is one (`key`).

    `at` is when we learned of it (UTC); `said` its own words, without names or addresses. `final`:
    nobody tries that mail again.
    """

    key = models.CharField(max_length=64, unique=True)
    mail = models.ForeignKey(
        OutgoingEmail, on_delete=models.CASCADE, null=True, related_name="reports"
    )
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="reports")
    fate = models.CharField(max_length=10, choices=Fate.choices)
    status = models.CharField(max_length=12, blank=True)  # RFC 3463, such as 5.1.1
    said = models.CharField(max_length=300, blank=True)
    final = models.BooleanField(default=True, db_default=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["address", "at"], name="report_by_address")]

    def __str__(self) -> str:
        return f"Report {self.pk}: {self.fate}"
