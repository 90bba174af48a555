"""The alarm: one mail to each host a step up, in the hours of the day, and silence on the way down.

Clock and ticks are real; the party is JJ's sixth, Saturday 12 June 2027, 2 pm in London.
"""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import travel

from guests.alarming import level_of
from guests.answering import Details, record_response
from guests.audit import audit
from guests.bouncing import mark_bounced
from guests.inviting import (
    NewContact,
    NewHousehold,
    add_households,
    correct_contact,
    invite,
    withdraw,
)
from guests.looking import look
from guests.models import Channel, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from guests.reasons import Reason
from parties.alarm import Level
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation, make_party, make_response

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def june(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 6, day, hour, minute, tzinfo=LONDON)


@pytest.fixture
def party() -> Party:
    return make_party()


def alarms(*states: State) -> list[OutgoingEmail]:
    found = OutgoingEmail.objects.filter(kind=Kind.ALARM.value).order_by("pk")
    return list(found.filter(state__in=states) if states else found)


def levels(*states: State) -> list[str]:
    return [level_of(mail).value for mail in alarms(*states)]


def send(now: datetime) -> None:
    """One real tick and a sender."""
    tick(now)
    drain(now=lambda: now, connections=1)


def live(since: datetime, until: datetime, step: timedelta = HOUR) -> None:
    """Ticks at regular moments, with a sender after each."""
    while since <= until:
        send(since)
        since += step


def went() -> list[tuple[str, str]]:
    """(local moment, level) of each alarm mail that went, in the order in which they went."""
    sent = sorted(alarms(State.SENT), key=lambda mail: (mail.handed_at, mail.pk))
    return [
        (f"{mail.handed_at.astimezone(LONDON):%a %d %H:%M}", level_of(mail).value)
        for mail in sent
        if mail.handed_at
    ]


def stored(party: Party) -> tuple[str, int]:
    party.refresh_from_db()
    return party.alarm, party.alarm_ups


def home(party: Party, number: int = 0, answer: Answer = Answer.SILENT) -> Invitation:
    return make_invitation(
        party,
        guests=(f"Child{number}",),
        emails=(f"p{number}@example.com",),
        reached=True,
        answer=answer,
    )


def homes(party: Party, coming: int, silent: int) -> list[Invitation]:
    answers = [Answer.ACCEPTED] * coming + [Answer.SILENT] * silent
    return [home(party, number, answer) for number, answer in enumerate(answers)]


# -- once for each step up ------------------------------------------------------------------------
def test_each_step_up_is_told_once_and_by_day(party: Party) -> None:
    homes(party, coming=0, silent=5)
    live(june(4, 0), june(12, 16))
    assert went() == [
        ("Sun 06 08:00", "amber"),  # on Saturday the day of two days before ends at 23:59
        ("Mon 07 14:00", "red"),
        ("Wed 09 14:00", "black"),
    ]
    assert stored(party) == ("", 3)


def test_with_enough_yes_nobody_hears_anything(party: Party) -> None:
    homes(party, coming=3, silent=5)
    live(june(4, 0), june(12, 16), 3 * HOUR)
    assert alarms() == []
    assert stored(party) == ("", 0)


def test_every_host_gets_one(party: Party) -> None:
    party.co_hosts.add(make_host(), make_host())
    homes(party, coming=1, silent=5)
    live(june(5, 20), june(7, 20))
    assert levels(State.SENT) == ["amber"] * 3 + ["red"] * 3
    assert len({mail.host_id for mail in alarms()}) == 3


def test_a_host_of_two_parties_hears_of_both(party: Party) -> None:
    other = make_party(party.host, child_name="Ada")
    homes(party, coming=1, silent=2)
    make_invitation(other, reached=True)
    live(june(5, 20), june(6, 12))
    assert {mail.party for mail in alarms(State.SENT)} == {party, other}


def test_where_the_level_jumps_one_mail_tells_of_the_higher(party: Party) -> None:
    homes(party, coming=0, silent=5)
    send(june(4, 12))
    send(june(10, 12))  # nothing ran in between
    assert went() == [("Thu 10 12:00", "black")]
    assert stored(party) == ("black", 1)


