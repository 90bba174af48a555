"""The rows of the table: what was measured, against what, and whether it is within its budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """`floor` and `ours` are in `unit`; the budget is for the ratio, or for ours where it says so.

    `more`: more is better. `notes`: what else was counted, in words.
    """

    name: str
    unit: str
    floor: float
    ours: float
    budget: float
    more: bool
    of_ours: bool = False
    notes: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        return self.ours / self.floor if self.floor else 0.0

    @property
    def ok(self) -> bool:
        counts = self.ours if self.of_ours else self.ratio
        return counts >= self.budget if self.more else counts <= self.budget

    @property
    def line(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "unit": self.unit,
                "floor": _short(self.floor),
                "ours": _short(self.ours),
                "ratio": _short(self.ratio),
                "budget": self.budget,
                "ok": self.ok,
            }
        )


def middle(values: Sequence[float]) -> float:
    """The median: one round that was disturbed does not count."""
    return median(values)


def listed(values: Sequence[float]) -> str:
    """All rounds, as they came."""
    return " ".join(f"{_short(value):g}" for value in values)


def table(rows: Sequence[Row]) -> str:
    """The rows for people."""
    cells = [("", "floor", "ours", "", "ratio", "budget", "")]
    for row in rows:
        sign = "≥" if row.more else "≤"
        cells.append(
            (
                row.name,
                f"{_short(row.floor):g}",
                f"{_short(row.ours):g}",
                row.unit,
                f"{row.ratio:.2f}",
                f"{sign} {row.budget:g}{' ' + row.unit if row.of_ours else ' x'}",
                "ok" if row.ok else "TOO SLOW",
            )
        )
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    lines = []
    for number, line in enumerate(cells):
        padded = (
            f"{cell:<{width}}" if place in (0, 3, 6) else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        lines.append("  ".join(padded).rstrip())
        if number:
            lines += [f"    {note}" for note in rows[number - 1].notes]
    return "\n".join(lines)


def _short(value: float) -> float:
    """Three digits that mean something."""
    return float(f"{value:.3g}")
