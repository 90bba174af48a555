"""Mail that follows somebody's own act: invited, moved, cancelled, answered.

The party, unless a case says otherwise: Saturday 19 June 2027, 14:00 to 17:00, in London;
invited on 20 May at 10:00; reply by 14 June (five days before), which ends at 23:59.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

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
    wall,
)

CHANGED_TO_2 = Home(revision=2, revised="2027-06-10 21:30")
CANCELLED = Home(cancelled="2027-06-01 23:00")


@pytest.mark.parametrize(
    ("parent", "home", "expected"),
    [
        pytest.param(
            Parent(told=NO_MAIL), LONG,
            ["anna invitation first 2027-05-20 10:00"], id="when-the-host-invites",
        ),
        pytest.param(
            Parent(told=NO_MAIL), replace(LONG, invited="2027-05-20 23:30"),
            ["anna invitation first 2027-05-20 23:30"], id="at-any-hour",
        ),
        pytest.param(
            Parent(told=NO_MAIL, since="2027-06-10 12:00"), LONG,
            ["anna invitation first 2027-06-10 12:00"], id="a-contact-added-later",
        ),
        pytest.param(
            Parent(told=NO_MAIL, stopped=True), LONG,
            ["anna invitation first 2027-05-20 10:00"], id="a-stop-stops-reminders",
        ),
        pytest.param(
            Parent(told=NO_MAIL, since="2027-06-19 14:00"), LONG,
            ["anna invitation first 2027-06-19 14:00 too_late"], id="never-once-it-has-begun",
        ),
        pytest.param(
            Parent(told=NO_MAIL, since="2027-06-10 12:00"), ACCEPTED,
            ["anna invitation first 2027-06-10 12:00", "anna still_on 1 2027-06-18 09:00"],
            id="the-other-parent-has-answered",
        ),
        pytest.param(Parent(told=NO_MAIL, mailable=False), LONG, [], id="no-address-that-works"),
        pytest.param(
            Parent(told=("invitation 5f0c 2027-06-01 10:00 1",)), LONG,
            ["anna reminder after4 2027-05-24 18:00",
             "anna invitation first 2027-05-20 10:00",
             "anna reminder before2 2027-06-12 09:00",
             "anna reminder last_call 2027-06-14 09:00"],
            id="send-again-is-not-the-first-but-reaches",
        ),
    ],
)  # fmt: skip
def test_invitations(parent: Parent, home: Home, expected: list[str]) -> None:
    assert sorted(replace(home, parents=(parent,)).plan) == sorted(expected)


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        pytest.param(
            CHANGED_TO_2,
            ["changed 2 2027-06-10 21:30", "reminder before2 2027-06-12 09:00",
             "reminder last_call 2027-06-14 09:00"],
            id="silent-at-any-hour",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", answered="2027-05-21 08:00"),
            ["changed 2 2027-06-10 21:30", "still_on 2 2027-06-18 09:00"], id="accepted",
        ),
        pytest.param(replace(CHANGED_TO_2, answer="declined"), [], id="declined-is-left-alone"),
        pytest.param(
            replace(CHANGED_TO_2, answer="declined", disputed=True, answered="2027-05-21 08:00"),
            ["changed 2 2027-06-10 21:30", "still_on 2 2027-06-18 09:00"], id="disputed",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", parents=(Parent(stopped=True),)),
            ["changed 2 2027-06-10 21:30"], id="a-stop-stops-reminders",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", revised="2027-06-18 12:00"),
            ["changed 2 2027-06-18 12:00"], id="it-has-just-said-what-still-on-would",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", answered="2027-05-21 08:00",
                    parents=(Parent(told=("invitation first 2027-05-20 10:00 1",
                                          "still_on 1 2027-06-09 09:00 1",
                                          "changed 2 2027-06-10 21:31 2")),)),
            ["still_on 2 2027-06-18 09:00"], id="still-on-once-for-each-revision",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", revision=3,
                    parents=(Parent(told=("invitation first 2027-05-20 10:00 1",
                                          "changed 2 2027-06-05 10:00 2")),)),
            ["changed 3 2027-06-10 21:30", "still_on 3 2027-06-18 09:00"],
            id="once-for-each-revision",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted",
                    parents=(Parent(told=("invitation first 2027-05-20 10:00 2",)),)),
            ["still_on 2 2027-06-18 09:00"], id="the-invitation-carried-the-new-facts",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted",
                    parents=(Parent(told=("invitation 5f0c 2027-06-11 09:00 2",
                                          "invitation first 2027-05-20 10:00 1")),)),
            ["still_on 2 2027-06-18 09:00"], id="the-newest-mail-carried-the-new-facts",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", answered="2027-05-21 08:00", invited=None,
                    reply_by=None, parents=(Parent(told=NO_MAIL, since="2027-06-11 12:00"),)),
            ["changed 2 2027-06-11 12:00", "still_on 2 2027-06-18 09:00"],
            id="the-address-became-known-later",
        ),
        pytest.param(
            replace(CHANGED_TO_2, parents=(QUEUED,)),
            [], id="the-invitation-is-still-queued",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", answered="2027-05-21 08:00",
                    invited=None, reply_by=None, parents=(Parent(told=NO_MAIL),)),
            ["changed 2 2027-06-10 21:30", "still_on 2 2027-06-18 09:00"],
            id="answered-the-old-facts-by-telephone",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", answered="2027-06-11 08:00",
                    invited=None, reply_by=None, parents=(Parent(told=NO_MAIL),)),
            ["still_on 2 2027-06-18 09:00"], id="answered-the-new-facts-by-telephone",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", parents=(Parent(told=NO_MAIL),)),
            ["invitation first 2027-05-20 10:00", "still_on 2 2027-06-18 09:00"],
            id="the-invitation-is-still-to-come",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", revised="2027-06-19 15:00"),
            ["changed 2 2027-06-19 14:00 too_late"], id="never-once-it-has-begun",
        ),
        pytest.param(
            replace(CHANGED_TO_2, answer="accepted", parents=(Parent(mailable=False),)), [],
            id="no-address-that-works",
        ),
    ],
)  # fmt: skip
def test_a_party_that_moved(home: Home, expected: list[str]) -> None:
    check(home, *(f"anna {line}" for line in expected))


def test_a_reminder_that_was_still_waiting_when_the_party_moved_gives_way_to_that_mail() -> None:
    # Due at 09:00, held back until 14:00 by another party's mail; the host moved it at 10:00
    anna = Parent(last="2027-06-11 18:00")
    home = Home(revision=2, revised="2027-06-12 10:00", parents=(anna,))
    check(home, "anna changed 2 2027-06-12 10:00", "anna reminder last_call 2027-06-14 09:00")


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        pytest.param(CANCELLED, True, id="silent-at-any-hour"),
        pytest.param(replace(CANCELLED, answer="declined"), True, id="declined"),
        pytest.param(replace(CANCELLED, answer="accepted"), True, id="accepted"),
        pytest.param(replace(CANCELLED, parents=(Parent(stopped=True),)), True, id="stopped"),
        pytest.param(replace(CANCELLED, revision=2, revised="2027-06-01 22:00"), True, id="moved"),
        pytest.param(
            replace(CANCELLED, parents=(Parent(confirm="7 2027-06-01 22:55"),)), True,
            id="instead-of-a-confirmation",
        ),
        pytest.param(
            replace(CANCELLED, answer="accepted", parents=(Parent(told=NO_MAIL),)), True,
            id="answered-by-slip-never-mailed",
        ),
        pytest.param(replace(CANCELLED, parents=(Parent(mailable=False),)), False, id="bounced"),
        pytest.param(
            replace(CANCELLED, parents=(Parent(told=NO_MAIL),)), False, id="never-heard-of-it"
        ),
        pytest.param(
            replace(CANCELLED, parents=(QUEUED,)),
            False, id="the-invitation-never-reached-them",
        ),
        pytest.param(
            replace(CANCELLED,
                    parents=(Parent(told=("invitation first 2027-05-20 10:00 1",
                                          "cancelled once 2027-06-01 23:00 1 unreached")),)),
            False, id="told-once",
        ),
    ],
)  # fmt: skip
def test_a_cancelled_party_says_so_once_and_nothing_after_it(home: Home, expected: bool) -> None:
    check(home, *(["anna cancelled once 2027-06-01 23:00"] if expected else []))


def test_a_party_cancelled_after_it_ended_is_not_told_to_anybody() -> None:
    check(
        replace(LONG, cancelled="2027-06-19 17:00"), "anna cancelled once 2027-06-19 17:00 too_late"
    )


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        pytest.param(
            Parent(confirm="7 2027-05-21 23:55"), ["confirmation 7 2027-05-22 00:05"], id="any-hour"
        ),
        pytest.param(
            Parent(confirm="7 2027-05-21 08:00", stopped=True), ["confirmation 7 2027-05-21 08:10"],
            id="a-stop-stops-reminders",
        ),
        pytest.param(
            Parent(confirm="7 2027-05-21 08:00",
                   told=("confirmation 7 2027-05-21 08:10 1",)), [], id="told",
        ),
        pytest.param(
            Parent(confirm="8 2027-05-22 08:00",
                   told=("confirmation 7 2027-05-21 08:10 1",)),
            ["confirmation 8 2027-05-22 08:10"], id="each-response",
        ),
        pytest.param(
            Parent(confirm="7 2027-06-19 14:30"), ["confirmation 7 2027-06-19 14:40"],
            id="while-the-party-is-on",
        ),
        pytest.param(
            Parent(confirm="7 2027-06-19 16:50"), ["confirmation 7 2027-06-19 17:00 too_late"],
            id="not-after-it",
        ),
        pytest.param(Parent(confirm="7 2027-05-21 08:00", mailable=False), [], id="bounced"),
    ],
)  # fmt: skip
def test_confirmations(parent: Parent, expected: list[str]) -> None:
    home = replace(ACCEPTED, rules=(), parents=(parent,), invited=None)
    check(home, *(f"anna {line}" for line in expected))


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        pytest.param(LONG, "2027-06-14 23:59", id="a-reminder-with-reply-by"),
        pytest.param(
            replace(LONG, reply_by="2027-06-20 10:00",
                    rules=(rule("r reminder after_inviting 9 -"),)),
            "2027-06-19 14:00", id="a-reminder-never-after-the-start",
        ),
        pytest.param(
            replace(TENTATIVE, know_by="2027-06-10"), "2027-06-11 00:00", id="follow-up-with-day"
        ),
        pytest.param(
            replace(TENTATIVE, reply_by="2027-06-19 08:00"),
            "2027-06-19 14:00", id="a-follow-up-never-after-the-start",
        ),
        pytest.param(ACCEPTED, "2027-06-19 14:00", id="still-on-with-the-start"),
        pytest.param(CHANGED_TO_2, "2027-06-19 14:00", id="changed-with-the-start"),
        pytest.param(CANCELLED, "2027-06-19 17:00", id="cancelled-with-the-end"),
        pytest.param(
            replace(LONG, parents=(Parent(told=NO_MAIL),)), "2027-06-19 14:00",
            id="an-invitation-with-the-start",
        ),
        pytest.param(
            replace(LONG, answer="declined", parents=(Parent(confirm="7 2027-05-21 08:00"),)),
            "2027-06-19 17:00", id="a-confirmation-with-the-end",
        ),
    ],
)  # fmt: skip
def test_a_mail_expires(home: Home, expected: str) -> None:
    assert wall(home.steps[0].expires_at, home.zone) == expected
