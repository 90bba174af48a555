"""The table at the end: fault, database, what was expected, what was seen."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

PROPERTY = "fault"
#: What this suite must cover. F47 (two versions side by side) is not done here; F52 is
#: `make mutations`.
FAULTS = tuple(f"F{number}" for number in range(1, 53) if number not in (47, 52))
#: What is said of a test: "ok" only if it ran to its end.
OK, NO, LEFT_OUT = "ok", "NO", "left out"

Seen = Callable[[str], None]


def fault(name: str, what: str, *, expected: str) -> pytest.MarkDecorator:
    """This test is the fault `name` of the matrix (several: "F6 F7")."""
    return pytest.mark.fault(name, what, expected)


@dataclass(slots=True)
class Line:
    """One test on one database."""

    name: str
    what: str
    expected: str
    database: str = ""
    seen: str = ""
    verdict: str = NO

    @property
    def order(self) -> tuple[int, str, str]:
        return int(self.name.split()[0].removeprefix("F")), self.what, self.database


def line_of(item: pytest.Item) -> Line | None:
    """What a test promises to look at."""
    marker = item.get_closest_marker("fault")
    if marker is None:
        return None
    callspec = getattr(item, "callspec", None)
    database = callspec.params.get("database", "") if callspec else ""
    name, what, expected = marker.args
    return Line(name, what, expected, database)


def lines_of(reports: Iterable[Any]) -> list[Line]:
    """The lines of all reports; those of one test's phases are one."""
    found: dict[str, Line] = {}
    for report in reports:
        given = dict(report.user_properties).get(PROPERTY)
        if given is None:
            continue
        line = found.setdefault(report.nodeid, Line(**given))
        line.seen = given["seen"] or line.seen
        if report.when == "call" and report.passed:
            line.verdict = OK
        elif report.skipped:
            line.verdict = LEFT_OUT
        elif report.failed:
            line.verdict = NO
            line.seen = f"{line.seen} {_last_words(report)}".strip()
    return sorted(found.values(), key=lambda line: line.order)


def missing(lines: Iterable[Line]) -> list[str]:
    """The faults of the matrix that no test looked at."""
    looked_at = (line for line in lines if line.verdict != LEFT_OUT)
    done = {name for line in looked_at for name in line.name.split()}
    return [name for name in FAULTS if name not in done]


def rendered(lines: Iterable[Line]) -> Iterable[str]:
    """The table, a fault a row, cut to a terminal's width."""
    heads = ("fault", "database", "injected", "expected", "seen", "")
    widths = (8, 10, 34, 44, 44, 8)
    yield from _row(heads, widths)
    yield "-" * (sum(widths) + 2 * len(widths))
    for line in lines:
        cells = (line.name, line.database, line.what, line.expected, line.seen, line.verdict)
        yield from _row(cells, widths)


def _row(cells: tuple[str, ...], widths: tuple[int, ...]) -> Iterable[str]:
    columns = [
        textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)
    ]
    for number in range(max(map(len, columns))):
        parts = [column[number] if number < len(column) else "" for column in columns]
        padded = (part.ljust(width) for part, width in zip(parts, widths, strict=True))
        yield "  ".join(padded).rstrip()


def _last_words(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    words = crash.message if crash is not None else str(report.longrepr)
    return f"[{report.when}] {' '.join(words.split())[:200]}"
