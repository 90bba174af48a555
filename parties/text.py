"""What a host typed as a line of text, made safe to store. Pure: no Django.

Nothing here escapes anything: text is kept as it was meant, and made harmless where it is shown.
"""

from __future__ import annotations

import re
from enum import StrEnum

from parties.names import (
    NameProblem,
    NameProblemCode,
    clean_name,
    has_broken_characters,
    tidy,
    too_many_marks,
)

PHONE_DIGITS = range(5, 16)  # E.164 has 15 at most

_PHONE = re.compile(r"\+?[\d\s()./\u2010-\u2015-]+")


class Flaw(StrEnum):
    """Why a text cannot be stored."""

    BROKEN = "broken"  # a NUL, or half of a character: no database takes either
    MARKS = "marks"
    LINK = "link"  # a name that is an advertisement
    NO_LETTERS = "no_letters"
    NOT_A_NUMBER = "not_a_number"


# A name that is too long is no flaw here: the field counts, and says by how much.
_FLAWS = {
    NameProblemCode.BAD_CHARACTERS: Flaw.BROKEN,
    NameProblemCode.TOO_MANY_MARKS: Flaw.MARKS,
    NameProblemCode.WEB_ADDRESS: Flaw.LINK,
    NameProblemCode.LONG_NUMBER: Flaw.LINK,
    NameProblemCode.NO_LETTERS: Flaw.NO_LETTERS,
    NameProblemCode.EMPTY: Flaw.NO_LETTERS,
}


class BadText(ValueError):
    """A text that is refused; `flaw` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def one_line(raw: str) -> str:
    """One line of NFC text: whitespace collapsed, control, bidi and invisible characters gone.

    May be empty. Raises BadText.
    """
    if has_broken_characters(raw):
        raise BadText(Flaw.BROKEN)
    text = tidy(raw)
    if too_many_marks(text):
        raise BadText(Flaw.MARKS)
    return text


def paragraph(raw: str) -> str:
    """As `one_line`, but line breaks stay; never more than one empty line in a row."""
    lines = re.split(r"\r\n|[\r\n\u2028\u2029\x85]", raw)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(one_line(line) for line in lines)).strip()


def name(raw: str) -> str:
    """A first name, or how somebody is known. Empty only if nothing was typed. Raises BadText."""
    if not raw.strip():
        return ""
    try:
        return clean_name(raw)
    except NameProblem as problem:
        if problem.code in _FLAWS:
            raise BadText(_FLAWS[problem.code]) from None
        return one_line(raw)


def phone(raw: str) -> str:
    """A phone number as people write it, to be read and dialled by people. Raises BadText."""
    text = one_line(raw)
    digits = sum(char.isdigit() for char in text)
    if text and not (_PHONE.fullmatch(text) and digits in PHONE_DIGITS):
        raise BadText(Flaw.NOT_A_NUMBER)
    return text
