"""What follows when we hear what became of a mail that a server had accepted.

The one service behind every door by which such reports come in. The locks are taken in the order
of all: the address, then the parties, then the mail; the commit point waits for the address, so
that what was claimed already is stopped as well.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from guests.bouncing import mark_bounced, mark_complained
from guests.models import Address, Fate, OutgoingEmail, Report, State
from rsvp_site.logs import mask

SOFT_AT_MOST = 3
"""So many mails that came back softly, within SOFT_WITHIN, and the address does not work."""
SOFT_WITHIN = timedelta(days=30)

_LONGEST_WORDS = 300
# What is said later outweighs what was said before only if it says more.
_WEIGHT = {
    "": 0,
    Fate.DELIVERED: 1,
    Fate.POLICY: 2,
    Fate.SOFT: 3,
    Fate.HARD: 4,
    Fate.COMPLAINT: 5,
}
# A server has it, whatever we knew of that; or an earlier try of one that is to go again.
_ON_ITS_WAY = (State.HANDING, State.UNCERTAIN)
_AGAIN = (State.QUEUED, State.CLAIMED)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What was reported of one mail. `fate` None: only that a server took it.

    `key` is the same for the same report; `final`: nobody tries that mail again.
    """

    key: str
    fate: Fate | None
    status: str = ""
    said: str = ""
    final: bool = True


@transaction.atomic
def heard(*, mail_id: int, news: News, now: datetime, email: str = "") -> bool:
    """Do what follows from `news` of a mail; `email` finds the address where the mail is gone.

    A hard bounce or a complaint ends all mail to that address and tells the hosts; so does the
    third mail in 30 days that came back softly. Whatever is reported proves that a server had
    taken the mail, so an unclear one is cleared up and does not go again. The same report twice
    is one. Returns whether it was news. The caller has made sure that the report is genuine.
    """
    mail = OutgoingEmail.objects.filter(pk=mail_id).only("pk", "address", "party").first()
    address = _locked_address(mail, email)
    if mail is None and address is None:
        return False
    fresh = False
    if address is not None and news.fate is not None:
        fresh = _noted(address, mail, news, now)
        if fresh:
            _act(address, news, now)
    if mail is not None:
        _prove(mail)
        if news.fate is not None and news.final:
            _remember(mail, news.fate)
    if mail is not None and mail.address_id is None and news.fate in (Fate.HARD, Fate.COMPLAINT):
        # Nobody but the operator can tell a host that mail does not get there.
        log.warning("mail_to_host_reported", mail=mail_id, fate=news.fate, status=news.status)
    if fresh and news.fate is not Fate.DELIVERED:
        log.info("mail_reported", mail=mail_id, fate=news.fate, status=news.status)
    return fresh


def mailbox_full(*, address_id: int, mail_id: int, status: str, now: datetime) -> None:
    """A server did not take a mail because the mailbox is full; the mail is tried again.

    Inside the caller's transaction, which holds no lock that comes after the address.
    """
    address = _addresses().get(pk=address_id)
    mail = OutgoingEmail.objects.only("pk", "party").get(pk=mail_id)
    news = News(key="at the door", fate=Fate.SOFT, status=status, final=False)
    if _noted(address, mail, news, now):
        _act(address, news, now)


def _addresses() -> QuerySet[Address]:
    # Not the key: whoever puts this address on a party's list meanwhile need not wait.
    return Address.objects.select_for_update(no_key=True)


def _locked_address(mail: OutgoingEmail | None, email: str) -> Address | None:
    addresses = _addresses()
    if mail is not None:
        return addresses.filter(pk=mail.address_id).first() if mail.address_id else None
    return addresses.filter(email=email.lower()).first() if email else None


def _noted(address: Address, mail: OutgoingEmail | None, news: News, now: datetime) -> bool:
    """Whether the report is new; if so, it is stored."""
    key = hashlib.sha256(f"{news.key}:{mail.pk if mail else address.pk}".encode()).hexdigest()
    _report, created = Report.objects.get_or_create(
        key=key,
        defaults={
            "mail": mail,
            "address": address,
            "fate": str(news.fate),
            "status": news.status[:12],
            "said": mask(news.said)[:_LONGEST_WORDS],
            "final": news.final,
            "at": now,
        },
    )
    return created


def _act(address: Address, news: News, now: datetime) -> None:
    match news.fate:
        case Fate.COMPLAINT:
            mark_complained(address_id=address.pk, now=now)
        case Fate.HARD if news.final:
            mark_bounced(address_id=address.pk, now=now)
        case Fate.SOFT if address.bounced_at is None and _came_back_too_often(address, now):
            mark_bounced(address_id=address.pk, now=now)


def _came_back_too_often(address: Address, now: datetime) -> bool:
    """Whether too many mails were lost lately. One that only waited, and then went, was not."""
    soft = Report.objects.filter(
        address=address, fate=Fate.SOFT, at__gt=now - SOFT_WITHIN, at__lte=now
    )
    lost = soft.filter(Q(final=True) | ~Q(mail__state=State.SENT))
    return lost.values("mail").distinct().count() >= SOFT_AT_MOST


def _prove(mail: OutgoingEmail) -> None:
    """A server took it: what was unclear is sent, and what was to go again does not."""
    unclear = Q(state__in=_ON_ITS_WAY) | Q(state__in=_AGAIN) & ~Q(body_sha256="")
    OutgoingEmail.objects.filter(unclear, pk=mail.pk, handed_at__isnull=False).update(
        state=State.SENT, sent_at=F("handed_at"), reason="", claim_token=None, lease_until=None
    )


def _remember(mail: OutgoingEmail, fate: Fate) -> None:
    lighter = [known for known, weight in _WEIGHT.items() if weight < _WEIGHT[fate]]
    OutgoingEmail.objects.filter(pk=mail.pk, fate__in=lighter).update(fate=fate)
