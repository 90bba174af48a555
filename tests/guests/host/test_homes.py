"""Paste, check, add: nothing is stored before the last step."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from guests.models import Contact, Guest, Invitation, OutgoingEmail
from parties.models import Party
from tests.factories import make_invitation

LIST = """Mia - anna@example.com
Noah (mum Priya) priya@example.com +44 7700 900123
Ben and Bella, tessa@example.net
Leo <katrin@gmial.com>
Samira
hello everybody
Mia - anna@example.com"""


@pytest.fixture
def add(party: Party) -> str:
    return f"/parties/{party.pk}/homes/add/"


@pytest.fixture
def check(party: Party) -> str:
    return f"/parties/{party.pk}/homes/check/"


def rows(*households: dict[str, str], **over: str) -> dict[str, str]:
    """The page's form as the browser sends it on "Add"."""
    sent = {"count": str(len(households)), "add": "1", "list": LIST, **over}
    for index, household in enumerate(households):
        sent |= {f"h{index}-{name}": value for name, value in household.items()}
    return sent


def test_it_shows_what_was_understood_and_stores_nothing(dee: Client, check: str) -> None:
    text = dee.post(check, {"list": LIST}).content.decode()
    assert "5 homes" in text
    assert "with 6 children" in text
    assert "katrin@gmial.com looks like a slip of the finger." in text
    assert "Use gmail.com" in text
    assert "Lines 1 and 7 are the same. We keep one." in text
    assert "Ben and Bella" in text
    assert not Invitation.objects.exists()


def test_an_empty_list_leads_back(dee: Client, check: str, add: str) -> None:
    assert dee.post(check, {"list": " \n"})["Location"] == add
    assert dee.get(check)["Location"] == add


def test_the_list_comes_back_to_be_changed(dee: Client, add: str) -> None:
    assert "Samira\nhello" in dee.post(add, {"list": LIST}).content.decode()


def test_it_adds_what_the_host_corrected(dee: Client, check: str, party: Party) -> None:
    answer = dee.post(
        check,
        rows(
            {"children": "Mia", "name0": "Anna", "email0": "Anna@Example.com"},
            {"children": "Ben, Bella", "name0": "Tessa", "email0": "tessa@example.net",
             "phone0": "07700 900123", "email1": "pat@example.org", "line": " Bring  wellies "},
        ),
    )  # fmt: skip
    assert answer["Location"] == f"/parties/{party.pk}/invite/"
    first, second = Invitation.objects.order_by("pk")
    assert [guest.name for guest in second.guests.all()] == ["Ben", "Bella"]
    assert second.personal_line == "Bring wellies"
    assert [c.address.email for c in second.contacts.all() if c.address] == [
        "tessa@example.net",
        "pat@example.org",
    ]
    contact = second.contacts.first()
    assert contact is not None
    assert contact.phone == "+447700900123"
    assert first.invited_at is None
    assert not OutgoingEmail.objects.exists()


def test_the_address_that_was_probably_meant_is_taken_only_if_chosen(
    dee: Client, check: str
) -> None:
    leo = {"children": "Leo", "email0": "katrin@gmial.com"}
    dee.post(check, rows({**leo, "take": "yes"}, {**leo, "children": "Max", "take": "no"}))
    assert [c.email_as_typed for c in Contact.objects.order_by("pk")] == [
        "katrin@gmail.com",
        "katrin@gmial.com",
    ]


