"""A pasted text cut into its lines: without bullets, chat prefixes, headers and blank ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guests.lists.results import ProblemCode
from guests.lists.words import CHILD_HEADERS, HEADERS, PARENT_HEADERS, fold
from parties.names import has_broken_characters, tidy

LINE_MAX = 50_000  # characters: 500 households on one line, with room

_LINE_END = re.compile("\r\n|[\r\n\u2028\u2029]")
_STAMP = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[aApP]\.?[mM]\.?)?"
_SHORT_STAMP = r"\d{1,2}[./-]\d{1,2}(?:[./-]\d{1,4})?\.?"
# [12/05, 18:22] Priya: …   [18:22, 12/05/2026] Priya: …   12/05/2026, 18:22 - Priya: …
_DAY = rf"(?:{_STAMP}|{_SHORT_STAMP})"
_CHAT = re.compile(
    rf"(?:\[(?:{_DAY},? {_CLOCK}|{_CLOCK},? {_DAY}|{_CLOCK})\] ?|{_DAY},? {_CLOCK} ?[-\u2013] )"
    r"(?:~ ?)?(?:(?P<sender>[^:@]{1,60}): ?)?"
)
_BULLET = re.compile(
    r"(?:[-\u2010-\u2015*\u2022\u00b7\u25cf\u25e6\u25aa\u25ab\u2023\u2043\u2610\u2611\u2705\u2714\u2713"
    r"\u25a1\u25cb\u27a2\u27a1\u25ba>#]\ufe0f?\s*(?![-+\d])|[-*]\s+|\+\s+(?=[^\W\d])|"
    r"\(?\d{1,3}(?:[.)]\s+|[.):](?=[^\W\d]))|\[[ xX]?\]\s*)"
)
_CELL = re.compile(r"[,;|\t/]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that may name households. `sender` is who wrote it in a chat, as shown there."""

    number: int
    text: str
    sender: str = ""
    problem: ProblemCode | None = None
    header: Header | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a table says about its columns."""

    parent_after_child: bool
    parent_before_child: bool


def lines_of(text: str) -> Iterator[Line]:
    """The lines that are not blank, numbered from 1 as the reader of the text counts them."""
    for number, raw in enumerate(_LINE_END.split(text), start=1):
        if not raw or raw.isspace():
            continue
        line = _line(number, raw)
        if line.text or line.problem:
            yield line


def _line(number: int, raw: str) -> Line:
    if len(raw) > LINE_MAX:
        return Line(number, raw[:200], problem=ProblemCode.LINE_TOO_LONG)
    if has_broken_characters(raw):
        return Line(number, raw[:200], problem=ProblemCode.BAD_CHARACTERS)
    text = "\t".join(tidy(cell) for cell in raw.split("\t")).strip()
    header = _header(text)
    if header is not None:
        return Line(number, text, header=header)
    sender = ""
    chat = _CHAT.match(text)
    if chat:
        sender, text = (chat["sender"] or "").strip(), text[chat.end() :]
    return Line(number, _without_bullets(text), sender=sender)


def _without_bullets(text: str) -> str:
    for _ in range(3):
        bullet = _BULLET.match(text)
        if not bullet:
            break
        text = text[bullet.end() :].lstrip()
    return text


def _header(text: str) -> Header | None:
    """The columns, if this line is only a table's heading such as "Name, Email"."""
    if len(text) > 200:
        return None
    cells = [fold(cell.strip(' "*:#.')).replace("'s", "").split() for cell in _CELL.split(text)]
    words = {word.strip("()'\"") for cell in cells for word in cell}
    if not words or not words <= HEADERS or (len(words) == 1 and len(cells) > 1):
        return None
    if len(cells) < 2 and not words & {"name", "names", "guests", "children", "kinder"}:
        return None
    parents = [i for i, cell in enumerate(cells) if PARENT_HEADERS & set(cell) and len(cell) < 4]
    children = [i for i, cell in enumerate(cells) if CHILD_HEADERS & set(cell) and i not in parents]
    both = bool(parents and children)
    return Header(both and children[0] < parents[0], both and parents[0] < children[0])
