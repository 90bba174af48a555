"""Capability links for families: no account, no cookie (design, section 4).

A token is the purpose's letter, the row's number and a MAC from `django.core.signing` over
purpose, number and version. It is derived and never stored, because each reminder must carry it
again, and because a stolen database then opens nothing. Raising the version revokes it; the keys
rotate through `SECRET_KEY_FALLBACKS`; it dies 30 days after the party.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import get_script_prefix, reverse

from guests.models import Contact, Invitation
from parties.models import Party

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 13
_ANYBODY = "m0.any"
# What mail programs and people leave at the end of a link.
_TRAILING = ".,;:>)]}'\"! "


class Purpose(StrEnum):
    """What a link may do. No purpose opens another's door."""

    MAIL = "m"  # answer, as one contact
    FAMILY = "f"  # answer, as whoever got the household's link from the host
    PAPER = "p"  # answer, from the household's slip
    STOP = "s"  # stop mails to one contact
    CALENDAR = "c"  # the calendar file, for one contact
    FAMILY_CALENDAR = "k"  # the calendar file, for whoever has the household's link
    FORGET = "d"  # delete what we hold, as one contact
    FAMILY_FORGET = "e"  # delete what we hold, as whoever has the household's link
    STRANGER = "x"  # "I don't know this host", from one contact


ANSWERING = frozenset({Purpose.MAIL, Purpose.FAMILY, Purpose.PAPER})
CALENDARS = frozenset({Purpose.CALENDAR, Purpose.FAMILY_CALENDAR})
FORGETTING = frozenset({Purpose.FORGET, Purpose.FAMILY_FORGET})
OF_CONTACTS = frozenset(
    {Purpose.MAIL, Purpose.STOP, Purpose.CALENDAR, Purpose.FORGET, Purpose.STRANGER}
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a valid token leads to. `contact` is None for the links of a whole household."""

    purpose: Purpose
    invitation: Invitation
    contact: Contact | None

    @property
    def party(self) -> Party:
        return self.invitation.party


def token_for(purpose: Purpose, row: Contact | Invitation) -> str:
    """The token of `row` for one purpose, at its present version."""
    mac = _signer(purpose).signature(_signed(row.pk, row.version))
    return f"{purpose.value}{_encode(row.pk)}.{mac}"


def open_token(token: str, purposes: Collection[Purpose], now: datetime) -> Opened | None:
    """What `token` leads to if it was made for one of `purposes` and is still alive; one query."""
    purpose, number, mac = _parse(token)
    if purpose is None or purpose not in purposes:
        return None
    contact: Contact | None = None
    if purpose in OF_CONTACTS:
        contact = (
            Contact.objects.select_related("invitation__party__host", "address", "newest")
            .filter(pk=number)
            .first()
        )
        invitation = contact.invitation if contact else None
        version = contact.version if contact else 0
    else:
        invitation = Invitation.objects.select_related("party__host").filter(pk=number).first()
        version = invitation.version if invitation else 0
    # Also for a row that is not there, so that both take as long.
    genuine = _is_genuine(purpose, number, version, mac)
    if invitation is None or not genuine or invitation.is_gone:
        return None
    if contact is not None and not contact.is_current:
        return None
    if invitation.party.links_are_dead(now):
        return None
    return Opened(purpose, invitation, contact)


def absolute(path: str) -> str:
    """`path` under the site's own address, which never comes from a request."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def answer_path(row: Contact | Invitation) -> str:
    """A contact's own page, or the page of whoever has the household's link."""
    purpose = Purpose.MAIL if isinstance(row, Contact) else Purpose.FAMILY
    return _path("family", token_for(purpose, row))


def stop_path(contact: Contact) -> str:
    return _path("stop", token_for(Purpose.STOP, contact))


def calendar_path(row: Contact | Invitation) -> str:
    purpose = Purpose.CALENDAR if isinstance(row, Contact) else Purpose.FAMILY_CALENDAR
    return _path("calendar", token_for(purpose, row))


def forget_path(row: Contact | Invitation) -> str:
    purpose = Purpose.FORGET if isinstance(row, Contact) else Purpose.FAMILY_FORGET
    return _path("forget", token_for(purpose, row))


def stranger_path(contact: Contact) -> str:
    return _path("stranger", token_for(Purpose.STRANGER, contact))


def _path(name: str, token: str) -> str:
    # Every mail has five of them, and a token is of letters that an address takes as they are.
    return _pattern(name, get_script_prefix()).replace(_ANYBODY, token)


@cache
def _pattern(name: str, _prefix: str) -> str:
    return reverse(name, args=[_ANYBODY])


def _signer(purpose: Purpose) -> Signer:
    return _signer_of(purpose, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


@cache
def _signer_of(purpose: Purpose, key: str, fallbacks: tuple[str, ...]) -> Signer:
    return Signer(salt=f"fulltable.link.{purpose.value}", key=key, fallback_keys=list(fallbacks))


def _signed(number: int, version: int) -> str:
    return f"{number}.{version}"


def _is_genuine(purpose: Purpose, number: int, version: int, mac: str) -> bool:
    try:
        _signer(purpose).unsign(f"{_signed(number, version)}:{mac}")
    except BadSignature:
        return False
    return True


def _parse(token: str) -> tuple[Purpose | None, int, str]:
    head, _dot, mac = token.rstrip(_TRAILING).partition(".")
    number = head[1:]
    if not number or len(number) > _LONGEST_NUMBER or not set(number) <= set(_DIGITS):
        return None, 0, ""
    try:
        purpose = Purpose(head[0])
    except ValueError:
        return None, 0, ""
    # One spelling for one number, or a token would have several.
    value = int(number, 36)
    if _encode(value) != number or value > 2**63 - 1:
        return None, 0, ""
    return purpose, value, mac


def _encode(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
