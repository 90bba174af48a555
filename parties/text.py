"""What a host typed as a line of text, made safe to store. Pure: no Django.

Nothing here escapes anything: text is kept as it was meant, and made harmless where it is shown.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

MARKS_MAX = 4  # combining marks on one letter; more is decoration that breaks a page
PHONE_DIGITS = range(5, 16)  # E.164 has 15 at most

# Joiners carry meaning inside emoji and in several scripts; every other format character hides.
_JOINERS = "\u200c\u200d"
# Letters and symbols that show nothing at all, though Unicode does not call them format.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_LINK = re.compile(r"://|\bwww\.|\w\.(?:com|net|org|info|biz|io|co|ru|cn|xyz|top|tld)\b", re.I)
_PHONE = re.compile(r"\+?[\d\s()./\u2010-\u2015-]+")


class Flaw(StrEnum):
    """Why a text cannot be stored."""

    BROKEN = "broken"  # a NUL, or half of a character: no database takes either
    MARKS = "marks"
    LINK = "link"  # a name that is an advertisement
    NO_LETTERS = "no_letters"
    NOT_A_NUMBER = "not_a_number"


class BadText(ValueError):
    """A text that is refused; `flaw` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def one_line(raw: str) -> str:
    """One line of NFC text: whitespace collapsed, control, bidi and invisible characters gone.

    May be empty. Raises BadText.
    """
    return " ".join(_shown(raw).split())


def paragraph(raw: str) -> str:
    """As `one_line`, but line breaks stay; never more than one empty line in a row."""
    lines = [" ".join(line.split()) for line in re.split(r"\r\n|[\r\n\u2028\u2029\x85]", raw)]
    text = "\n".join(" ".join(_shown(line).split()) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def name(raw: str) -> str:
    """A first name, or how somebody is known. Empty only if nothing was typed. Raises BadText."""
    text = one_line(raw)
    if _LINK.search(text):
        raise BadText(Flaw.LINK)
    readable = any(unicodedata.category(char)[0] in "LN" or char > "\u2600" for char in text)
    if raw.strip() and not readable:
        raise BadText(Flaw.NO_LETTERS)
    return text


def phone(raw: str) -> str:
    """A phone number as people write it, to be read and dialled by people. Raises BadText."""
    text = one_line(raw)
    digits = sum(char.isdigit() for char in text)
    if text and not (_PHONE.fullmatch(text) and digits in PHONE_DIGITS):
        raise BadText(Flaw.NOT_A_NUMBER)
    return text


def _shown(raw: str) -> str:
    if "\0" in raw or any("\ud800" <= char <= "\udfff" for char in raw):
        raise BadText(Flaw.BROKEN)
    kept = [_replaced(char) for char in raw]
    text = unicodedata.normalize("NFC", "".join(kept))
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run > MARKS_MAX:
            raise BadText(Flaw.MARKS)
    return text if text.strip(_JOINERS + " ") else ""


def _replaced(char: str) -> str:
    category = unicodedata.category(char)
    if char.isspace() or category in ("Cc", "Zl", "Zp"):
        return " "
    if char in _INVISIBLE or (category in ("Cf", "Co", "Cn") and char not in _JOINERS):
        # tag characters spell the flags of England, Scotland and Wales
        return char if "\U000e0020" <= char <= "\U000e007f" else ""
    return char
