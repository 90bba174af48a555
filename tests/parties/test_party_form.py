from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from parties.forms import PartyForm, first_values
from parties.models import Host, Party
from tests.factories import NOW, make_host, make_party

# a form asks the database whether its constraints hold
pytestmark = pytest.mark.django_db

TYPED = {
    "child_name": "JJ",
    "turns": "6",
    "about_child": "",
    "host_name": "Dee",
    "host_is": "JJ’s mum",
    "host_phone": "",
    "day": "2027-06-12",
    "starts": "14:00",
    "ends": "16:30",
    "timezone": "Europe/London",
    "place": "Victoria Park",
    "where_exactly": "the blue shelter",
    "reply_by": "",
    "enough": "3",
    "stay_note": "",
    "food_note": "",
    "theme": "balloons",
}


def form_of(**over: str) -> PartyForm:
    return PartyForm({**TYPED, **over}, instance=Party(), now=NOW)


def cleaned(**over: str) -> dict[str, Any]:
    form = form_of(**over)
    assert form.is_valid(), form.errors
    return form.cleaned_data


@pytest.mark.parametrize(
    ("day", "reply_by"),
    [
        pytest.param("2027-06-12", date(2027, 6, 7), id="five days before"),
        pytest.param("2027-05-27", date(2027, 5, 24), id="at least today"),
        pytest.param("2027-05-24", date(2027, 5, 24), id="today, for a party today"),
    ],
)
def test_reply_by_is_five_days_before_if_nothing_is_said(day: str, reply_by: date) -> None:
    assert cleaned(day=day)["reply_by"] == reply_by


