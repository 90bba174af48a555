"""The row of plates: where each child sits, by hand."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from parties.seating import PER_ROW, seat_plan
from parties.templatetags.look import seats


def test_plates_stand_in_the_order_of_hope() -> None:
    plan = seat_plan({"declined": 1, "silent": 1, "coming": 2, "lost": 1, "tentative": 1})
    assert [plate.css for plate in plan.plates] == ["yes", "yes", "may", "sil", "lost", "no"]
    assert [plate.x for plate in plan.plates] == [10, 30, 50, 70, 90, 110]


@pytest.mark.parametrize(
    ("low", "high", "path"),
    [
        (3, 6, "M50 46v4H110v-4"),
        (0, 2, "M10 46v4H30v-4"),
        (0, 0, ""),
        (None, None, ""),
        (29, 32, "M570 46v4H590M10 96H30v-4"),
    ],
    ids=["three to six", "from none", "none at all", "no forecast", "over two rows"],
)
def test_the_bracket_spans_the_most_likely(low: int | None, high: int | None, path: str) -> None:
    assert seat_plan({"coming": 40}, low=low, high=high).bracket == path


def test_the_flag_stands_at_the_plate_that_makes_it_a_good_party() -> None:
    plan = seat_plan({"coming": 3}, enough=5)
    assert plan.pole == "M90 19V3"
    assert plan.flag.startswith("m91 2")


def test_a_few_plates_are_no_larger_than_many_and_very_many_get_rows() -> None:
    assert seat_plan({"coming": 2}).width == seat_plan({"coming": 24}).width
    many = seat_plan({"silent": 3 * PER_ROW})
    assert many.width == PER_ROW * 20
    assert {plate.y for plate in many.plates} == {30, 76, 122}


def test_nobody_invited_yet_is_a_drawing_all_the_same() -> None:
    page = render_to_string("_seats.html", seats())
    assert "<circle" not in page
    assert 'role="img"' in page


def test_each_kind_of_plate_has_its_words() -> None:
    page = render_to_string(
        "_seats.html",
        seats(
            coming=3, tentative=2, video=1, silent=11, lost=5, declined=2, low=3, high=6, enough=5
        ),
    )
    for words in (
        "24 children",
        "Most likely 3 to 6 come",
        "3 coming",
        "2 not sure",
        "1 by video",
        "11 silent",
        "5 not reached",
        "2 can’t come",
        "5 make it a good party",
    ):
        assert words in page, words
