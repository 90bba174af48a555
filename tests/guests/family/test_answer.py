"""One tap, details, a change of mind: what a POST stores, and what it gives back to be mended."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from guests.links import Purpose, answer_path, token_for
from guests.models import Channel, Contact, Invitation, Response
from parties.services import revise_party
from parties.words import Answer
from tests.factories import NOW, make_invitation, make_response
from tests.guests.family.reading import details, forms, words
from tests.guests.family.stages import by_link, by_mail


def newest() -> Response:
    return Response.objects.order_by("-pk")[0]


def said(response: Response) -> dict[str, str]:
    return {row.guest.name: row.answer for row in response.answers.select_related("guest")}


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative", "video"])
def test_one_tap_answers_for_all_children(answer: str, parent: Contact, phone: Client) -> None:
    response = phone.post(answer_path(parent), {"answer": answer})

    assert response.status_code == 303
    assert response["Location"] == answer_path(parent)
    stored = newest()
    assert said(stored) == {"Nia": answer, "Theo": answer}
    assert (stored.channel, stored.contact, stored.created_at) == (Channel.MAIL, parent, NOW)
    invitation = Invitation.objects.get()
    assert (invitation.answer, invitation.next_mail_at) == (answer, NOW)


def test_thank_you_shows_what_was_stored(parent: Contact, phone: Client) -> None:
    response = phone.post(
        f"{answer_path(parent)}?answer=declined", {"answer": "accepted"}, follow=True
    )

    assert response.redirect_chain == [(answer_path(parent), 303)]
    assert "Lovely! Nia and Theo are coming." in words(response)


@pytest.mark.parametrize(
    ("purpose", "channel"),
    [(Purpose.FAMILY, Channel.FAMILY), (Purpose.PAPER, Channel.PAPER)],
    ids=["link", "slip"],
)
def test_an_answer_of_the_household_is_nobody_s_in_particular(
    purpose: Purpose, channel: Channel, twins: Invitation, phone: Client
) -> None:
    path = f"/i/{token_for(purpose, twins)}/"

    shown = phone.post(path, {"answer": "declined"}, follow=True)

    assert (newest().channel, newest().contact) == (channel, None)
    assert "Thank you for telling us." in words(shown)
    assert shown.redirect_chain == [(path, 303)]


def test_details_are_kept_as_given(parent: Contact, phone: Client) -> None:
    nia, _theo = parent.invitation.guests.all()
    phone.post(answer_path(parent), {"answer": "accepted"})

    response = phone.post(
        answer_path(parent),
        {
            "details": "1",
            "answer": "accepted",
            "guests": [str(nia.pk)],
            "adults": "2",
            "siblings": "0",
            "stays": "stay",
            "allergies": " Nuts ",
            "message": "Looking forward!\r\nAnna",
        },
        follow=True,
    )

    stored = newest()
    assert said(stored) == {"Nia": "accepted", "Theo": "declined"}
    assert (stored.adults, stored.siblings, stored.stays) == (2, 0, "stay")
    assert (stored.allergies, stored.message) == ("Nuts", "Looking forward!\nAnna")
    assert "Lovely! Nia is coming." in words(response)
    assert details(response)["adults"] == ["2"]
    assert details(response)["message"] == ["Looking forward!\nAnna"]


def test_the_form_sends_back_what_it_shows(parent: Contact, phone: Client) -> None:
    make_response(
        parent.invitation, Answer.ACCEPTED, adults=1, stays="drop_off", allergies="Nuts & “<b>”"
    )
    form = details(phone.get(answer_path(parent)))

    phone.post(answer_path(parent), form)

    assert said(newest()) == {"Nia": "accepted", "Theo": "accepted"}
    assert (newest().adults, newest().siblings) == (1, None)
    assert (newest().stays, newest().allergies) == ("drop_off", "Nuts & “<b>”")


def test_a_tap_after_details_keeps_the_details_of_this_voice(
    parent: Contact, phone: Client
) -> None:
    make_response(
        parent.invitation, Answer.ACCEPTED, channel=Channel.FAMILY, allergies="OF THE OTHER DOOR"
    )
    make_response(parent.invitation, Answer.ACCEPTED, contact=parent, allergies="Nuts", adults=2)

    phone.post(answer_path(parent), {"answer": "declined"})
    phone.post(answer_path(parent), {"answer": "accepted"})

    assert (newest().allergies, newest().adults) == ("Nuts", 2)


def test_the_same_answer_again_keeps_who_comes_of_two(parent: Contact, phone: Client) -> None:
    nia, theo = parent.invitation.guests.all()
    make_response(parent.invitation, {nia.pk: Answer.ACCEPTED, theo.pk: Answer.DECLINED})

    phone.post(answer_path(parent), {"answer": "accepted"})
    assert said(newest()) == {"Nia": "accepted", "Theo": "declined"}
    phone.post(answer_path(parent), {"answer": "tentative"})
    assert said(newest()) == {"Nia": "tentative", "Theo": "tentative"}


@pytest.mark.parametrize(
    ("day", "taken"),
    [
        pytest.param("2027-05-23", False, id="yesterday"),
        pytest.param("2027-05-24", True, id="today"),
        pytest.param("2027-06-08", True, id="the day after reply-by"),
        pytest.param("2027-06-09", False, id="two days after it"),
        pytest.param("next week", False, id="no date"),
        pytest.param("", True, id="left open"),
    ],
)
def test_not_sure_names_a_day_up_to_the_one_after_reply_by(
    day: str, taken: bool, parent: Contact, phone: Client
) -> None:
    response = phone.post(
        answer_path(parent), {"details": "1", "answer": "tentative", "know_by": day}
    )

    assert response.status_code == (303 if taken else 422)
    if taken:
        assert newest().know_by == (date.fromisoformat(day) if day else None)
    else:
        assert "Please choose a day from today to Tuesday 8 June." in words(response)


def test_today_is_the_day_in_the_party_s_zone(
    phone: Client, clock: time_machine.Traveller, db: None
) -> None:
    clock.move_to(NOW.replace(hour=23, minute=30))  # already tomorrow in London, in summer
    path = by_mail(make_invitation())

    form = {"details": "1", "answer": "tentative", "know_by": "2027-05-24"}

    assert phone.post(path, form).status_code == 422


def test_once_no_day_is_left_to_name_none_is_asked_for(
    parent: Contact, phone: Client, clock: time_machine.Traveller
) -> None:
    make_response(parent.invitation, Answer.TENTATIVE, know_by=date(2027, 6, 4))
    clock.move_to(NOW.replace(month=6, day=11))

    response = phone.get(answer_path(parent))

    assert "know_by" not in details(response)
    assert "Please come back to this page as soon as you know." in words(response)
    phone.post(answer_path(parent), {"answer": "tentative"})
    assert newest().know_by is None


@pytest.mark.parametrize("gone_by", ["accepted", "declined"])
def test_the_day_of_knowing_is_forgotten_with_another_answer(
    gone_by: str, parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, Answer.TENTATIVE, know_by=date(2027, 6, 4))

    phone.post(answer_path(parent), {"answer": gone_by})

    assert newest().know_by is None


def test_a_change_of_mind_is_taken_until_the_party_ends(
    parent: Contact, phone: Client, clock: time_machine.Traveller
) -> None:
    make_response(parent.invitation, Answer.ACCEPTED)
    ends = parent.invitation.party.ends_at

    clock.move_to(ends.replace(minute=29))
    assert phone.post(answer_path(parent), {"answer": "declined"}).status_code == 303
    clock.move_to(ends)
    assert phone.post(answer_path(parent), {"answer": "accepted"}).status_code == 200
    assert said(newest()) == {"Nia": "declined", "Theo": "declined"}


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({}, id="none"),
        pytest.param({"answer": ""}, id="empty"),
        pytest.param({"answer": "yes'--"}, id="unknown"),
        pytest.param({"answer": "silent"}, id="silence"),
        pytest.param({"answer": "Accepted"}, id="other case"),
        pytest.param({"answer": ["accepted", "declined"]}, id="two"),
        pytest.param(
            {"details": "1", "answer": ["accepted", "accepted"]}, id="twice, with details"
        ),
    ],
)
def test_without_one_answer_nothing_is_stored_and_the_page_asks_again(
    form: dict[str, Any], parent: Contact, phone: Client
) -> None:
    response = phone.post(answer_path(parent), form)

    assert response.status_code == 422
    page = response.content.decode()
    assert '<a href="#q">Please tap one of the three answers.</a>' in page
    assert "<title>There is a problem" in page
    assert words(response).count("Please tap one of the three answers.") == 2
    assert not Response.objects.exists()


LONG = "a" * 501


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        pytest.param("adults", "-1", "a number from 0 to 10", id="-1 grown-ups"),
        pytest.param("adults", "1000000000", "a number from 0 to 10", id="a billion"),
        pytest.param("adults", "9" * 5000, "a number from 0 to 10", id="5000 digits"),
        pytest.param("adults", "two", "a number from 0 to 10", id="a word"),
        pytest.param("siblings", "11", "a number from 0 to 10", id="11 siblings"),
        pytest.param("allergies", LONG, "keep it to 500 letters", id="long allergies"),
        pytest.param("message", LONG, "keep it to 500 letters", id="long message"),
        pytest.param("stays", "maybe", "one of the two", id="unknown stay"),
        pytest.param("guests", "999", "choose from the names here", id="a foreign child"),
        pytest.param("guests", "x", "choose from the names here", id="no child at all"),
        pytest.param("guests", None, "If nobody can, tap “Can’t come” below.", id="nobody"),
    ],
)
def test_a_detail_that_does_not_fit_comes_back_with_a_word_beside_it(
    field: str, value: str | None, says: str, parent: Contact, phone: Client
) -> None:
    nia, theo = parent.invitation.guests.all()
    form: dict[str, Any] = {
        "details": "1",
        "answer": "accepted",
        "submission_id": str(uuid.uuid4()),
        "guests": [str(nia.pk), str(theo.pk)],
        "adults": "1",
        "message": "Typed with care",
    }
    form[field] = [] if value is None else value

    response = phone.post(answer_path(parent), form)

    assert response.status_code == 422
    page = response.content.decode()
    assert f'<a href="#id_{field}' in page
    assert f'id="id_{field}_error"' in page
    assert words(response).count(says) == 2
    assert "<title>There is a problem" in page
    back = details(response)
    assert back["submission_id"] == [form["submission_id"]]
    if field != "message":
        assert back["message"] == ["Typed with care"]
    if field in ("adults", "siblings", "allergies", "message"):
        assert back[field] == [value]
    assert not Response.objects.exists()


def test_five_hundred_letters_over_several_lines_fit(parent: Contact, phone: Client) -> None:
    text = "\r\n".join(["a" * 49] * 10)  # 499 as a browser counts them, 508 on the wire

    phone.post(answer_path(parent), {"details": "1", "answer": "declined", "message": text})

    assert len(newest().message) == 499


def test_what_nobody_can_see_is_left_out_of_the_words(parent: Contact, phone: Client) -> None:
    text = "A\x00B\u202eC\tD 👨‍👩‍👧"

    phone.post(answer_path(parent), {"details": "1", "answer": "declined", "message": text})

    assert newest().message == "ABC D 👨‍👩‍👧"


def test_children_of_another_household_are_out_of_reach(parent: Contact, phone: Client) -> None:
    foreign = make_invitation(parent.invitation.party, guests=("Ben",)).guests.get()
    form = {"details": "1", "answer": "accepted", "guests": [str(foreign.pk)]}

    assert phone.post(answer_path(parent), form).status_code == 422
    foreign.refresh_from_db()
    assert foreign.answer == "silent"


def test_a_double_click_and_a_retry_are_one_answer(parent: Contact, phone: Client) -> None:
    form = forms(phone.get(answer_path(parent)))[0] | {"answer": ["accepted"]}

    for _time in range(3):
        assert phone.post(answer_path(parent), form).status_code == 303

    assert Response.objects.count() == 1


def test_the_same_submission_with_another_answer_is_a_new_one(
    parent: Contact, phone: Client
) -> None:
    form = forms(phone.get(answer_path(parent)))[0]

    phone.post(answer_path(parent), form | {"answer": ["accepted"]})
    phone.post(answer_path(parent), form | {"answer": ["declined"]})

    assert Response.objects.count() == 2
    assert Invitation.objects.get().answer == "declined"


@pytest.mark.parametrize("number", [None, "", "not-a-uuid", "5d1f0c2e", "x" * 5000])
def test_a_submission_without_a_proper_number_gets_one(
    number: str | None, parent: Contact, phone: Client
) -> None:
    form = {"answer": "accepted"} | ({} if number is None else {"submission_id": number})

    assert phone.post(answer_path(parent), form).status_code == 303
    assert Response.objects.count() == 1


def test_the_party_was_cancelled_while_the_family_was_typing(
    parent: Contact, phone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guests.family import page
    from guests.family.home import read_home
    from parties.services import cancel_party

    def read_and_cancel(opened: Any) -> Any:
        home = read_home(opened)
        party = type(opened.party).objects.get(pk=opened.party.pk)
        cancel_party(party=party, note="", now=NOW)
        monkeypatch.setattr(page, "read_home", read_home)
        return home

    monkeypatch.setattr(page, "read_home", read_and_cancel)

    response = phone.post(answer_path(parent), {"answer": "accepted"})

    assert response.status_code == 200
    assert "The party is off." in words(response)
    assert not Response.objects.exists()


def test_an_only_child_s_form_does_not_ask_who_comes(phone: Client, db: None) -> None:
    invitation = make_invitation(guests=("Oscar",))
    phone.post(by_link(invitation), {"answer": "accepted"})

    shown = phone.get(by_link(invitation))
    phone.post(by_link(invitation), details(shown) | {"allergies": ["Nuts"]})

    assert "guests" not in details(shown)
    assert (said(newest()), newest().allergies) == ({"Oscar": "accepted"}, "Nuts")


def test_a_page_from_before_a_move_is_asked_again(parent: Contact, phone: Client) -> None:
    path = answer_path(parent)
    opened_before = forms(phone.get(path))[0]
    party = parent.invitation.party
    party.place = "The hall"
    revise_party(party=party, changed=["place"], now=NOW)

    answer = {name: values[0] for name, values in opened_before.items()} | {"answer": "accepted"}
    page = phone.post(path, answer, follow=True)

    assert "The plan has changed. Please confirm." in words(page)
    assert not Invitation.objects.get().standing_yes(party)
    again = {name: values[0] for name, values in forms(page)[0].items()} | {"answer": "accepted"}
    phone.post(path, again)
    assert Invitation.objects.get().standing_yes(party)
