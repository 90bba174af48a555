"""What a mail server means by the status of a mail that it could not deliver (RFC 3463).

Pure: no Django. Not every server knows the codes, so its own words are read where they say little.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Meaning(StrEnum):
    """What follows from a failure. The words are those of `guests.models.Fate`."""

    SOFT = "soft"  # this mail was lost, the next one may arrive
    HARD = "hard"  # the address does not work
    POLICY = "policy"  # the server minds the mail or its sender, not the address


_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")

# 5.1.7 and 5.1.8 speak of the sender's address.
_OURS = frozenset({"1.7", "1.8"})
# A mailbox that was disabled; a domain that does not exist.
_DEAD = frozenset({"2.1", "4.4"})
_FULL = frozenset({"2.2", "3.1"})
# Content that is too large or not understood.
_CONTENT = frozenset({"2.3", "3.4"})
# These subjects say so little that the server's words say more.
_VAGUE = frozenset({"0", "3", "4", "5"})

_NOBODY = re.compile(
    r"user (is )?(unknown|not (found|known))|unknown (user|recipient|local.part|mailbox)"
    r"|no such (user|recipient|mailbox|person|account|address)|does(n.t| not) exist"
    r"|(user|recipient|mailbox|account|address|domain)( name)?( is| was)?( currently)?"
    r" (not found|unavailable|disabled|inactive|invalid|rejected|suspended)"
    r"|invalid (recipient|mailbox|user|address)|unrout(e)?able|not our customer"
    r"|no mailbox here|recipientnotfound|host or domain name not found|nxdomain|mailbox unavailable"
    r"|recipient address rejected: access denied",
    re.IGNORECASE,
)
_ROOM = re.compile(r"quota|mailbox (is )?full|over.?limit|insufficient.*storage", re.IGNORECASE)
_MIND_US = re.compile(
    r"spam|polic|block|blacklist|reputation|dmarc|\bspf\b|dkim|relay(ing)?\b|authenticat|banned",
    re.IGNORECASE,
)


def meaning(status: str, said: str = "") -> Meaning:
    """What a failure for good means, from its `status` ("5.1.1") and the server's words.

    The words count where the status is missing or vague. Whatever is not known means the least.
    """
    own, quoted = _parts(status), _parts(said)
    found = quoted if quoted and (own is None or _is_vague(own)) else own
    if found is not None and not _is_vague(found):
        return _by_code(*found)
    # "550 relay not permitted" is no word about the recipient.
    if _ROOM.search(said):
        return Meaning.SOFT
    if _NOBODY.search(said) and not (found and found[0] == "4"):
        return Meaning.HARD
    if _MIND_US.search(said):
        return Meaning.POLICY
    return Meaning.SOFT


def code_in(text: str) -> str:
    """The first enhanced code in `text` ("5.1.1"), or the empty string."""
    found = _parts(text)
    return f"{found[0]}.{found[1]}" if found else ""


def _parts(text: str) -> tuple[str, str] | None:
    """Class and the rest of the first code, as ("5", "1.1")."""
    found = _CODE.search(text)
    if found is None:
        return None
    return found.group(1), f"{int(found.group(2))}.{int(found.group(3))}"


def _is_vague(code: tuple[str, str]) -> bool:
    detail = code[1]
    if detail in _DEAD or detail in _FULL or detail in _CONTENT:
        return False
    return detail.partition(".")[0] in _VAGUE


def _by_code(kind: str, detail: str) -> Meaning:
    subject = detail.partition(".")[0]
    if subject in ("6", "7") or detail in _OURS or detail in _CONTENT:
        return Meaning.POLICY
    if kind != "5" or detail in _FULL:
        return Meaning.SOFT
    return Meaning.HARD if subject == "1" or detail in _DEAD else Meaning.SOFT