def test_a_home_that_is_left_out_is_not_added_whatever_is_wrong_with_it(
    dee: Client, check: str
) -> None:
    dee.post(
        check,
        rows({"children": "Mia"}, {"children": "", "email0": "nonsense", "leave_out": "on"}),
    )
    assert [guest.name for guest in Guest.objects.all()] == ["Mia"]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        pytest.param("children", "", "Who is invited here?", id="no child"),
        pytest.param("children", "http://evil.tld", "no web address", id="a link for a name"),
        pytest.param("children", "x" * 60, "too long", id="a long name"),
        pytest.param("children", ", ".join("abcdefghijk"), "Ten children", id="eleven children"),
        pytest.param("email0", "a@localhost", "another one", id="not public"),
        pytest.param("email0", "a@b.co\r\nBcc: x@y.zz", "mail address", id="a header"),
        pytest.param("email0", "postmaster@example.org", "No parent", id="a role"),
        pytest.param("email0", "ü@example.org", "plain letters", id="not ASCII"),
        pytest.param("phone0", "12", "cannot be called", id="no number"),
        pytest.param("name0", "x" * 60, "too long", id="a long adult"),
        pytest.param("line", "x" * 301, "shorter", id="a long line"),
    ],
)
def test_one_bad_row_stores_nothing_and_keeps_everything(
    dee: Client, check: str, field: str, typed: str, words: str
) -> None:
    typed_ok = {"children": "Mia", "email0": "anna@example.com"}
    sent = rows(typed_ok, {"children": "Ben", "line": "hello <b>Ben</b>", field: typed})
    answer = dee.post(check, sent)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "There is one thing to fix" in text
    assert words in text
    assert f'href="#h1-{field}"' in text
    assert 'value="anna@example.com"' in text
    assert not Invitation.objects.exists()


def test_the_same_list_twice_adds_nothing_new(dee: Client, check: str) -> None:
    sent = rows({"children": "Mia", "email0": "anna@example.com"}, {"children": "Samira"})
    dee.post(check, sent)
    answer = dee.post(check, sent, follow=True)
    assert Invitation.objects.count() == 2
    assert "2 were on it already." in answer.content.decode()


def test_more_homes_than_a_party_has_room_for_are_refused(
    dee: Client, check: str, party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guests.inviting.MAX_HOUSEHOLDS", 2)
    make_invitation(party)
    answer = dee.post(check, rows({"children": "Ben"}, {"children": "Leo"}))
    assert "Nothing was added." in answer.content.decode()
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("count", ["", "-1", "x", "99999999", "٣"])
def test_a_broken_count_adds_nothing(dee: Client, check: str, count: str) -> None:
    assert dee.post(check, rows({"children": "Mia"}, count=count)).status_code in (200, 302)
    assert Invitation.objects.count() == 0


def test_names_are_shown_and_never_run(dee: Client, check: str) -> None:
    evil = '"><script>alert(1)</script>'
    text = dee.post(check, {"list": f"{evil} - a@example.com\nMia {{{{7*7}}}}"}).content.decode()
    assert "<script>alert" not in text


def test_five_hundred_homes_fit_on_the_page_and_through_the_door(
    dee: Client, check: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pasted = "\n".join(f"{_name(n)} - parent{n}@example.com" for n in range(500))
    with django_assert_max_num_queries(4):
        shown = dee.post(check, {"list": pasted}).content.decode()
    assert "500 homes" in shown
    full = {f"{name}{index}": "" for name in ("name", "email", "phone") for index in range(3)}
    households = [
        {**full, "children": _name(n), "email0": f"parent{n}@example.com", "line": "", "take": ""}
        for n in range(500)
    ]
    dee.post(check, rows(*households))
    assert Invitation.objects.count() == 500


def _name(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "Q" + "".join(letters[int(digit)] for digit in f"{number:03}") + "a"


def test_mass_assignment_is_ignored(dee: Client, check: str, party: Party) -> None:
    dee.post(
        check, rows({"children": "Mia", "answer": "accepted", "party": "9", "invited_at": "now"})
    )
    invitation = Invitation.objects.get()
    assert (invitation.party, invitation.answer, invitation.invited_at) == (party, "silent", None)


@pytest.mark.parametrize("data", [{"list": "x" * 999_000}], ids=["a very long list"])
def test_a_list_that_is_too_long_is_answered_in_words(
    dee: Client, check: str, data: dict[str, Any]
) -> None:
    assert dee.post(check, data).status_code == 200