def test_after_a_day_without_a_mail_server_only_the_present_level_is_told(party: Party) -> None:
    homes(party, coming=1, silent=5)
    for hour in range(40):
        tick(june(6, 0) + hour * HOUR)
    drain(now=lambda: june(7, 16), connections=1)
    assert went() == [("Mon 07 16:00", "red")]
    (amber,) = alarms(State.SKIPPED)
    assert amber.reason == Reason.SUPERSEDED


@pytest.mark.parametrize(
    ("steps_at", "goes_at"),
    [
        (june(10, 7, 59), june(10, 8)),
        (june(10, 8), june(10, 8)),
        (june(10, 20, 59), june(10, 20, 59)),
        (june(10, 21), june(11, 8)),
        (june(11, 2), june(11, 8)),
    ],
    ids=lambda at: f"{at:%d %H:%M}",
)
def test_it_goes_between_eight_and_nine_in_the_evening(
    party: Party, steps_at: datetime, goes_at: datetime
) -> None:
    homes(party, coming=1, silent=5)
    tick(steps_at)
    (mail,) = alarms()
    assert mail.not_before == goes_at
    assert mail.expires_at == party.starts_at


def test_the_hours_are_those_of_the_party(party: Party) -> None:
    revise(party, timezone="Pacific/Auckland")
    homes(party, coming=1, silent=5)
    tick(datetime(2027, 6, 10, 12, tzinfo=UTC))  # midnight there
    (mail,) = alarms()
    assert mail.not_before == datetime(2027, 6, 10, 20, tzinfo=UTC)


# -- down, and up again ---------------------------------------------------------------------------
def test_on_the_way_down_nobody_gets_a_mail(party: Party) -> None:
    silent = homes(party, coming=2, silent=2)[-1]
    send(june(8, 12))
    make_response(silent, Answer.ACCEPTED, now=june(8, 13))
    live(june(8, 13), june(12, 12), 3 * HOUR)
    assert levels() == ["red"]
    assert stored(party) == ("", 1)
    assert party.alarm_since is None


def test_up_again_is_a_new_mail(party: Party) -> None:
    last = homes(party, coming=2, silent=2)[-1]
    send(june(8, 12))
    make_response(last, Answer.ACCEPTED, now=june(8, 13))
    send(june(8, 13))
    make_response(last, Answer.DECLINED, now=june(8, 15))
    send(june(8, 15))
    assert went() == [("Tue 08 12:00", "red"), ("Tue 08 15:00", "red")]
    assert stored(party) == ("red", 2)
    assert party.alarm_since == june(8, 15)


def test_a_yes_that_is_taken_back_raises_the_alarm_within_one_tick(party: Party) -> None:
    one = homes(party, coming=3, silent=4)[0]
    send(june(8, 12))
    assert alarms() == []
    make_response(one, Answer.DECLINED, now=june(8, 12, 5))
    send(june(8, 12, 6))
    assert went() == [("Tue 08 12:06", "red")]


def test_what_came_down_at_night_is_not_told_in_the_morning(party: Party) -> None:
    silent = homes(party, coming=2, silent=2)[-1]
    send(june(8, 22))
    make_response(silent, Answer.ACCEPTED, now=june(8, 23))
    live(june(8, 23), june(9, 12))
    (mail,) = alarms()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.CALMER)


def test_an_answer_of_the_last_second_is_heard_before_the_mail_goes(party: Party) -> None:
    silent = homes(party, coming=2, silent=2)[-1]
    send(june(8, 22))
    make_response(silent, Answer.ACCEPTED, now=june(9, 8))
    drain(now=lambda: june(9, 8), connections=1)  # no tick has seen it yet
    assert [mail.reason for mail in alarms()] == [Reason.CALMER]


def test_what_goes_up_and_down_all_night_is_one_mail(party: Party) -> None:
    last = homes(party, coming=2, silent=2)[-1]
    for minute, answer in enumerate((Answer.DECLINED, Answer.ACCEPTED) * 3 + (Answer.DECLINED,)):
        make_response(last, answer, now=june(8, 22, minute))
        tick(june(8, 22, minute))
    assert stored(party) == ("red", 4)
    live(june(8, 23), june(9, 12))
    assert went() == [("Wed 09 08:00", "red")]
    assert [mail.reason for mail in alarms(State.SKIPPED)] == [Reason.SUPERSEDED] * 3


