"""Noticing that servers refuse us, and not this mail or that recipient.

Counted in the database: several senders, in several processes, meet the same refusals.
"""

from __future__ import annotations

from datetime import datetime

from guests.models import OutgoingEmail, Refusal
from guests.outbox.outcome import Outcome, Result
from guests.outbox.waits import minutes

WITHIN = 10  # minutes, short ones where the pauses are short
# So many contents rejected, or so many domains that refuse by policy, and we are taken for spam.
REJECTED_AT_MOST = 5
DOMAINS_AT_MOST = 4


def is_against_us(outcome: Outcome) -> bool:
    """Whether the refusal may be meant for all that we send."""
    return outcome.result is Result.REJECTED or outcome.is_policy


def grows(outcome: Outcome, mail: OutgoingEmail, now: datetime) -> bool:
    """Note a refusal that is against us; True if sending should pause because of the last ones."""
    rejected = outcome.result is Result.REJECTED
    since = now - minutes(WITHIN)
    Refusal.objects.filter(at__lte=since).delete()
    Refusal.objects.create(at=now, domain="" if rejected else _domain(mail))
    lately = Refusal.objects.filter(at__gt=since, at__lte=now)
    if lately.filter(domain="").count() >= REJECTED_AT_MOST:
        return True
    domains = lately.exclude(domain="").values_list("domain", flat=True).distinct()
    return domains.count() >= DOMAINS_AT_MOST


def _domain(mail: OutgoingEmail) -> str:
    email = mail.address.email if mail.address else mail.host.email if mail.host else ""
    return email.rpartition("@")[2] or "?"
