"""A line cut into what it is made of: addresses, numbers, words, separators. Linear in its length.

Addresses and numbers are taken out first and leave one private-use character each, so that what
follows never mistakes a part of an address for a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from guests.lists.addresses import EmailProblem, PhoneProblem, clean_email, clean_phone

_FIRST_MARK = 0xF0000  # plane 15; `tidy` has removed whatever the text itself had there
_MARKS = 0xFFFD

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_LONG_DASHES = "\u2013\u2014\u2015\u2212"
_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb'
_SEPARATORS = ",;:()<>|/=\t\u2192\u3001\uff0c\uff1b\uff1a\uff08\uff09\uff5c"
_SAME = str.maketrans("\u3001\uff0c\uff1b\uff1a\uff08\uff09\uff5c\u2192\u2026", ",,;:()|> ")

_ATOM = re.compile(rf"[^\s\[\]{{}}{re.escape(_SEPARATORS + _QUOTES + _LONG_DASHES)}]+")
_LINK = re.compile(r"(?:\bhttps?://|\bwww\.)\S+", re.IGNORECASE)
_DATE = re.compile(
    r"(?<![\d./-])\d{1,4}([./-])\d{1,2}\1\d{2,4}(?![./-]?\d)|(?<!\d)\d{1,2}:\d{2}(?!\d)"
)
# An Indian or French number has many groups, so the length is limited by digits, not by groups.
_NUMBER = re.compile(
    r"(?<![\w.])(?:\+ ?)?\(?\d(?:[\s().\u2010-\u2015/-]{0,3}\d){6,39}(?!\w)|"
    r"(?<![\w.])\+ ?\(?\d(?:[\s().\u2010-\u2015/-]{0,3}\d){6,39}(?!\w)"
)
_BETWEEN_NUMBERS = re.compile(r"\s*/\s*|\s+(?=[+(0])")
_TOKEN = re.compile(
    rf"[{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + _MARKS)}]|[,;:()<>|/=\t&+{_LONG_DASHES}]|"
    rf"[^\s,;:()<>|/=&+{_LONG_DASHES}{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + _MARKS)}]+"
)


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    SEPARATOR = "separator"  # text: one of , ; : - ( ) < > | / = and tab
    EMAIL = "email"
    PHONE = "phone"
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"


ADDRESSES = frozenset({Kind.EMAIL, Kind.PHONE, Kind.BAD_EMAIL, Kind.BAD_PHONE})


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a line. For an address: as cleaned, or as written where it is a bad one."""

    kind: Kind
    text: str

    @property
    def is_address(self) -> bool:
        """Whether it says where somebody can be reached, or was meant to."""
        return self.kind in ADDRESSES


class _Found:
    """The addresses and numbers taken out of one line, each behind its own character."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.tokens: list[Token] = []

    def keep(self, token: Token) -> str:
        if len(self.tokens) >= _MARKS:
            return " "
        self.tokens.append(token)
        return chr(_FIRST_MARK + len(self.tokens) - 1)

    def email(self, match: re.Match[str]) -> str:
        atom = match.group()
        if "@" not in atom:
            return atom
        bare = atom.strip(".'\u2018\u2019*_~!?`\u2026" + DASHES)
        if bare.startswith("@") or not bare:  # "@Priya": somebody is called, not written to
            return atom.replace("@", " ")
        if bare.lower().startswith("mailto:"):
            bare = bare[7:]
        try:
            return self.keep(Token(Kind.EMAIL, clean_email(bare)))
        except EmailProblem:
            return self.keep(Token(Kind.BAD_EMAIL, atom[:200]))

    def number(self, match: re.Match[str]) -> str:
        run = match.group()
        whole = self._phone(run)
        if whole:
            return self.keep(Token(Kind.PHONE, whole))
        parts = [(part, self._phone(part)) for part in _BETWEEN_NUMBERS.split(run)]
        if not any(phone for _, phone in parts):
            return self.keep(Token(Kind.BAD_PHONE, run))
        return " ".join(self.keep(Token(Kind.PHONE, phone)) for _, phone in parts if phone)

    def _phone(self, text: str) -> str:
        try:
            return clean_phone(text, self.region)
        except PhoneProblem:
            return ""


def tokens_of(line: str, region: str) -> list[Token]:
    """The tokens of a tidied line, in order. Full-width separators count as plain ones."""
    found = _Found(region)
    line = _LINK.sub(" ", line)
    text = _ATOM.sub(found.email, line.translate(_SAME).replace("\uff20", "@"))
    text = _DATE.sub(" ", text)
    text = _NUMBER.sub(found.number, text)
    for quote in _QUOTES + "[]{}":
        text = text.replace(quote, " ")
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        tokens.extend(_token(match.group(), found))
    return tokens


def _token(text: str, found: _Found) -> list[Token]:
    if len(text) == 1:
        place = ord(text) - _FIRST_MARK
        if 0 <= place < len(found.tokens):
            return [found.tokens[place]]
        if text in _LONG_DASHES:
            return [Token(Kind.SEPARATOR, "-")]
        if text in ",;:()<>|/=\t":
            return [Token(Kind.SEPARATOR, text)]
        if text in "&+":
            return [Token(Kind.WORD, text)]
    word = text.strip(DASHES + "*_~`")
    dash = Token(Kind.SEPARATOR, "-")
    before = [dash] if text[0] in DASHES else []
    after = [dash] if word and text[-1] in DASHES else []
    return [*before, *([Token(Kind.WORD, word)] if word else []), *after]
