"""The time zones a host can choose from, and the one name under which each is stored.

Read once from the tzdata package, so that it does not depend on the machine. A zone is looked up in
a table and never on a path, so that no input can name a file.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_FOLDER = "tzdata.zoneinfo"


@cache
def zones() -> tuple[str, ...]:
    """One zone for each place that a country keeps its own time at, and UTC; sorted by name."""
    return (*sorted(_countries()), "UTC")


@cache
def _countries() -> dict[str, str]:
    rows = (files(_FOLDER) / "zone.tab").read_text("utf-8").splitlines()
    cells = [row.split("\t") for row in rows if row and not row.startswith("#")]
    return {zone: code for code, _place, zone, *_rest in cells}


def country(zone: str) -> str:
    """The country (ISO 3166) that a zone belongs to; GB where it belongs to none."""
    return _countries().get(zone, "GB")


@cache
def _known() -> dict[str, str]:
    listed = set(zones())
    rows = (files(_FOLDER) / "tzdata.zi").read_text("utf-8").splitlines()
    links = {
        alias: target
        for target, alias in (row.split()[1:3] for row in rows if row.startswith("L "))
    }
    known = {zone: zone for zone in listed}
    for alias, target in links.items():
        if alias in listed:
            continue
        target = "UTC" if target in ("Etc/UTC", "Etc/GMT") else target
        if target in listed:
            known[alias] = target
    return known


def canonical(name: str) -> str | None:
    """The stored name of a zone or of another name for it; None for what is no zone."""
    return _known().get(name)


@cache
def other_names() -> dict[str, str]:
    """The other names of each zone, with spaces between: some browsers know only an old one."""
    found: dict[str, list[str]] = {}
    for alias, zone in _known().items():
        if alias != zone:
            found.setdefault(zone, []).append(alias)
    return {zone: " ".join(sorted(aliases)) for zone, aliases in found.items()}


@cache
def by_region() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Choices for a select: a group for each region, in it (zone, place as it is read)."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in zones():
        region, _slash, place = zone.partition("/")
        words = (place or zone).replace("_", " ").replace("/", ", ")
        groups.setdefault(region if place else "UTC", []).append((zone, words))
    # by far the most parties are there, so it comes first
    order = sorted(groups, key=lambda region: (region != "Europe", region == "UTC", region))
    return tuple((region, tuple(groups[region])) for region in order)
