"""From facts to words: the three templates of a kind of mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.template.loader import get_template

from guests.mails import headers
from guests.mails.facts import Facts


def render(kind: str, facts: Facts) -> tuple[str, str, str]:
    """Subject, text and HTML of a kind of mail, in the active language."""
    subject = headers.subject_line(raw_subject(kind, facts))
    facts["subject"] = subject
    return subject, *bodies(kind, facts)


def raw_subject(kind: str, facts: Facts) -> str:
    """The subject as its template has it, before it is made safe."""
    rendered: str = _template(f"{kind}.subject.txt").render(facts)
    return rendered


def bodies(kind: str, facts: Facts) -> tuple[str, str]:
    """Text and HTML; `facts` has the subject."""
    text = _paragraphs(_template(f"{kind}.txt").render(facts))
    return text, _template(f"{kind}.html").render(facts)


def _template(name: str) -> Any:
    return get_template(f"emails/{name}")


def _paragraphs(text: str) -> str:
    """`text` with one empty line between paragraphs and no spaces at the ends of lines."""
    lines = [line.strip() for line in text.split("\n")]
    return "\n".join(_no_double_gaps(lines)).strip() + "\n"


def _no_double_gaps(lines: Iterable[str]) -> Iterable[str]:
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line