def test_black_that_turns_red_at_night_is_told_as_red(party: Party) -> None:
    """The party is moved close at ten in the evening; then one of the homes confirms."""
    one = homes(party, coming=3, silent=3)[0]
    send(june(1, 12))
    revise(party, now=june(1, 22), day=date(2027, 6, 3), reply_by=date(2027, 6, 2))
    send(june(1, 22))
    assert levels() == ["black"]
    make_response(one, Answer.ACCEPTED, now=june(1, 23))
    live(june(1, 23), june(2, 12))
    assert went() == [("Wed 02 08:00", "red")]
    assert [mail.reason for mail in alarms(State.SKIPPED)] == [Reason.SUPERSEDED]


def test_a_yes_of_the_last_second_leaves_no_host_without_the_lower_level(party: Party) -> None:
    one = homes(party, coming=0, silent=5)[0]
    tick(june(9, 21, 30))
    assert levels() == ["black"]
    make_response(one, Answer.ACCEPTED, now=june(10, 8))
    drain(now=lambda: june(10, 8), connections=1)  # before any tick has seen the yes
    assert [mail.reason for mail in alarms()] == [Reason.CALMER]
    live(june(10, 8, 1), june(11, 12))
    assert went() == [("Thu 10 08:01", "red")]


def test_a_moment_of_a_higher_level_leaves_no_host_without_the_lower_one(party: Party) -> None:
    one = homes(party, coming=1, silent=5)[0]
    tick(june(10, 7))
    make_response(one, Answer.DECLINED, now=june(10, 7, 59))
    drain(now=lambda: june(10, 8), connections=1)  # black by now, and no tick has seen it
    assert [mail.reason for mail in alarms()] == [Reason.SUPERSEDED]
    make_response(one, Answer.ACCEPTED, now=june(10, 8))
    live(june(10, 8, 1), june(11, 12))
    assert went() == [("Thu 10 08:01", "red")]


def test_black_that_was_told_and_turns_red_is_told_no_more(party: Party) -> None:
    one = homes(party, coming=0, silent=5)[0]
    live(june(9, 12), june(9, 15))
    make_response(one, Answer.ACCEPTED, now=june(9, 16))
    live(june(9, 16), june(11, 12), 3 * HOUR)
    assert levels() == ["red", "black"]
    assert stored(party) == ("red", 2)


# -- what counts ----------------------------------------------------------------------------------
def revise(party: Party, now: datetime = NOW, **changed: object) -> None:
    for name, value in changed.items():
        setattr(party, name, value)
    revise_party(party=party, changed=changed.keys(), now=now)


@pytest.mark.parametrize("answer", [Answer.TENTATIVE, Answer.VIDEO, Answer.DECLINED])
def test_only_yes_counts(party: Party, answer: Answer) -> None:
    homes(party, coming=2, silent=1)
    home(party, 9, answer)
    send(june(8, 12))
    assert levels() == ["red"]


def test_a_home_of_two_answers_does_not_count(party: Party) -> None:
    one = homes(party, coming=3, silent=2)[0]
    make_response(one, Answer.DECLINED, channel=Channel.FAMILY, now=june(8, 12))
    send(june(8, 12))
    assert levels() == ["red"]


def test_twins_count_one_by_one(party: Party) -> None:
    twins = make_invitation(party, guests=("Nia", "Theo"), reached=True)
    homes(party, coming=1, silent=3)
    make_response(twins, Answer.ACCEPTED, now=june(8, 11))
    send(june(8, 12))
    assert alarms() == []
    nia, theo = twins.guests.all()
    make_response(twins, {nia.pk: Answer.ACCEPTED, theo.pk: Answer.DECLINED}, now=june(8, 13))
    send(june(8, 13))
    assert levels() == ["red"]


def test_a_party_that_is_moved_begins_to_count_anew(party: Party) -> None:
    homes(party, coming=3, silent=2)
    send(june(8, 12))
    assert alarms() == []
    revise(party, now=june(8, 13), place="The hall")
    send(june(8, 13))
    assert went() == [("Tue 08 13:00", "red")]