def test_another_name_of_a_zone_is_stored_under_its_one_name() -> None:
    assert cleaned(timezone="US/Pacific")["timezone"] == "America/Los_Angeles"


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        pytest.param("ends", "13:00", "The party ends before it starts.", id="ends before"),
        pytest.param("ends", "14:00", "The party ends as it starts.", id="no time at all"),
        pytest.param("day", "2027-05-23", "That day is over.", id="yesterday"),
        pytest.param("day", "2031-06-12", "more than two years", id="four years ahead"),
        pytest.param("day", "0001-01-01", "That day is over.", id="year 1"),
        pytest.param("day", "9999-12-31", "more than two years", id="year 9999"),
        pytest.param("day", "2027-02-29", "2027-06-12", id="no leap day"),
        pytest.param("day", "2027-13-01", "2027-06-12", id="month 13"),
        pytest.param("day", "next week", "2027-06-12", id="words"),
        pytest.param("reply_by", "2027-06-13", "That is after the party.", id="reply by too late"),
        pytest.param("reply_by", "2027-05-23", "That day is over.", id="reply by is over"),
        pytest.param("starts", "25:00", "14:30", id="hour 25"),
        pytest.param("timezone", "Nope/Zone", "from the list", id="no zone"),
        pytest.param("timezone", "../../etc/passwd", "from the list", id="a path"),
        pytest.param("timezone", "x" * 10_000, "from the list", id="a long zone"),
        pytest.param("turns", "66", "from 1 to 21", id="age 66"),
        pytest.param("turns", "-1", "from 1 to 21", id="age below zero"),
        pytest.param("turns", "1e9", "from 1 to 21", id="not a whole number"),
        pytest.param("turns", "9" * 5_000, "from 1 to 21", id="a number of 5,000 digits"),
        pytest.param("enough", "0", "from 1 to 60", id="enough is none"),
        pytest.param("enough", "NaN", "from 1 to 60", id="enough is no number"),
        pytest.param("child_name", "\u200b", "at least one letter", id="a name of nothing"),
        pytest.param("child_name", "Mi\ud800a", "damaged", id="half a character"),
        pytest.param("child_name", "x" * 51, "shorter", id="51 letters"),
        pytest.param("child_name", "http://evil.tld", "no web address", id="an advertisement"),
        pytest.param("place", "x" * 5_000, "shorter", id="a long place"),
        pytest.param("about_child", "x" * 501, "shorter", id="a long text"),
        pytest.param("host_phone", "call me", "phone number", id="no number"),
        pytest.param("theme", "rockets", "", id="no such look"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(field: str, typed: str, words: str) -> None:
    form = form_of(**{field: typed})
    assert not form.is_valid()
    assert set(form.errors) == {field}
    assert words in form.errors[field][0]


@pytest.mark.parametrize(
    "field", ["child_name", "turns", "host_name", "day", "starts", "ends", "place"]
)
def test_what_a_party_needs_is_asked_for(field: str) -> None:
    assert set(form_of(**{field: ""}).errors) == {field}


def test_a_party_of_today_starts_later_than_now() -> None:
    assert "starts" in form_of(day="2027-05-24", starts="11:00", ends="18:00").errors
    assert form_of(day="2027-05-24", starts="13:00", ends="18:00").is_valid()


def test_today_is_that_of_the_party_and_not_ours() -> None:
    """At 11:00 UTC it is the 25th in Kiritimati already."""
    assert "day" in form_of(day="2027-05-24", timezone="Pacific/Kiritimati").errors


def test_a_time_that_the_clock_change_swallows_is_accepted_with_a_note() -> None:
    form = form_of(day="2028-03-26", starts="01:30", ends="03:00")
    assert form.is_valid(), form.errors
    assert form.clock_notes() == ["The clocks change that day, so 01:30 becomes 02:30."]


def test_a_usual_day_needs_no_note() -> None:
    form = form_of()
    assert form.is_valid()
    assert form.clock_notes() == []


def test_an_alteration_is_what_differs_after_cleaning() -> None:
    party = make_party(make_host())
    typed = {**TYPED, "where_exactly": " the blue shelter  behind the playground ", "enough": "4"}
    form = PartyForm({**typed, "reply_by": "2027-06-07"}, instance=party, now=NOW)
    assert form.is_valid(), form.errors
    assert form.altered() == {"enough"}


def test_a_party_under_way_keeps_its_day() -> None:
    party = make_party(make_host())
    later = party.starts_at + timedelta(minutes=10)
    form = PartyForm(
        {**TYPED, "reply_by": "2027-06-07", "where_exactly": "by the swings"},
        instance=party,
        now=later,
    )
    assert form.is_valid(), form.errors


def test_a_new_party_begins_with_what_the_host_wrote_last_time() -> None:
    host = make_host(name="Dee")
    assert first_values(host)["timezone"] == "Europe/London"
    make_party(host, timezone="Europe/Berlin", host_phone="030 123456")
    values = first_values(host)
    assert (values["timezone"], values["host_phone"]) == ("Europe/Berlin", "030 123456")


class TestNewPage:
    path = "/parties/new/"

    @pytest.fixture
    def host(self) -> Host:
        return make_host(name="Dee")

    @pytest.fixture
    def dee(self, host: Host) -> Client:
        client = Client()
        client.force_login(host)
        return client

    @pytest.fixture(autouse=True)
    def _clock(self, time_machine: Any) -> None:
        time_machine.move_to(NOW, tick=False)

    def test_it_makes_the_party_with_its_plan_and_asks_for_the_homes(
        self, dee: Client, host: Host
    ) -> None:
        answer = dee.post(self.path, TYPED)
        party = Party.objects.get()
        assert answer["Location"] == f"/parties/{party.pk}/homes/add/"
        assert (party.host, party.child_name, party.starts) == (host, "JJ", time(14))
        assert party.rules.count() == 7

    def test_it_keeps_what_was_typed_and_stores_nothing(self, dee: Client) -> None:
        answer = dee.post(self.path, {**TYPED, "ends": "05:00", "place": "<b>here</b>"})
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "There is a problem" in text
        assert "The party ends before it starts. When does it end?" in text
        assert 'value="05:00"' in text
        assert "&lt;b&gt;here&lt;/b&gt;" in text
        assert not Party.objects.exists()

    def test_it_ignores_fields_that_are_none_of_the_forms(self, dee: Client, host: Host) -> None:
        other = make_host()
        extra = {"host": other.pk, "host_id": other.pk, "slug": "x", "revision": 9, "is_staff": 1}
        dee.post(self.path, {**TYPED, **extra})
        party = Party.objects.get()
        assert (party.host, party.revision) == (host, 1)
        assert party.slug != "x"
        host.refresh_from_db()
        assert not host.is_staff

    def test_it_asks_who_is_not_signed_in_to_sign_in(self) -> None:
        assert Client().get(self.path).status_code == 302
        assert Client().post(self.path, TYPED).status_code == 302
        assert not Party.objects.exists()

    def test_it_refuses_other_methods(self, dee: Client) -> None:
        assert dee.put(self.path).status_code == 405

    def test_the_browser_may_choose_the_zone_only_at_first(self, dee: Client) -> None:
        assert b"timezone.js" in dee.get(self.path).content
        assert b"timezone.js" not in dee.post(self.path, {**TYPED, "day": ""}).content

    def test_old_names_of_a_zone_are_there_for_old_browsers(self, dee: Client) -> None:
        assert b'data-also="Asia/Calcutta"' in dee.get(self.path).content
