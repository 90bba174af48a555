"""The same plans in zones where the clock does odd things."""

from __future__ import annotations

import pytest

from tests.parties.schedule_notation import Home, lines, rule, utc, wall


@pytest.mark.parametrize(
    ("zone", "invited", "reply_by", "starts", "expected"),
    [
        pytest.param(
            "Asia/Kathmandu", "2027-05-20 10:00", "2027-06-14 23:59", "2027-06-19 14:00",
            ["after4 2027-05-24 12:15", "before2 2027-06-12 03:15", "last_call 2027-06-14 03:15"],
            id="kathmandu-5-45",
        ),
        pytest.param(
            "Pacific/Apia", "2027-05-20 10:00", "2027-06-14 23:59", "2027-06-19 14:00",
            ["after4 2027-05-24 05:00", "before2 2027-06-11 20:00", "last_call 2027-06-13 20:00"],
            id="apia-a-day-ahead",
        ),
        pytest.param(  # 30 minutes forward at 02:00 on 3 October
            "Australia/Lord_Howe", "2027-09-30 10:00", "2027-10-11 23:59", "2027-10-16 14:00",
            ["after4 2027-10-04 07:00", "before2 2027-10-08 22:00", "last_call 2027-10-10 22:00"],
            id="lord-howe-over-its-half-hour",
        ),
        pytest.param(  # forward on 14 March: 18:00 EST would have been 23:00 UTC
            "America/New_York", "2027-03-12 10:00", "2027-03-23 23:59", "2027-03-28 14:00",
            ["after4 2027-03-16 22:00", "before2 2027-03-21 13:00", "last_call 2027-03-23 13:00"],
            id="new-york-into-summer",
        ),
        pytest.param(  # back on 31 October; the two days before 1 November are 49 hours
            "Europe/London", "2027-10-15 10:00", "2027-11-01 23:59", "2027-11-06 14:00",
            ["after4 2027-10-19 17:00", "before2 2027-10-30 08:00", "last_call 2027-11-01 09:00"],
            id="london-out-of-summer",
        ),
        pytest.param(  # midnight of 12 March 2028 does not exist in Havana
            "America/Havana", "2028-02-28 10:00", "2028-03-12 23:59", "2028-03-18 14:00",
            ["after4 2028-03-03 23:00", "before2 2028-03-10 14:00", "last_call 2028-03-12 13:00"],
            id="havana-day-without-midnight",
        ),
        pytest.param(
            "Europe/London", "2028-02-10 10:00", "2028-03-02 23:59", "2028-03-07 14:00",
            ["after4 2028-02-14 18:00", "before2 2028-02-29 09:00", "last_call 2028-03-02 09:00"],
            id="two-days-before-is-leap-day",
        ),
    ],
)  # fmt: skip
def test_the_same_wall_time_in_every_zone_here_shown_in_utc(
    zone: str, invited: str, reply_by: str, starts: str, expected: list[str]
) -> None:
    home = Home(zone=zone, invited=invited, reply_by=reply_by, starts=starts)
    assert lines(home.steps, "UTC") == [f"anna reminder {line}" for line in expected]


@pytest.mark.parametrize(
    ("clock", "in_utc"),
    [
        pytest.param("02:30", "2027-03-14 12:00", id="in-the-gap-it-is-night-so-08:00"),
        pytest.param("09:00", "2027-03-14 13:00", id="after-the-gap"),
    ],
)
def test_a_rule_on_the_night_when_the_clock_goes_forward(clock: str, in_utc: str) -> None:
    home = Home(
        zone="America/New_York", invited="2027-03-01 10:00", reply_by="2027-03-14 23:59",
        starts="2027-03-20 14:00", rules=(rule(f"mine reminder before_reply_by 0 {clock}"),),
    )  # fmt: skip
    assert lines(home.steps, "UTC") == [f"anna reminder mine {in_utc}"]


def test_a_follow_up_expires_with_a_day_whose_end_comes_an_hour_early() -> None:
    # In Havana 11 March ends when the clock jumps from 00:00 to 01:00 of the 12th
    home = Home(
        zone="America/Havana", invited="2028-02-28 10:00", reply_by="2028-03-13 23:59",
        starts="2028-03-18 14:00", answer="tentative", know_by="2028-03-11",
    )  # fmt: skip
    assert wall(home.steps[0].expires_at, home.zone) == "2028-03-12 01:00"
    assert home.steps[0].expires_at == utc("2028-03-12 05:00")
