"""The plan, row by row of what is decided. Times are local in the party's zone.

The party, unless a case says otherwise: Saturday 19 June 2027, 14:00 to 17:00, in London;
invited on 20 May at 10:00; reply by 14 June (five days before), which ends at 23:59.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from parties.schedule import next_moment
from tests.parties.schedule_notation import (
    ACCEPTED,
    LONG,
    NO_MAIL,
    QUEUED,
    TENTATIVE,
    Home,
    Parent,
    check,
    rule,
    utc,
    wall,
)


@pytest.mark.parametrize(
    ("invited", "reply_by", "expected"),
    [
        pytest.param(
            "2027-05-20 10:00", "2027-06-14 23:59",
            ["after4 2027-05-24 18:00", "before2 2027-06-12 09:00", "last_call 2027-06-14 09:00"],
            id="25-days",
        ),
        pytest.param(
            "2027-06-04 23:59", "2027-06-14 23:59",
            ["after4 2027-06-08 18:00", "before2 2027-06-12 09:00", "last_call 2027-06-14 09:00"],
            id="10-days-to-the-minute",
        ),
        pytest.param(
            "2027-06-05 00:00", "2027-06-14 23:59",
            ["after2 2027-06-07 18:00", "last_call 2027-06-14 09:00"],
            id="a-minute-short-of-10-days",
        ),
        pytest.param(  # the last call waits until 20 hours after 18:00
            "2027-06-11 23:59", "2027-06-14 23:59",
            ["after2 2027-06-13 18:00", "last_call 2027-06-14 14:00"],
            id="3-days-to-the-minute",
        ),
        pytest.param(
            "2027-06-12 00:01", "2027-06-14 23:59",
            ["half_way 2027-06-13 12:00"],
            id="2-minutes-short-of-3-days",
        ),
        pytest.param(
            "2027-06-15 10:00", "2027-06-17 10:00",
            ["half_way 2027-06-16 10:00"],
            id="invited-late-48-hours",
        ),
        pytest.param(
            "2027-06-15 22:00", "2027-06-17 22:00",
            ["half_way 2027-06-17 08:00"],
            id="half-way-at-night-goes-next-morning",
        ),
        pytest.param(  # half of 20 hours is 22:00; next morning is when reply-by ends
            "2027-06-18 12:00", "2027-06-19 08:00",
            ["half_way 2027-06-18 19:30"],
            id="half-way-at-night-goes-the-evening-before",
        ),
        pytest.param(
            "2027-06-18 21:00", "2027-06-19 08:00",
            ["half_way 2027-06-19 02:30 night"],
            id="half-way-at-night-with-no-evening-before",
        ),
        pytest.param(  # half-way is 01:45; the evening before is when they were invited
            "2027-06-18 19:30", "2027-06-19 08:00",
            ["half_way 2027-06-19 01:45 night"],
            id="half-way-at-night-invited-that-evening",
        ),
        pytest.param(
            "2027-06-19 09:00", "2027-06-19 08:00",
            ["half_way 2027-06-19 08:00 too_late"],
            id="invited-when-reply-by-was-over",
        ),
        pytest.param(  # 09:00 of the last day is after 08:00, six hours before the party
            "2027-06-13 12:00", "2027-06-19 08:00",
            ["after2 2027-06-15 18:00", "last_call 2027-06-19 08:00 too_late"],
            id="last-call-after-a-reply-by-in-the-morning",
        ),
    ],
)  # fmt: skip
def test_reminders_to_the_silent_by_notice(
    invited: str, reply_by: str, expected: list[str]
) -> None:
    home = replace(LONG, invited=invited, reply_by=reply_by)
    check(home, *(f"anna reminder {line}" for line in expected))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "mine reminder after_inviting 3 -", ["mine 2027-05-23 18:00"], id="own-time-evening"
        ),
        pytest.param(
            "mine reminder before_reply_by 3 -", ["mine 2027-06-11 09:00"], id="own-time-morning"
        ),
        pytest.param(
            "mine reminder before_party 10 12:00", ["mine 2027-06-09 12:00"], id="before-the-party"
        ),
        pytest.param(
            "mine reminder before_reply_by 3 21:00", ["mine 2027-06-12 08:00"],
            id="set-at-night-goes-next-morning",
        ),
        pytest.param(
            "mine reminder before_reply_by 0 20:00", ["mine 2027-06-14 19:30"],
            id="set-on-the-last-night-goes-before-it",
        ),
        pytest.param(
            "mine reminder before_reply_by 3 07:59", ["mine 2027-06-11 08:00"], id="set-too-early"
        ),
        pytest.param("mine reminder before_reply_by 30 09:00", [], id="before-the-invitation"),
        pytest.param("mine reminder after_inviting 0 09:00", [], id="earlier-on-the-same-day"),
        pytest.param(
            "mine reminder after_inviting 26 09:00", ["mine 2027-06-14 23:59 too_late"],
            id="after-reply-by",
        ),
        pytest.param(
            "mine reminder before_party 0 15:00", ["mine 2027-06-14 23:59 too_late"],
            id="during-the-party",
        ),
    ],
)  # fmt: skip
def test_a_rule_of_the_hosts_own(line: str, expected: list[str]) -> None:
    check(replace(LONG, rules=(rule(line),)), *(f"anna reminder {text}" for text in expected))


def test_a_moment_that_was_over_when_the_host_wrote_the_rule_is_not_made_up_for() -> None:
    written = utc("2027-06-01 12:00", "Europe/London")
    past = replace(rule("past reminder after_inviting 2 18:00"), since=written)
    future = replace(rule("future reminder after_inviting 20 18:00"), since=written)
    check(
        replace(LONG, rules=(past, future)),
        "anna reminder future 2027-06-09 18:00",
    )


@pytest.mark.parametrize(
    "home",
    [
        pytest.param(replace(LONG, answer="declined"), id="declined"),
        pytest.param(replace(LONG, parents=(Parent(stopped=True),)), id="stopped"),
        pytest.param(replace(LONG, parents=(Parent(mailable=False),)), id="bounced"),
        pytest.param(
            replace(LONG, parents=(QUEUED,)),
            id="the-invitation-did-not-reach-them",
        ),
        pytest.param(replace(LONG, invited=None, reply_by=None, parents=(Parent(told=()),)),
                     id="not-invited"),
        pytest.param(replace(LONG, parents=()), id="no-contact"),
        pytest.param(replace(LONG, rules=()), id="every-rule-switched-off"),
    ],
)  # fmt: skip
def test_the_plan_has_nothing_to_say(home: Home) -> None:
    check(home)


def test_a_late_contact_gets_only_what_lies_ahead() -> None:
    bob = Parent("bob", since="2027-06-10 12:00")
    check(
        replace(LONG, parents=(bob,)),
        "bob reminder before2 2027-06-12 09:00",
        "bob reminder last_call 2027-06-14 09:00",
    )


def test_two_homes_of_one_child_each_get_every_reminder() -> None:
    check(
        replace(LONG, parents=(Parent("anna"), Parent("bob"))),
        "anna reminder after4 2027-05-24 18:00",
        "bob reminder after4 2027-05-24 18:00",
        "anna reminder before2 2027-06-12 09:00",
        "bob reminder before2 2027-06-12 09:00",
        "anna reminder last_call 2027-06-14 09:00",
        "bob reminder last_call 2027-06-14 09:00",
    )


def test_a_contact_is_not_held_back_by_the_other() -> None:
    bob = Parent("bob", stopped=True)
    anna = Parent("anna", told=("invitation first 2027-05-20 10:00 1",
                                "reminder after4 2027-05-24 18:00 1"))  # fmt: skip
    check(
        replace(LONG, parents=(bob, anna)),
        "anna reminder before2 2027-06-12 09:00",
        "anna reminder last_call 2027-06-14 09:00",
    )


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        pytest.param(
            replace(TENTATIVE, know_by="2027-06-10"), ["follow_up named 2027-06-10 09:00"],
            id="on-the-named-day",
        ),
        pytest.param(TENTATIVE, ["follow_up named 2027-06-14 09:00"], id="no-day-named"),
        pytest.param(
            replace(TENTATIVE, know_by="2027-06-15"), ["follow_up named 2027-06-15 09:00"],
            id="named-the-day-after-reply-by",
        ),
        pytest.param(
            replace(TENTATIVE, know_by="2027-06-18"), ["follow_up named 2027-06-15 09:00"],
            id="named-later-than-that",
        ),
        pytest.param(
            replace(TENTATIVE, know_by="2027-06-10", answered="2027-06-10 09:30"), [],
            id="answered-after-that-morning",
        ),
        pytest.param(
            replace(TENTATIVE, know_by="2027-06-10", answered="2027-06-10 08:30"),
            ["follow_up named 2027-06-10 09:00"], id="answered-before-that-morning",
        ),
        pytest.param(replace(TENTATIVE, disputed=True), [], id="disputed"),
        pytest.param(
            replace(TENTATIVE, reply_by="2027-06-19 08:00"), ["follow_up named 2027-06-19 09:00"],
            id="on-the-day-of-the-party-before-it",
        ),
        pytest.param(
            replace(TENTATIVE, starts="2027-06-19 09:00", reply_by="2027-06-19 03:00"),
            ["follow_up named 2027-06-19 09:00 too_late"], id="never-once-it-has-begun",
        ),
        pytest.param(
            replace(TENTATIVE, parents=(Parent(last="2027-06-14 01:00"),)),
            ["follow_up named 2027-06-14 09:00 too_close"], id="20-hours-end-after-that-day",
        ),
        pytest.param(
            replace(TENTATIVE, parents=(Parent(last="2027-06-13 18:00"),)),
            ["follow_up named 2027-06-14 14:00"], id="20-hours-end-on-that-day",
        ),
        pytest.param(
            replace(TENTATIVE, parents=(Parent(reminders=3),)),
            ["follow_up named 2027-06-14 09:00"], id="the-three-are-reminders-only",
        ),
        pytest.param(
            replace(TENTATIVE, invited=None, reply_by=None, know_by="2027-06-10",
                    parents=(Parent(told=NO_MAIL),)),
            ["follow_up named 2027-06-10 09:00"], id="entered-by-the-host-without-inviting",
        ),
    ],
)  # fmt: skip
def test_follow_up_to_the_tentative(home: Home, expected: list[str]) -> None:
    found = [line for line in home.plan if "still_on" not in line]
    assert found == [f"anna {line}" for line in expected]


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        pytest.param(ACCEPTED, ["still_on 1 2027-06-18 09:00"], id="accepted"),
        pytest.param(
            replace(ACCEPTED, answer="video"), ["still_on 1 2027-06-18 09:00"], id="video"
        ),
        pytest.param(
            TENTATIVE,
            ["follow_up named 2027-06-14 09:00", "still_on 1 2027-06-18 09:00"], id="tentative",
        ),
        pytest.param(
            replace(ACCEPTED, disputed=True), ["still_on 1 2027-06-18 09:00"], id="disputed-yes"
        ),
        pytest.param(
            replace(ACCEPTED, answer="declined", disputed=True),
            ["still_on 1 2027-06-18 09:00"], id="disputed-no",
        ),
        pytest.param(replace(ACCEPTED, answer="declined"), [], id="declined"),
        pytest.param(
            replace(LONG, disputed=True), ["still_on 1 2027-06-18 09:00"],
            id="disputed-is-never-reminded",
        ),
        pytest.param(replace(ACCEPTED, parents=(Parent(stopped=True),)), [], id="stopped"),
        pytest.param(
            replace(ACCEPTED, parents=(Parent(last="2027-06-18 08:30", reminders=3),)),
            ["still_on 1 2027-06-18 09:00"], id="counts-for-neither-limit",
        ),
        pytest.param(
            replace(ACCEPTED, answered="2027-06-18 09:00"), [], id="answered-that-morning"
        ),
        pytest.param(
            replace(ACCEPTED, invited=None, reply_by=None, parents=(Parent(told=NO_MAIL),)),
            ["still_on 1 2027-06-18 09:00"], id="answered-by-telephone-never-mailed",
        ),
        pytest.param(
            replace(ACCEPTED, parents=(Parent(since="2027-06-18 10:00"),)), [],
            id="a-contact-invited-after-that-morning",
        ),
        pytest.param(
            replace(ACCEPTED, rules=(rule("mine still_on before_party 1 21:00"),)),
            ["still_on 1 2027-06-19 08:00"], id="set-at-night-goes-next-morning",
        ),
        pytest.param(
            replace(ACCEPTED, starts="2027-06-19 08:00",
                    rules=(rule("mine still_on before_party 1 21:00"),)),
            ["still_on 1 2027-06-18 19:30"], id="set-at-night-before-an-early-party",
        ),
        pytest.param(
            replace(ACCEPTED, rules=(rule("late still_on before_party 0 15:00"),
                                     rule("b still_on before_party 1 09:00"),
                                     rule("a still_on before_party 2 09:00"))),
            ["still_on 1 2027-06-17 09:00"], id="once-however-many-rules",
        ),
    ],
)  # fmt: skip
def test_still_on_the_day_before(home: Home, expected: list[str]) -> None:
    check(home, *(f"anna {line}" for line in expected))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param("2027-05-20 10:00", "2027-05-24 18:00", id="first-of-the-steps"),
        pytest.param(None, None, id="nothing-to-say"),
    ],
)
def test_the_next_moment_is_the_first_of_the_steps(day: str | None, expected: str | None) -> None:
    home = replace(LONG, parents=(Parent(),) if day else ())
    found = next_moment(home.household, home.dates, home.rules)
    assert (found and wall(found, home.zone)) == expected
