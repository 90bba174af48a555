"""From the plan to the outbox: whose moment has come gets a mail, queued or skipped.

The party is JJ's: Saturday 12 June 2027 at 14:00 in London, reply by Monday 7 June, invited Monday
24 May at 12:00. So the reminders are due on Friday 28 May at 18:00, Saturday 5 June and Monday
7 June at 09:00, and "still on?" on Friday 11 June at 09:00.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from guests import planner
from guests.inviting import NewContact, correct_contact, withdraw
from guests.models import Channel, Invitation, OutgoingEmail, State
from guests.planner import expected_next, plan
from guests.stopping import stop_party
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party, make_response

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
FIRST_REMINDER = datetime(2027, 5, 28, 18, tzinfo=LONDON)
SECOND_REMINDER = datetime(2027, 6, 5, 9, tzinfo=LONDON)
LAST_CALL = datetime(2027, 6, 7, 9, tzinfo=LONDON)
STILL_ON = datetime(2027, 6, 11, 9, tzinfo=LONDON)
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def party() -> Party:
    return make_party()


def queued(kind: Kind | None = None) -> list[OutgoingEmail]:
    mails = OutgoingEmail.objects.filter(state=State.QUEUED).order_by("pk")
    return list(mails.filter(kind=kind.value) if kind else mails)


def to_whom(kind: Kind) -> list[str]:
    return sorted(mail.address.email for mail in queued(kind) if mail.address)


def send_all(at: datetime) -> None:
    """As if the outbox had handed over everything at `at`."""
    for mail in queued():
        mail.state, mail.handed_at, mail.sent_at = State.SENT, at, at
        mail.revision = mail.party.revision
        mail.save()
        if mail.address and mail.kind in (Kind.REMINDER, Kind.FOLLOW_UP):
            mail.address.last_plan_mail_at = at
            mail.address.save()
        if mail.kind in (Kind.INVITATION, Kind.CHANGED):
            Invitation.objects.filter(mails=mail).update(next_mail_at=at)


def test_each_contact_gets_an_invitation_and_a_home_without_address_none(party: Party) -> None:
    make_invitation(party, emails=("a@example.com", "b@example.com"))
    make_invitation(party, emails=())
    done = plan(NOW)
    assert to_whom(Kind.INVITATION) == ["a@example.com", "b@example.com"]
    assert (done.queued, done.skipped, done.households) == (2, 0, 2)


def test_planning_again_queues_nothing_again(party: Party) -> None:
    make_invitation(party)
    plan(NOW)
    Invitation.objects.update(next_mail_at=NOW)
    plan(NOW)
    assert len(queued()) == 1


def test_nothing_is_planned_for_a_home_that_was_not_invited(party: Party) -> None:
    make_invitation(party, invited_at=None, next_mail_at=NOW)
    plan(NOW)
    assert not OutgoingEmail.objects.exists()
    assert Invitation.objects.get().next_mail_at is None


def test_the_silent_are_reminded_when_the_moment_comes_and_not_before(party: Party) -> None:
    make_invitation(party, reached=True, emails=("silent@example.com",))
    make_invitation(party, reached=True, emails=("yes@example.com",), answer=Answer.ACCEPTED)
    make_invitation(party, reached=True, emails=("no@example.com",), answer=Answer.DECLINED)
    make_invitation(party, reached=True, emails=("maybe@example.com",), answer=Answer.TENTATIVE)
    plan(FIRST_REMINDER - A_MOMENT)
    assert to_whom(Kind.REMINDER) == []
    plan(FIRST_REMINDER)
    assert to_whom(Kind.REMINDER) == ["silent@example.com"]


def test_a_home_is_looked_at_again_at_its_next_moment(party: Party) -> None:
    home = make_invitation(party, reached=True)
    plan(NOW)
    home.refresh_from_db()
    assert home.next_mail_at == FIRST_REMINDER
    assert expected_next([home.pk]) == {home.pk: FIRST_REMINDER}


def test_the_whole_plan_of_a_silent_home(party: Party) -> None:
    make_invitation(party)
    moment, seen = NOW, []
    while True:
        plan(moment)
        seen += [
            (mail.kind, moment.astimezone(LONDON).strftime("%d.%m. %H:%M")) for mail in queued()
        ]
        send_all(moment)
        plan(moment)
        following = Invitation.objects.get().next_mail_at
        if following is None:
            break
        moment = following
    assert seen == [
        ("invitation", "24.05. 12:00"),
        ("reminder", "28.05. 18:00"),
        ("reminder", "05.06. 09:00"),
        ("reminder", "07.06. 09:00"),
    ]


def test_an_answer_ends_the_reminders_and_brings_the_others(party: Party) -> None:
    home = make_invitation(party, reached=True)
    make_response(home, Answer.ACCEPTED, now=NOW + timedelta(hours=2))
    plan(NOW + timedelta(hours=2))
    assert queued() == []
    plan(NOW + timedelta(hours=2, minutes=10))
    assert [mail.kind for mail in queued()] == [Kind.CONFIRMATION]
    send_all(NOW + timedelta(hours=2, minutes=10))
    home.refresh_from_db()
    assert home.next_mail_at == STILL_ON


def test_several_taps_are_confirmed_once(party: Party) -> None:
    home = make_invitation(party, reached=True)
    for minutes, answer in ((0, Answer.ACCEPTED), (4, Answer.DECLINED), (9, Answer.ACCEPTED)):
        newest = make_response(home, answer, now=NOW + timedelta(minutes=minutes))
    plan(NOW + timedelta(minutes=10))
    assert queued() == []
    plan(NOW + timedelta(minutes=19))
    assert [mail.occasion for mail in queued(Kind.CONFIRMATION)] == [str(newest.pk)]


def test_only_the_contact_that_answered_is_confirmed(party: Party) -> None:
    home = make_invitation(party, reached=True, emails=("a@example.com", "b@example.com"))
    make_response(home, Answer.ACCEPTED, now=NOW)
    plan(NOW + timedelta(minutes=10))
    assert to_whom(Kind.CONFIRMATION) == ["a@example.com"]


def test_an_answer_by_phone_is_confirmed_to_the_whole_home(party: Party) -> None:
    home = make_invitation(party, reached=True, emails=("a@example.com", "b@example.com"))
    make_response(home, Answer.ACCEPTED, channel=Channel.HOST, now=NOW)
    plan(NOW + timedelta(minutes=10))
    assert to_whom(Kind.CONFIRMATION) == ["a@example.com", "b@example.com"]


def test_after_an_outage_only_the_newest_reminder_goes(party: Party) -> None:
    make_invitation(party, reached=True)
    plan(SECOND_REMINDER + timedelta(hours=1))
    assert len(queued(Kind.REMINDER)) == 1
    skipped = OutgoingEmail.objects.get(state=State.SKIPPED)
    assert (skipped.kind, skipped.reason) == (Kind.REMINDER, "superseded")


def test_after_reply_by_no_reminder_goes_and_each_says_why(party: Party) -> None:
    make_invitation(party, reached=True)
    plan(party.reply_by_at + timedelta(minutes=1))
    assert queued(Kind.REMINDER) == []
    reasons = OutgoingEmail.objects.filter(kind=Kind.REMINDER).values_list("state", "reason")
    assert list(reasons) == [(State.SKIPPED, "expired")] * 3


def test_two_parties_that_share_an_address_keep_twenty_hours_apart(party: Party) -> None:
    other = make_party(child_name="Noor")
    for one in (party, other):
        make_invitation(one, reached=True, emails=("anna@example.com",))
    plan(FIRST_REMINDER)
    # both are queued at the same moment; the second is held back at the commit point, so here one
    # of them goes and the other party is planned anew from what is then known
    first, second = queued(Kind.REMINDER)
    assert first.party != second.party
    second.delete()
    send_all(FIRST_REMINDER)
    home = Invitation.objects.get(party=second.party)
    assert expected_next([home.pk])[home.pk] == FIRST_REMINDER + timedelta(hours=20)


def test_a_moved_party_tells_all_but_those_who_declined(party: Party) -> None:
    for answer in (Answer.SILENT, Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED):
        make_invitation(party, reached=True, emails=(f"{answer}@example.com",), answer=answer)
    party.day = date(2027, 6, 13)
    moved_at = NOW + timedelta(days=1)
    revise_party(party=party, changed=["day"], now=moved_at)
    plan(moved_at)
    assert to_whom(Kind.CHANGED) == [
        "accepted@example.com",
        "silent@example.com",
        "tentative@example.com",
    ]
    assert {mail.occasion for mail in queued(Kind.CHANGED)} == {"2"}


def test_an_invitation_that_has_not_gone_yet_needs_no_second_mail(party: Party) -> None:
    make_invitation(party)
    plan(NOW)
    party.day = date(2027, 6, 13)
    revise_party(party=party, changed=["day"], now=NOW + A_MOMENT)
    plan(NOW + A_MOMENT)
    assert queued(Kind.CHANGED) == []


def test_a_cancelled_party_tells_everybody_once_and_then_nothing(party: Party) -> None:
    for answer in (Answer.SILENT, Answer.ACCEPTED, Answer.DECLINED):
        make_invitation(party, reached=True, emails=(f"{answer}@example.com",), answer=answer)
    stopped = make_invitation(party, reached=True, emails=("stopped@example.com",))
    stop_party(contact=stopped.contacts.get(), now=NOW)
    at = NOW + timedelta(hours=3)
    cancel_party(party=party, note="", now=at)
    plan(at)
    assert len(to_whom(Kind.CANCELLED)) == 4
    assert "stopped@example.com" in to_whom(Kind.CANCELLED)
    send_all(at)
    assert not Invitation.objects.filter(next_mail_at__isnull=False).exists()


def test_a_stop_ends_the_plans_mail(party: Party) -> None:
    home = make_invitation(party, reached=True)
    stop_party(contact=home.contacts.get(), now=NOW)
    plan(FIRST_REMINDER)
    assert queued() == []


@pytest.mark.parametrize("field", ["bounced_at", "complained_at", "stopped_at"])
def test_a_dead_address_gets_nothing(party: Party, field: str) -> None:
    home = make_invitation(party, reached=True)
    address = home.contacts.get().address
    assert address is not None
    setattr(address, field, NOW)
    address.save()
    plan(FIRST_REMINDER)
    assert queued() == []


def test_a_disputed_home_is_not_reminded_but_asked_whether_it_is_still_on(party: Party) -> None:
    home = make_invitation(party, reached=True, emails=("a@example.com", "b@example.com"))
    anna, tim = home.contacts.all()
    make_response(home, Answer.DECLINED, contact=anna)
    make_response(home, Answer.TENTATIVE, contact=tim)
    plan(LAST_CALL)
    assert to_whom(Kind.REMINDER) + to_whom(Kind.FOLLOW_UP) == []
    plan(STILL_ON)
    assert to_whom(Kind.STILL_ON) == ["a@example.com", "b@example.com"]


def test_a_follow_up_goes_on_the_morning_of_the_day_named(party: Party) -> None:
    home = make_invitation(party, reached=True)
    make_response(home, Answer.TENTATIVE, know_by=date(2027, 6, 3))
    morning = datetime(2027, 6, 3, 9, tzinfo=LONDON)
    plan(morning - A_MOMENT)
    assert queued(Kind.FOLLOW_UP) == []
    plan(morning)
    assert len(queued(Kind.FOLLOW_UP)) == 1


def test_a_corrected_address_gets_an_invitation_of_its_own(party: Party) -> None:
    home = make_invitation(party, reached=True)
    at = NOW + timedelta(days=1)
    correct_contact(
        contact=home.contacts.get(), corrected=NewContact(email="right@example.com"), now=at
    )
    plan(at)
    assert to_whom(Kind.INVITATION) == ["right@example.com"]


def test_a_home_taken_off_the_list_is_not_planned(party: Party) -> None:
    home = make_invitation(party, reached=True)
    withdraw(invitation=home, now=NOW)
    Invitation.objects.update(next_mail_at=FIRST_REMINDER)
    plan(FIRST_REMINDER)
    assert queued() == []
    assert Invitation.objects.get().next_mail_at is None


def test_reminders_sent_by_hand_count_towards_the_three(party: Party) -> None:
    home = make_invitation(party, reached=True)
    for number in range(3):
        make_mail(
            home.contacts.get(),
            kind=Kind.REMINDER,
            occasion=f"by hand {number}",
            state=State.SENT,
            at=NOW + timedelta(days=number),
        )
    plan(FIRST_REMINDER)
    assert queued(Kind.REMINDER) == []
    assert OutgoingEmail.objects.get(state=State.SKIPPED).reason == "enough_reminders"


def test_a_home_whose_plan_breaks_holds_nobody_up(party: Party) -> None:
    broken = make_party(child_name="Ada")
    make_invitation(broken, reached=True, emails=("broken@example.com",))
    make_invitation(party, reached=True, emails=("fine@example.com",))
    Party.objects.filter(pk=broken.pk).update(timezone="Nope/Zone")
    plan(FIRST_REMINDER)
    assert to_whom(Kind.REMINDER) == ["fine@example.com"]
    parked = Invitation.objects.get(party=broken)
    assert parked.next_mail_at == FIRST_REMINDER + planner.PARKED_FOR


def test_the_hosts_are_looked_after_when_a_family_answered(party: Party) -> None:
    home = make_invitation(party, reached=True)
    Party.objects.update(next_look_at=None)
    plan(NOW)
    party.refresh_from_db()
    assert party.next_look_at is None
    make_response(home, Answer.ACCEPTED, now=NOW)
    plan(NOW)
    party.refresh_from_db()
    assert party.next_look_at == NOW


@pytest.mark.parametrize("homes", [1, 30])
def test_a_batch_costs_the_same_number_of_queries_however_large(party: Party, homes: int) -> None:
    for number in range(homes):
        make_invitation(party, reached=True, emails=(f"p{number}@example.com",))
    with CaptureQueriesContext(connection) as queries:
        plan(FIRST_REMINDER)
    assert len(queued(Kind.REMINDER)) == homes
    assert len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 11


def test_nothing_due_costs_one_query(party: Party) -> None:
    make_invitation(party, next_mail_at=None)
    with CaptureQueriesContext(connection) as queries:
        plan(FIRST_REMINDER)
    assert len(queries) == 1


def test_a_database_that_is_away_for_a_moment_puts_nobody_off(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_invitation(party)

    def away(_rows: object) -> None:
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(planner, "gather", away)
    with pytest.raises(OperationalError):
        plan(NOW)
    home.refresh_from_db()
    assert home.next_mail_at == NOW


def test_of_reminders_that_waited_for_a_mail_server_only_the_newest_goes(party: Party) -> None:
    make_invitation(party, reached=True)
    plan(SECOND_REMINDER)
    older = OutgoingEmail.objects.get(kind=Kind.REMINDER.value, state=State.QUEUED)
    done = plan(LAST_CALL)
    older.refresh_from_db()
    assert (older.state, older.reason) == (State.SKIPPED, "superseded")
    assert [mail.rule_id for mail in queued(Kind.REMINDER)] != [older.rule_id]
    assert len(queued(Kind.REMINDER)) == 1
    assert (done.queued, done.skipped) == (1, 1)
