"""Noticing that servers refuse us, and not this mail or that recipient.

Counted in the database: several senders, in several processes, meet the same refusals.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from guests.models import OutgoingEmail, Refusal
from guests.outbox.outcome import Outcome, Result
from guests.outbox.waits import minutes

WITHIN = 10  # minutes, short ones where the pauses are short
# So many contents rejected, or so many domains that refuse by policy, and we are taken for spam.
REJECTED_AT_MOST = 5
DOMAINS_AT_MOST = 4
# So often in a row no answer to the final dot, and it is not this mail's misfortune.
SILENT_AT_MOST = 3


def is_against_us(outcome: Outcome) -> bool:
    """Whether the refusal may be meant for all that we send."""
    return outcome.result is Result.REJECTED or outcome.is_policy


def grows(outcome: Outcome, mail: OutgoingEmail, now: datetime) -> bool:
    """Note a refusal that is against us; True if sending should pause because of the last ones."""
    rejected = outcome.result is Result.REJECTED
    lately = _noted(now, "" if rejected else _domain(mail))
    if lately.filter(domain="").count() >= REJECTED_AT_MOST:
        return True
    domains = lately.exclude(domain__in=("", Refusal.NO_ANSWER)).values_list("domain", flat=True)
    return domains.distinct().count() >= DOMAINS_AT_MOST


def falls_silent(now: datetime) -> bool:
    """Note that no answer came to a final dot; True if that happened too often in a row."""
    return _noted(now, Refusal.NO_ANSWER).filter(domain=Refusal.NO_ANSWER).count() >= SILENT_AT_MOST


def speaks_again() -> None:
    """A mail was taken: what silence there was is over."""
    Refusal.objects.filter(domain=Refusal.NO_ANSWER).delete()


def _noted(now: datetime, domain: str) -> QuerySet[Refusal]:
    """One more; all that are remembered."""
    since = now - minutes(WITHIN)
    Refusal.objects.filter(at__lte=since).delete()
    Refusal.objects.create(at=now, domain=domain)
    return Refusal.objects.filter(at__gt=since, at__lte=now)


def _domain(mail: OutgoingEmail) -> str:
    email = mail.address.email if mail.address else mail.host.email if mail.host else ""
    return email.rpartition("@")[2] or "?"