def test_more_is_enough_from_now_on(party: Party) -> None:
    homes(party, coming=3, silent=2)
    send(june(8, 12))
    revise(party, now=june(8, 13), enough=5)
    send(june(8, 13))
    assert levels() == ["red"]
    revise(party, now=june(8, 14), enough=2)
    send(june(8, 14))
    assert stored(party) == ("", 1)


def test_more_time_to_answer_takes_the_alarm_back(party: Party) -> None:
    revise(party, reply_by=date(2027, 6, 3))
    homes(party, coming=1, silent=5)
    send(june(2, 12))
    assert stored(party) == ("amber", 1)
    revise(party, now=june(2, 13), reply_by=date(2027, 6, 7))
    send(june(2, 13))
    assert stored(party) == ("", 1)


def test_a_home_taken_off_the_list_does_not_come(party: Party) -> None:
    one = homes(party, coming=3, silent=2)[0]
    send(june(8, 12))
    withdraw(invitation=one, now=june(8, 13))
    send(june(8, 13))
    assert levels() == ["red"]


def test_an_answer_under_a_wrong_address_counts_no_more(party: Party) -> None:
    one = homes(party, coming=3, silent=2)[0]
    send(june(8, 12))
    right = NewContact("Anna", "right@example.com")
    correct_contact(contact=one.contacts.get(), corrected=right, now=june(8, 13))
    send(june(8, 13))
    assert levels() == ["red"]


def test_a_home_more_on_a_list_that_all_came_from_is_one_too_few(party: Party) -> None:
    homes(party, coming=2, silent=0)
    send(june(8, 12))
    assert alarms() == []
    add_households(party=party, households=[NewHousehold(("Zoe",))], now=june(8, 13))
    send(june(8, 13))
    assert levels() == ["red"]


def test_a_cancelled_party_is_calm(party: Party) -> None:
    homes(party, coming=1, silent=5)
    send(june(8, 22))
    cancel_party(party=party, note="", now=june(8, 23))
    live(june(8, 23), june(9, 12))
    assert [mail.reason for mail in alarms()] == [Reason.CANCELLED]
    assert stored(party) == ("", 1)


def test_a_list_that_is_still_being_written_is_left_in_peace(party: Party) -> None:
    add_households(party=party, households=[NewHousehold(("Zoe",))], now=june(8, 12))
    Invitation.objects.update(created_at=june(8, 12))
    send(june(8, 13))
    assert alarms() == []
    live(june(8, 14), june(9, 11), 3 * HOUR)
    assert alarms() == []
    send(june(9, 14))
    assert levels() == ["black"]  # somebody forgot to send the invitations


def test_on_short_notice_hosts_hear_of_it_with_the_invitations(party: Party) -> None:
    add_households(party=party, households=[NewHousehold(("Zoe",))], now=june(8, 12))
    invite(party=party, now=june(8, 12))
    send(june(8, 12))
    assert went() == [("Tue 08 12:00", "red")]


# -- the moments that are noted -------------------------------------------------------------------
def test_the_next_look_is_the_next_step(party: Party) -> None:
    homes(party, coming=1, silent=5)
    looks: list[str] = []
    while (at := Party.objects.get().next_look_at) is not None and len(looks) < 9:
        looks.append(f"{at.astimezone(LONDON):%d %b %H:%M}")
        tick(at)
    assert looks == [
        *("24 May 12:00", "24 May 12:10"),  # the answer, and the news of it
        *("05 Jun 23:59", "07 Jun 14:00", "12 Jun 14:00"),
    ]


def test_the_audit_sees_a_look_that_is_noted_too_late_or_not_at_all(party: Party) -> None:
    homes(party, coming=0, silent=5)
    live(NOW, NOW)
    assert audit(NOW)["next"] == []
    party.refresh_from_db()
    step = party.next_look_at
    assert step == june(5, 23, 59)
    for wrong in (None, step + timedelta(minutes=1)):
        Party.objects.update(next_look_at=wrong)
        (line,) = audit(NOW)["next"]
        assert f"party {party.pk} notes " in line
    Party.objects.update(next_look_at=step - DAY)
    assert audit(NOW)["next"] == []


