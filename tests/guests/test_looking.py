"""What hosts are told: new answers, in one mail for several taps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from guests.inviting import NewContact, correct_contact, withdraw
from guests.looking import look
from guests.mails.news import news_facts
from guests.models import Channel, OutgoingEmail
from guests.planner import plan
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation, make_party, make_response

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def party() -> Party:
    return make_party()


def news() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=Kind.NEWS.value).order_by("pk"))


def tick(now: datetime) -> int:
    """How many mails of news the tick makes."""
    before = len(news())
    plan(now)
    look(now)
    return len(news()) - before


def test_one_mail_tells_of_several_taps_ten_minutes_after_the_last(party: Party) -> None:
    for number, minute in enumerate((0, 3, 8)):
        home = make_invitation(party, reached=True, emails=(f"p{number}@example.com",))
        newest = make_response(home, Answer.ACCEPTED, now=NOW + minute * MINUTE)
        tick(NOW + minute * MINUTE)
    assert tick(NOW + 17 * MINUTE) == 0
    assert tick(NOW + 18 * MINUTE) == 1
    (mail,) = news()
    assert (mail.host, mail.occasion) == (party.host, str(newest.pk))
    assert tick(NOW + 30 * MINUTE) == 0


def test_where_answers_keep_coming_the_host_hears_within_the_hour(party: Party) -> None:
    told_at = []
    for minute in range(0, 66, 6):
        home = make_invitation(party, reached=True, emails=(f"p{minute}@example.com",))
        make_response(home, Answer.ACCEPTED, now=NOW + minute * MINUTE)
        if tick(NOW + minute * MINUTE):
            told_at.append(minute)
    assert told_at == [60]


def test_co_hosts_hear_it_too(party: Party) -> None:
    party.co_hosts.add(make_host())
    make_response(make_invitation(party, reached=True), Answer.DECLINED)
    tick(NOW)
    assert tick(NOW + 10 * MINUTE) == 2


def test_what_the_host_entered_is_no_news_to_the_host(party: Party) -> None:
    make_response(make_invitation(party, reached=True), Answer.ACCEPTED, channel=Channel.HOST)
    tick(NOW)
    assert tick(NOW + 10 * MINUTE) == 0


def test_a_yes_withdrawn_two_days_before_the_party_is_told_at_once(party: Party) -> None:
    home = make_invitation(party, reached=True, answer=Answer.ACCEPTED)
    tick(NOW)
    tick(NOW + 10 * MINUTE)
    late = party.starts_at - timedelta(hours=47)
    make_response(home, Answer.DECLINED, now=late)
    assert tick(late) == 1


def test_a_yes_withdrawn_earlier_waits_for_the_last_tap(party: Party) -> None:
    home = make_invitation(party, reached=True, answer=Answer.ACCEPTED)
    tick(NOW)
    tick(NOW + 10 * MINUTE)
    early = party.starts_at - timedelta(hours=49)
    make_response(home, Answer.DECLINED, now=early)
    assert tick(early) == 0
    assert tick(early + 10 * MINUTE) == 1


def test_a_new_yes_shortly_before_the_party_waits_for_the_last_tap(party: Party) -> None:
    home = make_invitation(party, reached=True)
    late = party.starts_at - timedelta(hours=47)
    make_response(home, Answer.ACCEPTED, now=late)
    assert tick(late) == 0
    assert tick(late + 10 * MINUTE) == 1


def test_a_yes_that_the_host_entered_is_told_at_once_when_it_is_withdrawn(party: Party) -> None:
    home = make_invitation(party, reached=True)
    make_response(home, Answer.ACCEPTED, channel=Channel.HOST)
    tick(NOW)
    late = party.starts_at - timedelta(hours=47)
    make_response(home, Answer.DECLINED, now=late)
    assert tick(late) == 1
    assert news_facts(news()[0])["withdrawn"]


@pytest.mark.parametrize("how", ["withdrawn", "corrected"])
def test_an_answer_that_does_not_count_any_more_is_no_news(party: Party, how: str) -> None:
    home = make_invitation(party, reached=True)
    make_response(home, Answer.ACCEPTED)
    tick(NOW)
    if how == "withdrawn":
        withdraw(invitation=home, now=NOW + MINUTE)
    else:
        right = NewContact("Anna", "right@example.com")
        correct_contact(contact=home.contacts.get(), corrected=right, now=NOW + MINUTE)
    assert tick(NOW + 10 * MINUTE) == 0
