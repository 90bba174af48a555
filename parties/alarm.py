"""How near the table is to staying empty (design, section 7). Pure: no ORM, no clock."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """The level of the alarm, as it is stored; from calm to the worst."""

    CALM = ""
    AMBER = "amber"
    RED = "red"
    BLACK = "black"
