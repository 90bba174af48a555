"""Wall-clock time, the window, the 20 hours, reply-by and notice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfoNotFoundError

import pytest

from parties.schedule import (
    in_window,
    invitation_reply_by,
    notice_days,
    permitted,
    resolve,
    window,
)
from tests.parties.schedule_notation import utc, wall


@pytest.mark.parametrize(
    ("zone", "local", "in_utc"),
    [
        pytest.param("UTC", "2027-06-14 09:00", "2027-06-14 09:00", id="utc"),
        pytest.param("Europe/London", "2027-06-14 09:00", "2027-06-14 08:00", id="london-summer"),
        pytest.param("Europe/London", "2027-01-14 09:00", "2027-01-14 09:00", id="london-winter"),
        pytest.param("Asia/Kathmandu", "2027-06-14 09:00", "2027-06-14 03:15", id="kathmandu"),
        pytest.param("Pacific/Apia", "2027-06-14 09:00", "2027-06-13 20:00", id="apia"),
        pytest.param("America/New_York", "2027-03-14 02:30", "2027-03-14 07:30", id="gap-new-york"),
        pytest.param("Europe/London", "2027-03-28 01:30", "2027-03-28 01:30", id="gap-london"),
        pytest.param(
            "Australia/Lord_Howe", "2027-10-03 02:15", "2027-10-02 15:45", id="gap-of-half-an-hour"
        ),
        pytest.param("America/Havana", "2028-03-12 00:00", "2028-03-12 05:00", id="gap-midnight"),
        pytest.param("Pacific/Apia", "2011-12-30 09:00", "2011-12-30 19:00", id="gap-of-a-day"),
        pytest.param(
            "America/New_York", "2027-11-07 01:30", "2027-11-07 05:30", id="overlap-new-york"
        ),
        pytest.param("Europe/London", "2027-10-31 01:30", "2027-10-31 00:30", id="overlap-london"),
        pytest.param(
            "Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03 14:45", id="overlap-half-hour"
        ),
        pytest.param("America/Havana", "2027-11-07 00:30", "2027-11-07 04:30", id="overlap-havana"),
        pytest.param("Europe/London", "2028-02-29 23:59", "2028-02-29 23:59", id="leap-day"),
    ],
)
def test_wall_time_resolves_to_one_instant(zone: str, local: str, in_utc: str) -> None:
    wall_time = datetime.fromisoformat(local)
    found = resolve(wall_time.date(), wall_time.time(), zone)
    assert (found, found.tzinfo) == (utc(in_utc), UTC)


def test_the_second_of_two_equal_wall_times_cannot_be_asked_for() -> None:
    second = time(1, 30, fold=1)
    assert resolve(date(2027, 11, 7), second, "America/New_York") == utc("2027-11-07 05:30")


@pytest.mark.parametrize(
    ("zone", "error"),
    [
        pytest.param("Nope/Zone", ZoneInfoNotFoundError, id="unknown"),
        pytest.param("../../etc/passwd", ValueError, id="a-path"),
    ],
)
def test_a_zone_that_is_none_is_an_error(zone: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        resolve(date(2027, 6, 14), time(9), zone)


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        pytest.param("Europe/London", "2027-06-14 07:59", "2027-06-14 08:00", id="before-it-opens"),
        pytest.param("Europe/London", "2027-06-14 08:00", "2027-06-14 08:00", id="as-it-opens"),
        pytest.param("Europe/London", "2027-06-14 19:59", "2027-06-14 19:59", id="last-minute"),
        pytest.param("Europe/London", "2027-06-14 20:00", "2027-06-15 08:00", id="as-it-closes"),
        pytest.param("Europe/London", "2027-06-14 00:00", "2027-06-14 08:00", id="midnight"),
        pytest.param("Asia/Kathmandu", "2027-06-14 20:30", "2027-06-15 08:00", id="kathmandu"),
        pytest.param("Pacific/Apia", "2011-12-29 21:00", "2011-12-31 08:00", id="apia-lost-a-day"),
        pytest.param("America/Havana", "2028-03-11 23:00", "2028-03-12 08:00", id="short-night"),
        pytest.param("America/New_York", "2027-11-06 20:00", "2027-11-07 08:00", id="long-night"),
        pytest.param("Europe/London", "2028-02-28 20:00", "2028-02-29 08:00", id="into-leap-day"),
        pytest.param("Europe/London", "2027-12-31 23:00", "2028-01-01 08:00", id="new-year"),
    ],
)
def test_the_window_is_from_eight_to_eight(zone: str, moment: str, expected: str) -> None:
    at = utc(moment, zone)
    assert wall(window(at, zone), zone) == expected
    assert in_window(at, zone) is (moment == expected)


@pytest.mark.parametrize(
    ("moment", "last", "until", "expected"),
    [
        pytest.param("2027-06-14 09:00", None, "2027-06-14 23:59", "2027-06-14 09:00", id="never"),
        pytest.param(
            "2027-06-14 09:00", "2027-06-13 13:00", "2027-06-14 23:59", "2027-06-14 09:00",
            id="exactly-20-hours",
        ),
        pytest.param(
            "2027-06-14 09:00", "2027-06-13 13:01", "2027-06-14 23:59", "2027-06-14 09:01",
            id="a-minute-short",
        ),
        pytest.param(
            "2027-06-14 09:00", "2027-06-14 01:00", "2027-06-16 23:59", "2027-06-15 08:00",
            id="20-hours-end-at-night",
        ),
        pytest.param(
            "2027-06-14 09:00", "2027-06-14 01:00", "2027-06-14 23:59", None,
            id="no-moment-left-before-it-expires",
        ),
        pytest.param(
            "2027-06-14 09:00", "2027-06-13 18:00", "2027-06-14 14:00", None, id="expires-first"
        ),
        pytest.param(
            "2027-06-14 22:00", None, "2027-06-15 23:59", "2027-06-15 08:00", id="waits-for-morning"
        ),
        pytest.param("2027-06-14 22:00", None, "2027-06-15 08:00", None, id="night-until-it-ends"),
    ],
)  # fmt: skip
def test_the_next_permitted_moment(
    moment: str, last: str | None, until: str, expected: str | None
) -> None:
    zone = "Europe/London"
    found = permitted(
        utc(moment, zone),
        zone=zone,
        last_plan_mail_at=None if last is None else utc(last, zone),
        expires_at=utc(until, zone),
    )
    assert (found and wall(found, zone)) == expected


def test_twenty_hours_are_counted_on_the_clock_of_the_world_not_on_the_wall() -> None:
    # The night of 14 March 2027 is an hour short in New York: 13:00 + 20 h = 10:00 on the wall
    zone = "America/New_York"
    found = permitted(
        utc("2027-03-14 09:00", zone),
        zone=zone,
        last_plan_mail_at=utc("2027-03-13 13:00", zone),
        expires_at=utc("2027-03-14 23:59", zone),
    )
    assert found == utc("2027-03-14 10:00", zone)


@pytest.mark.parametrize(
    ("zone", "date_of_party", "invited", "starts", "expected"),
    [
        pytest.param(
            "Europe/London", "2027-06-14", "2027-05-20 10:00", "2027-06-19 14:00",
            "2027-06-14 23:59", id="the-date-of-the-party",
        ),
        pytest.param(
            "Europe/London", "2027-06-14", "2027-06-12 23:58", "2027-06-19 14:00",
            "2027-06-14 23:59", id="48-hours-end-just-before-it",
        ),
        pytest.param(
            "Europe/London", "2027-06-14", "2027-06-14 12:00", "2027-06-19 14:00",
            "2027-06-16 12:00", id="48-hours-where-that-is-later",
        ),
        pytest.param(
            "Europe/London", "2027-06-14", "2027-06-16 10:00", "2027-06-19 14:00",
            "2027-06-18 10:00", id="late-addition-after-reply-by",
        ),
        pytest.param(
            "Europe/London", "2027-06-14", "2027-06-18 12:00", "2027-06-19 14:00",
            "2027-06-19 08:00", id="never-later-than-6-hours-before",
        ),
        pytest.param(
            "Europe/London", "2027-06-19", "2027-05-20 10:00", "2027-06-19 14:00",
            "2027-06-19 08:00", id="a-date-on-the-day-itself",
        ),
        pytest.param(
            "Europe/London", "2027-06-14", "2027-06-19 10:00", "2027-06-19 14:00",
            "2027-06-19 08:00", id="invited-in-the-last-hours",
        ),
        pytest.param(
            "America/New_York", "2027-03-13", "2027-03-13 08:00", "2027-03-20 14:00",
            "2027-03-15 09:00", id="48-hours-over-a-short-night",
        ),
        pytest.param(
            "Europe/London", "2028-02-29", "2028-02-01 10:00", "2028-03-05 14:00",
            "2028-02-29 23:59", id="leap-day",
        ),
        pytest.param(
            "Asia/Kathmandu", "2027-06-14", "2027-05-20 10:00", "2027-06-19 14:00",
            "2027-06-14 23:59", id="kathmandu",
        ),
    ],
)  # fmt: skip
def test_reply_by_of_an_invitation(
    zone: str, date_of_party: str, invited: str, starts: str, expected: str
) -> None:
    found = invitation_reply_by(
        party_reply_by=date.fromisoformat(date_of_party),
        zone=zone,
        invited_at=utc(invited, zone),
        starts_at=utc(starts, zone),
    )
    assert wall(found, zone) == expected


@pytest.mark.parametrize(
    ("invited", "reply_by", "days"),
    [
        pytest.param("2027-06-04 23:59", "2027-06-14 23:59", 10, id="ten"),
        pytest.param("2027-06-05 00:00", "2027-06-14 23:59", 9, id="a-minute-short-of-ten"),
        pytest.param("2027-06-11 23:59", "2027-06-14 23:59", 3, id="three"),
        pytest.param("2027-06-12 00:00", "2027-06-14 23:59", 2, id="a-minute-short-of-three"),
        pytest.param("2027-06-14 12:00", "2027-06-14 23:59", 0, id="hours"),
        pytest.param("2027-06-15 12:00", "2027-06-14 23:59", 0, id="none-at-all"),
    ],
)
def test_notice_is_full_days_of_24_hours(invited: str, reply_by: str, days: int) -> None:
    assert notice_days(utc(invited), utc(reply_by)) == days
