"""Cleaning of what people type as a name. Used by the pasted lists and by the site's forms.

Nothing here escapes anything: a name is kept as it was meant, and made harmless where it is shown.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

NAME_MAX = 50  # characters of a name, as stored
RAW_MAX = 1_000  # longer input is refused before any work is done on it
MARKS_MAX = 4  # combining marks on one letter; more is decoration that breaks a page

ZWNJ, ZWJ, VS16 = "\u200c", "\u200d", "\ufe0f"
# Letters, marks and symbols that show nothing at all, though Unicode does not call them format.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
# A web address: with its scheme, with www, or a bare name under a top-level domain that mail
# programs turn into a link. Not what follows an @: "Bcc: a@b.com" is odd, but no link.
_URL = re.compile(
    r"://|\bwww\.|(?<![@\w.-])[\w-]+(?:\.[\w-]+){0,3}\.(?:com|net|org|info|biz|io|co|ru|cn|xyz|top|"
    r"shop|online|site|app|me|tv|de|uk|fr|pl|es|it|nl|eu|link|click|tld)\b",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\d(?:[\s().+/\u2010-\u2015-]{0,3}\d){6,}")


class NameProblemCode(StrEnum):
    """Why a name is refused."""

    EMPTY = "empty"
    BAD_CHARACTERS = "bad_characters"
    TOO_LONG = "too_long"
    TOO_MANY_MARKS = "too_many_marks"
    NO_LETTERS = "no_letters"
    WEB_ADDRESS = "web_address"
    LONG_NUMBER = "long_number"


class NameProblem(ValueError):
    """A name that is refused; `code` says why."""

    def __init__(self, code: NameProblemCode) -> None:
        super().__init__(code.value)
        self.code = code


def has_broken_characters(text: str) -> bool:
    """Whether a NUL or half of a surrogate pair is in it: no database takes either."""
    if text.isascii():
        return "\0" in text
    return "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


def tidy(text: str) -> str:
    """One line of NFC text: whitespace collapsed, control, bidi and invisible characters gone.

    Joiners stay where they carry meaning: inside emoji, Arabic and Indic words. Runs of combining
    marks are cut to a length that keeps normalisation linear, yet long enough to be noticed.
    """
    if text.isascii():
        shown = "".join(char if char >= " " and char != "\x7f" else " " for char in text)
        return " ".join(shown.split())
    visible = "".join(_visible(text))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def clean_name(raw: str) -> str:
    """The name to store: NFC, one line, at most 50 characters.

    Raises NameProblem for what is empty, too long, unreadable, or an advertisement.
    """
    if len(raw) > RAW_MAX:
        raise NameProblem(NameProblemCode.TOO_LONG)
    if has_broken_characters(raw):
        raise NameProblem(NameProblemCode.BAD_CHARACTERS)
    name = tidy(raw)
    if not name:
        raise NameProblem(NameProblemCode.EMPTY)
    if too_many_marks(name):
        raise NameProblem(NameProblemCode.TOO_MANY_MARKS)
    if len(name) > NAME_MAX:
        raise NameProblem(NameProblemCode.TOO_LONG)
    if _URL.search(name):
        raise NameProblem(NameProblemCode.WEB_ADDRESS)
    if _LONG_NUMBER.search(name):
        raise NameProblem(NameProblemCode.LONG_NUMBER)
    if not any(unicodedata.category(char)[0] in "LN" or _is_symbol(char) for char in name):
        raise NameProblem(NameProblemCode.NO_LETTERS)
    return name


def too_many_marks(text: str) -> bool:
    """Whether a letter carries more combining marks than any language needs."""
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run > MARKS_MAX:
            return True
    return False


def _visible(text: str) -> list[str]:
    """The characters of `text` that may stay; every kind of whitespace becomes a space."""
    kept: list[str] = []
    marks = 0
    for index, char in enumerate(text):
        category = unicodedata.category(char)
        if char.isspace() or category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif char in (ZWJ, ZWNJ):
            following = text[index + 1] if index + 1 < len(text) else ""
            if kept and following and _joins(kept[-1], char, following):
                kept.append(char)
        elif category in ("Cf", "Cs", "Co") or char in INVISIBLE or _is_noncharacter(char):
            continue
        else:
            marks = marks + 1 if category in ("Mn", "Me") else 0
            if marks <= 2 * MARKS_MAX:
                kept.append(char)
    return kept


def _joins(before: str, joiner: str, after: str) -> bool:
    """Whether a joiner between these two characters changes how the word is written."""
    if unicodedata.combining(before) == 9:  # a virama: the next consonant depends on it
        return True
    if joiner == ZWNJ:
        return unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    return (_is_symbol(before) or before == VS16) and _is_symbol(after)


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Cn") or "\U0001f3fb" <= char <= "\U0001f3ff"


def _is_noncharacter(char: str) -> bool:
    return "\ufdd0" <= char <= "\ufdef" or ord(char) & 0xFFFE == 0xFFFE