def test_the_audit_sees_a_look_that_was_not_taken(party: Party) -> None:
    homes(party, coming=0, silent=5)
    live(NOW, NOW)
    Invitation.objects.update(next_mail_at=None)
    assert any("party" in line for line in audit(june(6, 0, 30))["A7"])


def test_the_audit_lets_the_plan_see_an_answer_first(party: Party) -> None:
    one = homes(party, coming=3, silent=2)[0]
    live(june(8, 12), june(8, 14))
    make_response(one, Answer.DECLINED, now=june(8, 15))
    assert audit(june(8, 15))["next"] == []


def test_parties_from_before_there_was_an_alarm_are_looked_at(party: Party) -> None:
    cancelled, over = make_party(cancelled_at=NOW), make_party(day=date(2026, 6, 12))
    Party.objects.update(next_look_at=None)
    upgrade = import_module("parties.migrations.0004_look_again")
    with travel(NOW):
        upgrade.look_again(apps, None)
    assert list(Party.objects.to_look_at(NOW + DAY)) == [party]
    assert {cancelled, over} <= set(Party.objects.filter(next_look_at=None))


def test_the_audit_reads_many_parties_in_few_queries() -> None:
    counts = []
    for parties in (2, 12):
        for _ in range(parties):
            homes(make_party(), coming=0, silent=1)
        Invitation.objects.update(next_mail_at=None)
        with CaptureQueriesContext(connection) as queries:
            audit(NOW)
        counts.append(len([one for one in queries if "parties_party" in one["sql"]]))
    assert counts[0] == counts[1]


def test_a_tick_with_nothing_due_reads_no_party(party: Party) -> None:
    homes(party, coming=0, silent=5)
    live(NOW, NOW)
    with CaptureQueriesContext(connection) as queries:
        assert look(NOW + HOUR) == 0
    assert not [one for one in queries if "guests_guest" in one["sql"]]


# -- the stories ----------------------------------------------------------------------------------
def test_story_b_four_bounce_three_answer_and_the_host_knows_in_time(party: Party) -> None:
    revise(party, enough=5)
    found = homes(party, coming=0, silent=22)
    for one in found[:4]:
        address = one.contacts.get().address_id
        assert address is not None
        mark_bounced(address_id=address, now=NOW)
    for one in found[4:7]:
        make_response(one, Answer.ACCEPTED, now=NOW + DAY)
    live(NOW + DAY, june(8, 20))
    assert went() == [("Sun 06 08:00", "amber"), ("Mon 07 14:00", "red")]
    for one in found[7:9]:  # by telephone, from the call list
        _by_phone(one, june(8, 20, 30))
    live(june(8, 20, 30), june(12, 15))
    assert went() == [("Sun 06 08:00", "amber"), ("Mon 07 14:00", "red")]
    assert stored(party) == ("", 2)


def test_story_c_without_any_address_the_alarm_works_all_the_same(party: Party) -> None:
    households = [NewHousehold((f"Child{number}",)) for number in range(9)]
    found = add_households(party=party, households=households, now=NOW)
    invite(party=party, now=NOW)
    live(NOW, june(8, 20))
    assert went() == [("Sun 06 08:00", "amber"), ("Mon 07 14:00", "red")]
    for one in found[:3]:
        _by_phone(one, june(8, 20, 30))
    live(june(8, 21), june(12, 15), 3 * HOUR)
    assert len(went()) == 2
    assert stored(party) == ("", 2)


def _by_phone(invitation: Invitation, now: datetime) -> None:
    record_response(
        invitation_id=invitation.pk,
        contact=None,
        channel=Channel.HOST,
        submission_id=uuid4(),
        answers={guest.pk: Answer.ACCEPTED for guest in invitation.guests.all()},
        details=Details(),
        now=now,
    )


# -- two at once ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_are_one_mail() -> None:
    party = make_party()
    homes(party, coming=1, silent=5)
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def one_look() -> None:
        try:
            start.wait()
            look(june(8, 12))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one_look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert levels() == ["red"]
    assert stored(party) == (Level.RED.value, 1)
