"""A mark on each mail that only we can make, and that comes back with every report on it.

It is the mail's number and a MAC from `django.core.signing`, in letters and digits only, because
servers on the way may change the case. On plain SMTP it is part of the envelope's sender ("VERP"),
so that a bounce comes back to an address of that mail's own; a mail service gets it as metadata.
"""

from __future__ import annotations

from base64 import b32encode, urlsafe_b64decode
from functools import cache

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

METADATA = "mail"
"""The name of the mark among a mail service's metadata."""

_SALT = "fulltable.delivery"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 13
# 80 bits: guessing takes for ever, and the local part of an address stays well below 64 letters.
_MAC_BYTES = 10


def mark_of(number: int) -> str:
    """The mark of the mail with this number."""
    encoded = _encode(number)
    return f"{encoded}-{_mac(encoded, settings.SECRET_KEY)}"


def marked(mark: str) -> int | None:
    """The number of the mail that `mark` was made for; None if we did not make it."""
    encoded, _dash, mac = mark.strip().lower().partition("-")
    if not 0 < len(encoded) <= _LONGEST_NUMBER or not set(encoded) <= set(_DIGITS):
        return None
    number = int(encoded, 36)
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    genuine = any(constant_time_compare(mac, _mac(encoded, key)) for key in keys)
    return number if genuine and number < 2**63 else None


def return_address(number: int) -> str:
    """The envelope's sender of this mail; the empty string where no RETURN_ADDRESS is set."""
    local, at, domain = settings.RETURN_ADDRESS.rpartition("@")
    return f"{local}+{mark_of(number)}@{domain}" if at else ""


def returned(address: str) -> int | None:
    """The number of the mail that a report to this address is about; None if it is not ours."""
    ours, _at, domain = settings.RETURN_ADDRESS.lower().rpartition("@")
    local, _at, theirs = address.strip().strip("<>").lower().rpartition("@")
    before, _plus, mark = local.rpartition("+")
    return marked(mark) if ours and (before, theirs) == (ours, domain) else None


def label(message: EmailMessage, number: int) -> None:
    """Give a mail service, where there is one, the mark of `message` for its reports."""
    if settings.EMAIL_BACKEND.startswith("anymail."):
        message.metadata = {METADATA: mark_of(number)}  # type: ignore[attr-defined]


def _mac(encoded: str, key: str) -> str:
    signature = _signer(key).signature(encoded)
    raw = urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return b32encode(raw[:_MAC_BYTES]).decode().lower()


@cache
def _signer(key: str) -> Signer:
    return Signer(salt=_SALT, key=key)


def _encode(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
