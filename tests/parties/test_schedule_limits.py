"""The 20 hours, the 3 reminders, the night, and what goes when several are overdue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parties.schedule import Due, due
from tests.parties.schedule_notation import Home, Parent, lines, rule, utc

LONDON = "Europe/London"
HOME = Home()

FOUR = tuple(
    rule(line)
    for line in (
        "one reminder after_inviting 2 18:00",
        "two reminder after_inviting 5 18:00",
        "three reminder before_reply_by 4 09:00",
        "four reminder before_reply_by 0 09:00",
    )
)
CLOSE = (
    rule("evening reminder before_reply_by 1 18:00"),
    rule("last reminder before_reply_by 0 09:00"),
)
"""Two rules 15 hours apart, on 13 and 14 June."""


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param("2027-06-13 13:00", "last_call 2027-06-14 09:00", id="20-hours-ago"),
        pytest.param("2027-06-13 18:00", "last_call 2027-06-14 14:00", id="15-hours-ago"),
        pytest.param("2027-06-13 23:59", "last_call 2027-06-14 19:59", id="last-minute-of-the-day"),
        pytest.param("2027-06-14 00:00", "last_call 2027-06-14 09:00 too_close", id="over"),
        pytest.param("2027-06-14 08:30", "last_call 2027-06-14 09:00 too_close", id="that-morning"),
    ],
)  # fmt: skip
def test_another_partys_mail_to_the_address_moves_a_reminder_20_hours(
    last: str, expected: str
) -> None:
    home = replace(HOME, parents=(Parent(last=last),), rules=HOME.rules[2:3])
    assert home.plan == [f"anna reminder {expected}"]


def test_two_homes_with_one_busy_address_move_apart() -> None:
    anna, bob = Parent("anna", last="2027-06-13 18:00"), Parent("bob")
    home = replace(HOME, parents=(anna, bob), rules=HOME.rules[2:3])
    assert home.plan == [
        "bob reminder last_call 2027-06-14 09:00",
        "anna reminder last_call 2027-06-14 14:00",
    ]


def test_the_timeline_takes_it_that_the_earlier_reminder_goes() -> None:
    assert replace(HOME, rules=CLOSE).plan == [
        "anna reminder evening 2027-06-13 18:00",
        "anna reminder last 2027-06-14 14:00",
    ]


def test_a_reminder_pushed_past_the_next_one_gives_way_to_it() -> None:
    # Another party wrote on the 13th at 17:00: the evening one may go at 13:00, as may the last
    home = replace(HOME, rules=CLOSE, parents=(Parent(last="2027-06-13 17:00"),))
    assert home.plan == [
        "anna reminder evening 2027-06-14 13:00 superseded",
        "anna reminder last 2027-06-14 13:00",
    ]


@pytest.mark.parametrize(
    ("already", "reasons"),
    [
        pytest.param(0, ["", "", "", "enough_reminders"], id="a-fourth-rule"),
        pytest.param(1, ["", "", "enough_reminders", "enough_reminders"], id="one-by-hand"),
        pytest.param(3, ["enough_reminders"] * 4, id="three-by-hand"),
    ],
)
def test_no_more_than_three_reminders_to_an_address_for_one_party(
    already: int, reasons: list[str]
) -> None:
    home = replace(HOME, rules=FOUR, parents=(Parent(reminders=already),))
    assert [step.skip for step in home.steps] == reasons
    assert [step.goes for step in home.steps] == [not reason for reason in reasons]


def test_what_was_told_is_not_said_again_whatever_became_of_it() -> None:
    told = ("invitation first 2027-05-20 10:00 1", "reminder one 2027-05-22 18:00 1 unreached")
    home = replace(HOME, rules=FOUR, parents=(Parent(told=told),))
    assert [step.occasion for step in home.steps] == ["two", "three", "four"]


def test_a_reminder_sent_by_hand_counts_but_replaces_no_rule() -> None:
    told = ("invitation first 2027-05-20 10:00 1", "reminder 0d9c 2027-05-22 13:00 1")
    anna = Parent(told=told, last="2027-05-22 13:00", reminders=1)
    home = replace(HOME, rules=FOUR, parents=(anna,))
    assert home.plan == [
        "anna reminder one 2027-05-23 09:00",
        "anna reminder two 2027-05-25 18:00",
        "anna reminder three 2027-06-10 09:00 enough_reminders",
        "anna reminder four 2027-06-14 09:00 enough_reminders",
    ]


def test_of_two_rules_for_one_moment_one_goes_in_whichever_order_they_come() -> None:
    pair = (rule("a reminder before_reply_by 1 09:00"), rule("b reminder before_reply_by 1 09:00"))
    plans = [replace(HOME, rules=order).plan for order in (pair, pair[::-1])]
    assert plans == [[
        "anna reminder a 2027-06-13 09:00 superseded",
        "anna reminder b 2027-06-13 09:00",
    ]] * 2  # fmt: skip


# --- what is due at a moment ---------------------------------------------------------------


def _due(home: Home, now: str) -> tuple[list[str], list[str]]:
    """What goes, and what is dropped with its reason."""
    found: Due = due(home.steps, utc(now, home.zone))
    drop = [f"{step.contact} {step.occasion} {reason}" for step, reason in found.drop]
    return [f"{step.contact} {step.occasion}" for step in found.go], drop


@pytest.mark.parametrize(
    ("now", "go", "drop"),
    [
        pytest.param("2027-05-24 17:59", [], [], id="a-minute-early"),
        pytest.param("2027-05-24 18:00", ["after4"], [], id="on-the-minute"),
        pytest.param("2027-06-10 10:00", ["after4"], [], id="one-overdue-goes-once"),
        pytest.param("2027-06-12 09:00", ["before2"], ["after4 superseded"], id="two-overdue"),
        pytest.param(
            "2027-06-14 10:00", ["last_call"], ["after4 superseded", "before2 superseded"],
            id="three-overdue",
        ),
        pytest.param(
            "2027-06-14 23:59", [], ["after4 expired", "before2 expired", "last_call expired"],
            id="all-expired",
        ),
    ],
)  # fmt: skip
def test_after_an_outage_only_the_newest_goes(now: str, go: list[str], drop: list[str]) -> None:
    found = _due(HOME, now)
    assert found == ([f"anna {line}" for line in go], [f"anna {line}" for line in drop])


def test_each_contact_has_a_newest_of_their_own() -> None:
    told = ("invitation first 2027-05-20 10:00 1", "reminder after4 2027-05-24 18:00 1")
    home = replace(HOME, parents=(Parent("anna"), Parent("bob", told=told)))
    assert _due(home, "2027-06-12 09:30") == (
        ["anna before2", "bob before2"],
        ["anna after4 superseded"],
    )


def test_one_that_never_went_holds_up_nobody() -> None:
    # The timeline has the last one at 14:00, 20 hours after the evening one. That one never
    # went, so at 10:00 the last one goes.
    home = replace(HOME, rules=CLOSE)
    assert _due(home, "2027-06-14 10:00") == (["anna last"], ["anna evening superseded"])


def test_one_that_went_holds_up_the_next() -> None:
    told = ("invitation first 2027-05-20 10:00 1", "reminder evening 2027-06-13 18:00 1")
    anna = Parent(told=told, last="2027-06-13 18:00", reminders=1)
    home = replace(HOME, rules=CLOSE, parents=(anna,))
    assert _due(home, "2027-06-14 10:00") == ([], [])
    assert _due(home, "2027-06-14 14:00") == (["anna last"], [])


def test_one_too_many_is_dropped_when_it_falls_due_not_before() -> None:
    home = replace(HOME, rules=FOUR, parents=(Parent(reminders=3),))
    assert _due(home, "2027-05-22 17:59") == ([], [])
    assert _due(home, "2027-05-22 18:00") == ([], ["anna one enough_reminders"])


def test_a_fourth_overdue_goes_if_the_three_before_it_never_went() -> None:
    home = replace(HOME, rules=FOUR)
    assert home.steps[-1].skip == "enough_reminders"
    assert _due(home, "2027-06-14 09:00") == (
        ["anna four"],
        ["anna one superseded", "anna two superseded", "anna three superseded"],
    )


def test_an_expired_one_is_said_to_be_expired_and_not_superseded() -> None:
    # A follow-up is of use on its day only
    rules = (rule("twelfth follow_up before_reply_by 2 09:00"),
             rule("thirteenth follow_up before_reply_by 1 09:00"))  # fmt: skip
    home = replace(HOME, answer="tentative", rules=rules)
    assert _due(home, "2027-06-13 10:00") == (["anna thirteenth"], ["anna twelfth expired"])


def test_reasons_of_the_plan_are_dropped_with_what_is_due() -> None:
    late = rule("late reminder after_inviting 26 09:00")
    home = replace(HOME, rules=(late,))
    assert _due(home, "2027-06-14 23:58") == ([], [])
    assert _due(home, "2027-06-14 23:59") == ([], ["anna late too_late"])


def test_mail_that_follows_an_act_is_not_superseded() -> None:
    anna = Parent(confirm="7 2027-06-18 09:00")
    home = replace(
        HOME, answer="tentative", answered="2027-06-09 09:00", revision=2,
        revised="2027-06-10 21:30", parents=(anna,),
    )  # fmt: skip
    assert _due(home, "2027-06-18 09:10") == (
        ["anna 2", "anna 2", "anna 7"],
        ["anna named expired"],
    )
    assert lines(due(home.steps, utc("2027-06-18 09:10", LONDON)).go, LONDON) == [
        "anna changed 2 2027-06-10 21:30",
        "anna still_on 2 2027-06-18 09:00",
        "anna confirmation 7 2027-06-18 09:10",
    ]


def test_steps_come_in_the_order_of_their_moments() -> None:
    home = replace(HOME, parents=(Parent("anna", last="2027-06-11 18:00"), Parent("bob")))
    moments = [step.at for step in home.steps]
    assert moments == sorted(moments)
    assert {step.contact for step in home.steps} == {"anna", "bob"}
