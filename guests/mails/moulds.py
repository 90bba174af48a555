"""Mails of one party are much alike: what homes share is rendered once, and kept for a while.

A mould is a mail in which the home's own names and links are marks. Filling it is what rendering it
anew would give, because the templates show these as they are and ask nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter

from django.utils.html import escape
from django.utils.translation import get_language

from guests.mails import headers
from guests.mails.facts import Own, party_facts, row_values, with_own
from guests.mails.rendering import bodies, raw_subject, render
from parties.models import Party

# Of a kind that tidying takes out of everything that somebody typed.
_MARKS = Own(
    names="\ue000",
    page="\ue001",
    stop="\ue002",
    calendar="\ue003",
    forget="\ue004",
    stranger="\ue005",
)
_VALUES = attrgetter(*(one.name for one in fields(Own)))


@dataclass(frozen=True, slots=True)
class _Pattern:
    """All that a mould depends on; two that hold the same give the same mould."""

    kind: str
    language: str
    party_values: tuple[object, ...]
    home: tuple[tuple[str, str | bool], ...]
    party: Party = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Mould:
    subject: str
    text: str
    html: str


def words(kind: str, party: Party, home: dict[str, str | bool], own: Own) -> tuple[str, str, str]:
    """Subject, text and HTML of a mail to one home, in the active language."""
    pattern = _Pattern(kind, get_language() or "en", row_values(party), tuple(home.items()), party)
    mould = _mould(pattern) if own.names else None
    if mould is None:
        return render(kind, with_own(party_facts(party) | home, kind, own))
    return mould.subject, _filled(mould.text, own), _filled(mould.html, _escaped(own))


@lru_cache(maxsize=256)
def _mould(pattern: _Pattern) -> _Mould | None:
    """None where the subject names the home: what is done to make a subject safe needs the name."""
    facts = with_own(party_facts(pattern.party) | dict(pattern.home), pattern.kind, _MARKS)
    raw = raw_subject(pattern.kind, facts)
    if any(mark in raw for mark in _marks()):
        return None
    facts["subject"] = headers.subject_line(raw)
    return _Mould(facts["subject"], *bodies(pattern.kind, facts))


def _filled(text: str, own: Own) -> str:
    for mark, value in zip(_marks(), _VALUES(own), strict=True):
        text = text.replace(mark, value)
    return text


def _escaped(own: Own) -> Own:
    return Own(*map(escape, _VALUES(own)))


def _marks() -> tuple[str, ...]:
    return tuple(_VALUES(_MARKS))
