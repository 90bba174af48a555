from __future__ import annotations

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from guests.mails.compose import compose, for_composing
from guests.models import Channel, Invitation, OutgoingEmail, Response, State
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party, make_response
from tests.guests.mails.reading import Received, receive
from tests.guests.mails.test_to_families import both

pytestmark = pytest.mark.django_db


def news_row(party: Party, response: Response, **over: object) -> OutgoingEmail:
    fields = {"host": party.host, "party": party, "kind": Kind.NEWS, "occasion": str(response.pk)}
    return make_mail(**{**fields, **over})  # type: ignore[arg-type]


def news(party: Party, response: Response) -> Received:
    return receive(news_row(party, response), NOW)


def home(party: Party, *guests: str) -> Invitation:
    return make_invitation(party, guests=guests)


def test_the_host_reads_who_said_what_and_their_words() -> None:
    party = make_party()
    make_response(home(party, "Ben"), Answer.DECLINED, message="Have a great day")
    twins = home(party, "Zoe", "Max")
    zoe, max_ = twins.guests.all()
    last = make_response(
        twins,
        {zoe.pk: Answer.ACCEPTED, max_.pk: Answer.TENTATIVE},
        know_by=date(2027, 6, 3),
        adults=1,
        stays="drop_off",
    )
    mail = news(party, last)
    assert mail.subject == "JJ's party on Saturday 12 June: 2 new answers"
    for said in both(mail):
        assert "2 new answers" in said
        assert "Ben" in said
        assert "Can’t come." in said
        assert "“Have a great day”" in said
        assert "Zoe: coming, Max: not sure yet, will know by Thursday 3 June." in said
        assert "Also coming: 1 grown-up. They drop off." in said
        assert "http://localhost:8000/parties/" in mail.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer.ACCEPTED, "Coming."),
        (Answer.DECLINED, "Can’t come."),
        (Answer.TENTATIVE, "Not sure yet."),
        (Answer.VIDEO, "Joins by video."),
    ],
)
def test_one_answer_is_told_in_the_hosts_words(answer: Answer, words: str) -> None:
    party = make_party()
    mail = news(party, make_response(home(party, "Ben"), answer))
    assert mail.subject == "JJ's party on Saturday 12 June: a new answer"
    for said in both(mail):
        assert words in said


def test_allergies_stay_on_the_page() -> None:
    party = make_party()
    mail = news(party, make_response(home(party, "Ben"), Answer.ACCEPTED, allergies="peanuts"))
    assert b"peanuts" not in mail.raw
    assert "They wrote about allergies or food: see your page." in mail.page.text


def test_only_what_is_new_since_the_last_news_of_this_host_is_told() -> None:
    party = make_party()
    first = make_response(home(party, "Ben"), Answer.ACCEPTED)
    news_row(party, first, state=State.SENT)
    second = make_response(home(party, "Zoe"), Answer.ACCEPTED)
    make_response(home(party, "Ida"), Answer.ACCEPTED)
    text = news(party, second).text
    assert "Zoe" in text
    assert "Ben" not in text
    assert "Ida" not in text


def test_news_that_never_went_is_told_with_the_next() -> None:
    party = make_party()
    first = make_response(home(party, "Ben"), Answer.ACCEPTED)
    news_row(party, first, state=State.SKIPPED)
    assert "Ben" in news(party, make_response(home(party, "Zoe"), Answer.ACCEPTED)).text


def test_what_another_host_was_told_is_still_news_to_this_one() -> None:
    party = make_party()
    first = make_response(home(party, "Ben"), Answer.ACCEPTED)
    news_row(party, first, host=make_host(), state=State.SENT)
    assert "Ben" in news(party, make_response(home(party, "Zoe"), Answer.ACCEPTED)).text


def test_what_the_host_entered_is_no_news_to_the_host() -> None:
    party = make_party()
    make_response(home(party, "Ben"), Answer.ACCEPTED, channel=Channel.HOST)
    assert "Ben" not in news(party, make_response(home(party, "Zoe"), Answer.ACCEPTED)).text


def test_of_several_taps_of_one_family_only_the_last_is_told() -> None:
    party = make_party()
    ben = home(party, "Ben")
    make_response(ben, Answer.ACCEPTED)
    make_response(ben, Answer.TENTATIVE)
    mail = news(party, make_response(ben, Answer.DECLINED))
    assert mail.subject.endswith("a new answer")
    assert "Coming." not in mail.text


def test_a_home_that_was_taken_off_and_an_old_address_are_not_told() -> None:
    party = make_party()
    gone = home(party, "Ben")
    make_response(gone, Answer.ACCEPTED)
    Invitation.objects.filter(pk=gone.pk).update(withdrawn_at=NOW)
    corrected = home(party, "Ida")
    make_response(corrected, Answer.ACCEPTED)
    corrected.contacts.update(retired_at=NOW)
    text = news(party, make_response(home(party, "Zoe"), Answer.ACCEPTED)).text
    assert "Ben" not in text
    assert "Ida" not in text


def test_nothing_of_another_party_is_told() -> None:
    make_response(home(make_party(), "Ben"), Answer.ACCEPTED)
    party = make_party()
    assert "Ben" not in news(party, make_response(home(party, "Zoe"), Answer.ACCEPTED)).text


@pytest.mark.parametrize(
    ("hours", "subject"),
    [
        (47, "JJ's party on Saturday 12 June: a yes has changed"),
        (49, "JJ's party on Saturday 12 June: 2 new answers"),
    ],
    ids=["within 48 hours", "earlier"],
)
def test_a_yes_that_is_withdrawn_close_to_the_party_comes_first(hours: int, subject: str) -> None:
    party = make_party()
    ben = home(party, "Ben")
    news_row(party, make_response(ben, Answer.ACCEPTED), state=State.SENT)
    moment = party.starts_at - timedelta(hours=hours)
    make_response(home(party, "Zoe"), Answer.ACCEPTED, now=moment)
    mail = news(party, make_response(ben, Answer.DECLINED, now=moment))
    assert mail.subject == subject
    if hours < 48:
        assert mail.text.index("Ben") < mail.text.index("Zoe")
        assert "Can’t come after all." in mail.text


def test_news_takes_three_queries_for_any_number_of_answers(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    party = make_party()
    moment = party.starts_at - timedelta(hours=3)
    answers = [make_response(home(party, f"G{n}"), Answer.DECLINED, now=moment) for n in range(12)]
    news_row(party, answers[-1])
    row = for_composing(OutgoingEmail.objects.all()).get()
    with django_assert_max_num_queries(3):
        compose(row, NOW)
