"""Where the plates of the seats row stand. Pure arithmetic, in units of the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PITCH = 20  # from one plate to the next
ROW = 46  # from one row to the next: room for the flag above and the bracket below
PER_ROW = 30  # more would make a plate on a phone smaller than a dot
FEWEST = 24  # a row is drawn as wide as this many, so that a few plates are no larger than many

# In the order of hope: the class of the plate, and how large it is.
ORDER = (
    ("coming", "yes", 7.6),
    ("video", "vid", 7.6),
    ("tentative", "may", 7.6),
    ("silent", "sil", 7.6),
    ("lost", "lost", 7.6),
    ("declined", "no", 4.0),
)


@dataclass(frozen=True, slots=True)
class Plate:
    """One child: its class in the stylesheet, its middle and its radius."""

    css: str
    x: int
    y: int
    r: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole drawing: its size, the plates, and the paths of bracket and flag ('' = none)."""

    width: int
    height: int
    plates: tuple[Plate, ...]
    bracket: str
    pole: str
    flag: str


def _place(index: int) -> tuple[int, int]:
    """The middle of the plate with that index, counted from 0."""
    row, column = divmod(index, PER_ROW)
    return column * PITCH + 10, row * ROW + 30


def _bracket(low: int, high: int) -> str:
    """A bracket from the plate `low` to the plate `high`, counted from 1, row by row."""
    parts = []
    for row in range((low - 1) // PER_ROW, (high - 1) // PER_ROW + 1):
        first = max(low - 1, row * PER_ROW)
        last = min(high - 1, row * PER_ROW + PER_ROW - 1)
        (left, y), (right, _y) = _place(first), _place(last)
        start = f"M{left} {y + 16}v4" if first == low - 1 else f"M{left} {y + 20}"
        parts.append(f"{start}H{right}" + ("v-4" if last == high - 1 else ""))
    return "".join(parts)


def seat_plan(
    counts: Mapping[str, int],
    *,
    low: int | None = None,
    high: int | None = None,
    enough: int | None = None,
) -> Plan:
    """Places one plate for each counted child; `counts` has the names of ORDER, others are zero."""
    kinds = [(css, r) for name, css, r in ORDER for _ in range(counts.get(name, 0))]
    plates = tuple(Plate(css, *_place(index), r) for index, (css, r) in enumerate(kinds))
    reach = max(len(plates), enough or 0, high or 0, 1)
    bracket = _bracket(max(low, 1), high) if low is not None and high else ""
    pole = flag = ""
    if enough:
        x, y = _place(enough - 1)
        pole, flag = f"M{x} {y - 11}V{y - 27}", f"m{x + 1} {y - 28} 13 5-13 5z"
    columns = min(max(reach, FEWEST), PER_ROW)
    rows = (reach - 1) // PER_ROW + 1
    foot = 56 if bracket else 40
    return Plan(columns * PITCH, (rows - 1) * ROW + foot, plates, bracket, pole, flag)
