"""The cannon guard: whose mail goes at all, how many one host may invite, what one address gets.

Asked at the commit point, under its locks. What a host used is counted in rows of their own, so
that nothing that is deleted gives an allowance back. The days of an allowance are those of the
account: 24 hours each, from the moment when it was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.db.models import Exists, F, OuterRef, QuerySet

from guests.models import Address, OutgoingEmail, Response, Tally
from guests.models.mail import HELD
from guests.reasons import Reason
from parties.models import Host
from parties.words import HOST_KINDS, Kind

DAY = timedelta(hours=24)
NEW_ON_FIRST_DAY = 60
"""So many people an account may invite in its first 24 hours: two classes, with both parents."""
NEW_A_DAY = 300
"""So many on each later day."""
TO_ONE_ADDRESS = 3
"""So many mails reach one address within any 24 hours, over all hosts: `Address` has as many
columns. Those that follow the family's own act do not count."""
HELD_FOR = DAY
"""A mail whose host may not write is looked at again after this long; by `release` before that."""

# Why a mail waits, where no rule of the plan makes it wait.
WAITS = frozenset(
    {
        Reason.UNVERIFIED,
        Reason.PAUSED,
        Reason.NEW_ACCOUNT,
        Reason.MANY_INVITED,
        Reason.FULL_DAY,
    }
)

VERIFIED = Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=True))


@dataclass(frozen=True, slots=True)
class Account:
    """What the limits ask of the host in whose name a mail goes."""

    pk: int
    joined: datetime
    active: bool
    paused: bool
    verified: bool

    @property
    def waits(self) -> str:
        """Why nothing may go to families in this name (a `Reason`); empty if it may."""
        if self.paused or not self.active:
            return Reason.PAUSED
        return "" if self.verified else Reason.UNVERIFIED

    def day(self, now: datetime) -> int:
        """Which day of the account it is, from 0 on."""
        return max((now - self.joined) // DAY, 0)

    def begins(self, day: int) -> datetime:
        """When that day of the account begins (UTC)."""
        return self.joined + day * DAY


def account(host_id: int) -> Account:
    """The account of a host, as it is stored."""
    host = Host.objects.annotate(verified=VERIFIED).get(pk=host_id)
    return Account(
        host.pk, host.date_joined, host.is_active, host.paused_at is not None, host.verified
    )


def may_send(host: Host) -> str:
    """Why nothing may go to families in the name of this host (a `Reason`); empty if it may."""
    return account(host.pk).waits


def allowance(day: int) -> int:
    """How many people an account may invite on that day of it."""
    return NEW_A_DAY if day else NEW_ON_FIRST_DAY


def why_full(day: int) -> str:
    """Why an allowance is used up, as the host reads it (a `Reason`)."""
    return Reason.MANY_INVITED if day else Reason.NEW_ACCOUNT


def used(host: Account, now: datetime) -> int:
    """How many people were invited on this day of the account."""
    row = _rows("new", host, host.day(now)).first()
    return row.used if row else 0


def take_place(host: Account, now: datetime) -> bool:
    """Count one more newly invited person, if the day's allowance has room; inside a transaction.

    One conditional UPDATE: its count decides, whoever else takes a place at the same time.
    """
    day = host.day(now)
    free = _rows("new", host, day).filter(used__lt=allowance(day))
    if free.update(used=F("used") + 1):
        return True
    _make_row("new", host, day)
    return free.update(used=F("used") + 1) == 1


def give_place_back(host: Account, taken_at: datetime) -> None:
    """A mail that took a place at `taken_at` surely did not go; inside a transaction."""
    _rows("new", host, host.day(taken_at)).filter(used__gt=0).update(used=F("used") - 1)


def next_turn(host: Account, now: datetime) -> datetime:
    """When a mail for which there was no place may try again: as many a day as there are places.

    Each gets a number in the order of asking, so that not all of them ask on the next day.
    """
    day = host.day(now)
    rows = _rows("line", host, day)
    if not rows.update(used=F("used") + 1):
        _make_row("line", host, day)
        rows.update(used=F("used") + 1)
    return turn(host, day, allowance(day) + rows.get().used - 1)


def turn(host: Account, day: int, place: int) -> datetime:
    """When it is the turn of that place in the line, counted from 0 at the beginning of `day`."""
    room = allowance(day)
    return host.begins(day if place < room else day + 1 + (place - room) // NEW_A_DAY)


def free_at(address: Address, now: datetime) -> datetime | None:
    """When this address may get one more mail; None for now. The caller has locked it."""
    third = address.third_last_mail_at
    return third + DAY if third is not None and third + DAY > now else None


def counts(mail: OutgoingEmail) -> bool:
    """Whether the mail is one of the three that an address may get in a day.

    Those to hosts are not, nor what confirms to a family what it said itself by its mail: an answer
    by the link of the household may be anybody's, also the host's.
    """
    kind = Kind(mail.kind)
    if kind is not Kind.CONFIRMATION:
        return kind not in HOST_KINDS
    own = Response.objects.filter(pk=int(mail.occasion), contact=mail.contact_id)
    return not own.exists()


def is_new(mail: OutgoingEmail) -> bool:
    """Whether no other mail has reached this contact: then it is the one that invites.

    Whatever its kind: a confirmation goes also to those who were never written to.
    """
    others = OutgoingEmail.objects.reached().filter(contact=mail.contact_id)
    return not others.exclude(pk=mail.pk).exists()


def release(now: datetime) -> int:
    """Let the held mails of the hosts that may write again go; returns how many that are."""
    held = OutgoingEmail.objects.filter(HELD, not_before__gt=now)
    hosts = Host.objects.filter(parties__in=held.order_by().values("party"))
    free = hosts.filter(VERIFIED, is_active=True, paused_at=None).values_list("pk", flat=True)
    ids = sorted(set(free))
    return held.filter(party__host__in=ids).update(not_before=now) if ids else 0


def _rows(sort: str, host: Account, day: int) -> QuerySet[Tally]:
    return Tally.objects.filter(who=_who(sort, host), day=_date(host, day))


def _make_row(sort: str, host: Account, day: int) -> None:
    row = Tally(who=_who(sort, host), day=_date(host, day))
    Tally.objects.bulk_create([row], ignore_conflicts=True)


def _who(sort: str, host: Account) -> str:
    return f"{sort} {host.pk}"


def _date(host: Account, day: int) -> date:
    return host.begins(day).date()
