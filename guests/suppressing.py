"""Addresses that want nothing from us, known by a keyed hash that outlives everything else.

Whoever puts an address on a list gets its row here, and nowhere else: a row that is made anew for
somebody who stopped for good is made stopped. The hash is an HMAC with a key derived from
`SECRET_KEY`; those of `SECRET_KEY_FALLBACKS` are tried too, and what is found by one of them is
written down by the present one, so that a change of keys forgets nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from guests.models import Address, Suppression

_SALT = "fulltable.suppression"
# Between two looks somebody may have deleted a row; hardly ever twice.
_TIMES = 5
_LAST_MAILS = ("last_mail_at", "second_last_mail_at", "third_last_mail_at")


class Why(StrEnum):
    """Why nothing more goes there."""

    STOPPED = "stopped"  # the family's own wish
    STRANGER = "stranger"  # "I don't know this host"
    COMPLAINED = "complained"  # called spam; no wish takes that back
    FORGOTTEN = "forgotten"  # of one party only
    MAILED = "mailed"  # none at all: when one of the last mails went (`guests.limits`)


_BY_WISH = (Why.STOPPED.value, Why.STRANGER.value)


def normal(email: str) -> str:
    """An address as its row has it."""
    return email.strip().lower()


def digests(value: str) -> list[str]:
    """The keyed hashes of `value`: by the present key first, then by each older one."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        salted_hmac(_SALT, value, secret=key, algorithm="sha256").hexdigest()
        for key in dict.fromkeys(keys)
    ]


def suppress(email: str, why: Why, now: datetime) -> None:
    """Nothing ever goes to `email` again, whatever else of it is deleted. Twice is once.

    A complaint stays one, and what somebody wished before becomes one.
    """
    _write_down(normal(email), why, now)
    if why is Why.COMPLAINED:
        hashes = digests(normal(email))
        Suppression.objects.filter(digest__in=hashes, reason__in=_BY_WISH).update(reason=why.value)


def lift(email: str) -> None:
    """The family itself takes its stop back. A complaint stays."""
    hashes = digests(normal(email))
    Suppression.objects.filter(digest__in=hashes, reason__in=_BY_WISH).delete()


def suppressed(emails: Collection[str]) -> dict[str, Suppression]:
    """Which of `emails` want nothing from us, for which reason and since when; one query."""
    return _found({normal(email): normal(email) for email in emails if email})


def forget_ways(party: int, ways: Iterable[str], now: datetime) -> None:
    """No mail of this party goes to these addresses again, nor is a home found by these numbers."""
    for way in sorted(set(ways)):
        _write_down(_of_party(party, way), Why.FORGOTTEN, now)


def forgotten_ways(party: int, ways: Collection[str]) -> set[str]:
    """Which of these addresses and numbers belong to homes that this party has forgotten."""
    return set(_found({_of_party(party, way): normal(way) for way in ways if way}))


def addresses(emails: Iterable[str]) -> dict[str, Address]:
    """The rows of `emails`, by address; what is not there yet is made. Inside a transaction.

    They are stored in one order, as two hosts with one list must not wait for each other, and none
    is deleted before the caller's transaction ends. Raises LookupError if that never comes true.
    """
    wanted = sorted({normal(email) for email in emails if email.strip()})
    for _time in range(_TIMES):
        known = set(Address.objects.filter(email__in=wanted).values_list("email", flat=True))
        if fresh := [email for email in wanted if email not in known]:
            Address.objects.bulk_create(_made(fresh), ignore_conflicts=True)
        rows = _kept(wanted)
        if len(rows) == len(wanted):
            return {row.email: row for row in rows}
    raise LookupError("These addresses are deleted as fast as they are made.")


def nobody(home: int) -> Address:
    """The row that stands in the mails of a home that was forgotten: an address of nobody."""
    return Address.objects.get_or_create(email=f"forgotten home {home}")[0]


def let_go(address_ids: Iterable[int]) -> int:
    """Delete these addresses where nobody uses them any more; how many that were.

    What was stopped for good stays so. The caller has locked whatever let go of them.
    """
    gone = 0
    for address in (
        Address.objects.filter(pk__in=list(address_ids)).order_by("pk").select_for_update()
    ):
        if address.contacts.exists() or address.mails.exists():
            continue
        _remember(address)
        address.delete()
        gone += 1
    return gone


def _made(emails: Collection[str]) -> list[Address]:
    told, mailed = suppressed(emails), _last_mails(emails)
    made = []
    for email in emails:
        row = Address(email=email, **mailed.get(email, {}))
        if found := told.get(email):
            complained = found.reason == Why.COMPLAINED
            row.complained_at = found.created_at if complained else None
            row.stopped_at = None if complained else found.created_at
        made.append(row)
    return made


def _kept(emails: Collection[str]) -> list[Address]:
    """The rows as they are, held so that nobody deletes them before we are done."""
    rows = Address.objects.filter(email__in=emails).order_by("pk")
    if connection.vendor == "postgresql" and emails:
        # As a foreign key would hold them: who sends or stops there need not wait.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM guests_address WHERE email = ANY(%s) ORDER BY id FOR KEY SHARE",
                [list(emails)],
            )
            rows = rows.filter(pk__in=[pk for (pk,) in cursor.fetchall()])
    return list(rows)


def _remember_mails(address: Address) -> None:
    """Who is forgotten and put on a list again gets no more mails in a day by it."""
    for column in _LAST_MAILS:
        value = f"{column} {normal(address.email)}"
        Suppression.objects.filter(digest__in=digests(value)).delete()
        if at := getattr(address, column):
            _write_down(value, Why.MAILED, at)


def _last_mails(emails: Collection[str]) -> dict[str, dict[str, datetime]]:
    """What was remembered of these addresses; one query for all."""
    values = {f"{column} {normal(email)}" for email in emails for column in _LAST_MAILS}
    found: dict[str, dict[str, datetime]] = {}
    for value, row in _found({value: value for value in values}).items():
        column, _space, email = value.partition(" ")
        found.setdefault(email, {})[column] = row.created_at
    return found


def _remember(address: Address) -> None:
    _remember_mails(address)
    if address.complained_at is not None:
        suppress(address.email, Why.COMPLAINED, address.complained_at)
    elif address.stopped_at is not None:
        suppress(address.email, Why.STOPPED, address.stopped_at)


def _of_party(party: int, way: str) -> str:
    return f"party {party} {normal(way)}"


def _write_down(value: str, why: Why, now: datetime) -> None:
    if not Suppression.objects.filter(digest__in=digests(value)).exists():
        row = Suppression(digest=digests(value)[0], reason=why.value, created_at=now)
        Suppression.objects.bulk_create([row], ignore_conflicts=True)


def _found(values: dict[str, str]) -> dict[str, Suppression]:
    """What is written down of these values, by what each stands for."""
    hashes = {digest: value for value in values for digest in digests(value)}
    rows = Suppression.objects.filter(digest__in=list(hashes))
    found = {hashes[row.digest]: row for row in rows}
    for value, row in found.items():
        if row.digest != digests(value)[0]:
            _renew(row, value)
    return {values[value]: row for value, row in found.items()}


def _renew(row: Suppression, value: str) -> None:
    """By the present key, so that the older one can be thrown away."""
    anew = Suppression(digest=digests(value)[0], reason=row.reason, created_at=row.created_at)
    Suppression.objects.bulk_create([anew], ignore_conflicts=True)
