from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from parties import zones


def test_every_zone_that_can_be_chosen_exists() -> None:
    assert [zone for zone in zones.zones() if ZoneInfo(zone).key != zone] == []


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("Europe/London", "Europe/London"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("GMT", "UTC"),
        ("Nope/Zone", None),
        ("../../etc/passwd", None),
        ("Europe/London\0", None),
        ("x" * 10_000, None),
        ("", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_zone_is_stored_under_one_name(name: str, stored: str | None) -> None:
    assert zones.canonical(name) == stored


@pytest.mark.parametrize(
    ("zone", "country"), [("Europe/London", "GB"), ("Europe/Berlin", "DE"), ("UTC", "GB")]
)
def test_a_zone_tells_the_country_whose_numbers_need_no_prefix(zone: str, country: str) -> None:
    assert zones.country(zone) == country
