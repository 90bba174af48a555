from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.utils import translation

from guests.models import Invitation
from guests.wording import (
    clock_words,
    host_words,
    hours_words,
    join_names,
    moment_words,
    party_day,
    party_where,
    phone_link,
    phone_words,
    reply_by_words,
)
from parties.models import Party


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("Nia",), "Nia"),
        (("Nia", "Theo"), "Nia and Theo"),
        (("Nia", "Theo", "Ben"), "Nia, Theo and Ben"),
        (("%(x)s", "%"), "%(x)s and %"),
    ],
    ids=["nobody", "one", "two", "three", "percent signs"],
)
def test_names_are_joined_as_one_says_them(names: tuple[str, ...], words: str) -> None:
    assert join_names(names) == words


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(0), "12 am"),
        (time(9), "9 am"),
        (time(9, 5), "9:05 am"),
        (time(12), "12 noon"),
        (time(12, 30), "12:30 pm"),
        (time(14), "2 pm"),
        (time(23, 59), "11:59 pm"),
    ],
    ids=str,
)
def test_hours_read_as_on_an_invitation(clock: time, words: str) -> None:
    assert clock_words(clock) == words


def test_other_languages_tell_the_time_their_own_way() -> None:
    with translation.override("de"):
        assert clock_words(time(14)) == "14:00"


def test_from_when_to_when() -> None:
    assert hours_words(time(14), time(16, 30)) == "2 pm to 4:30 pm"


def a_party(**over: object) -> Party:
    fields: dict[str, object] = {
        "day": datetime(2027, 6, 12).date(),  # noqa: DTZ001 - a local day
        "reply_by": datetime(2027, 6, 7).date(),  # noqa: DTZ001
        "timezone": "America/New_York",
        "place": "Victoria Park",
        "host_name": "Dee",
    }
    return Party(**{**fields, **over})


def test_a_day_is_said_with_its_weekday() -> None:
    assert party_day(a_party()) == "Saturday 12 June"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2027, 6, 8, 3, 59, tzinfo=UTC), "Monday 7 June"),
        (datetime(2027, 6, 8, 3, 58, tzinfo=UTC), "Monday 7 June, 11:58 pm"),
        (datetime(2027, 6, 8, 18, 37, 20, tzinfo=UTC), "Tuesday 8 June, 2:37 pm"),
    ],
    ids=["the end of the day there", "a minute before", "an instant"],
)
def test_an_instant_is_told_in_the_partys_zone(moment: datetime, words: str) -> None:
    assert moment_words(moment, a_party()) == words
    assert reply_by_words(Invitation(reply_by_at=moment), a_party()) == words


def test_a_household_that_is_not_invited_yet_has_the_partys_reply_by() -> None:
    assert reply_by_words(Invitation(), a_party()) == "Monday 7 June"


def test_empty_parts_leave_no_comma() -> None:
    assert party_where(a_party()) == "Victoria Park"
    assert party_where(a_party(where_exactly="the shelter")) == "Victoria Park, the shelter"
    assert host_words(a_party()) == "Dee"
    assert host_words(a_party(host_is="JJ’s mum")) == "Dee, JJ’s mum"


@pytest.mark.parametrize(
    ("typed", "zone", "words", "link"),
    [
        ("+447700900118", "Europe/London", "07700 900118", "+447700900118"),
        ("07700 900118", "Europe/London", "07700 900118", "+447700900118"),
        ("+4930123456", "Europe/London", "+49 30 123456", "+4930123456"),
        ("+4930123456", "Europe/Berlin", "030 123456", "+4930123456"),
        ("+447700900118", "Europe/Berlin", "+44 7700 900118", "+447700900118"),
        ("+442079460000", "UTC", "020 7946 0000", "+442079460000"),
        ("12 (3)", "Europe/London", "12 (3)", "123"),
        ("", "Europe/London", "", ""),
    ],
    ids=[
        "at home", "as typed at home", "from abroad", "at home in Berlin", "British in Berlin",
        "a zone of no country", "no number", "nothing",
    ],
)  # fmt: skip
def test_a_number_reads_as_people_of_the_country_write_it(
    typed: str, zone: str, words: str, link: str
) -> None:
    party = Party(timezone=zone)
    assert phone_words(typed, party) == words.replace(" ", "\N{NO-BREAK SPACE}")
    assert phone_link(typed, party) == link
