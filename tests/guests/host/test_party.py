"""Changing and cancelling a party."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.forms.models import model_to_dict
from django.test import Client
from time_machine import Traveller

from guests.models import OutgoingEmail
from guests.planner import plan
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation


def typed(party: Party, **over: Any) -> dict[str, Any]:
    """The form as the browser sends it, with what is stored."""
    known = model_to_dict(party)
    known |= {"starts": f"{party.starts:%H:%M}", "ends": f"{party.ends:%H:%M}"}
    return {name: value for name, value in known.items() if name != "co_hosts"} | over


class TestEdit:
    @pytest.fixture
    def path(self, party: Party) -> str:
        return f"/parties/{party.pk}/edit/"

    def test_a_small_change_is_saved_at_once(self, dee: Client, path: str, party: Party) -> None:
        make_invitation(party, reached=True)
        answer = dee.post(path, typed(party, enough="5", food_note="cake"))
        assert answer["Location"] == f"/parties/{party.pk}/"
        party.refresh_from_db()
        assert (party.enough, party.food_note, party.revision) == (5, "cake", 1)

    @pytest.mark.parametrize(
        "over",
        [{"day": "2027-06-13"}, {"starts": "13:00"}, {"place": "The pool"}, {"timezone": "UTC"}],
        ids=lambda over: next(iter(over)),
    )
    def test_a_change_that_families_hear_of_asks_first(
        self, dee: Client, path: str, party: Party, over: dict[str, str]
    ) -> None:
        make_invitation(party, reached=True)
        text = dee.post(path, typed(party, **over)).content.decode()
        assert "1 home gets a mail about this" in text
        assert "Save and tell 1 home" in text
        if "place" in over:
            assert 'value="The pool"' in text
        party.refresh_from_db()
        assert (party.revision, party.place) == (1, "Victoria Park")

    def test_the_second_button_saves_it_and_the_families_hear_of_it(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, reached=True)
        dee.post(path, typed(party, place="The pool", tell="yes"))
        party.refresh_from_db()
        assert (party.revision, party.place) == (2, "The pool")
        plan(NOW)
        assert OutgoingEmail.objects.filter(kind=Kind.CHANGED.value).count() == 1

    def test_a_party_that_nobody_knows_of_is_moved_without_a_question(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, invited_at=None)
        dee.post(path, typed(party, place="The pool"))
        party.refresh_from_db()
        assert party.place == "The pool"

    def test_homes_that_cannot_come_are_not_counted(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, reached=True)
        make_invitation(party, guests=("Ben",), reached=True, answer=Answer.DECLINED)
        make_invitation(party, guests=("Leo",), emails=())
        text = dee.post(path, typed(party, place="The pool")).content.decode()
        assert "Save and tell 1 home" in text

    def test_what_cannot_be_changes_nothing_and_stays(
        self, dee: Client, path: str, party: Party
    ) -> None:
        text = dee.post(path, typed(party, ends="05:00", place="The pool")).content.decode()
        assert 'value="The pool"' in text
        assert "The party ends before it starts." in text
        party.refresh_from_db()
        assert party.place == "Victoria Park"

    def test_fields_that_are_none_of_the_forms_are_ignored(
        self, dee: Client, path: str, party: Party
    ) -> None:
        other = make_host()
        dee.post(path, typed(party, enough="4", host=other.pk, slug="mine", revision=7))
        party.refresh_from_db()
        assert (party.enough, party.revision) == (4, 1)
        assert party.host != other
        assert party.slug != "mine"

    def test_a_cancelled_party_does_not_change(self, dee: Client, path: str, party: Party) -> None:
        dee.post(f"/parties/{party.pk}/cancel/", {"note": ""})
        assert dee.post(path, typed(party, enough="9")).status_code == 302
        party.refresh_from_db()
        assert party.enough == 3

    def test_a_party_that_is_over_does_not_change(
        self, dee: Client, path: str, party: Party, clock: Traveller
    ) -> None:
        clock.move_to(party.ends_at)
        assert dee.get(path)["Location"] == f"/parties/{party.pk}/"


class TestCancel:
    @pytest.fixture
    def path(self, party: Party) -> str:
        return f"/parties/{party.pk}/cancel/"

    def test_it_says_first_who_gets_a_mail(self, dee: Client, path: str, party: Party) -> None:
        make_invitation(party, reached=True)
        make_invitation(party, guests=("Ben",), reached=True, answer=Answer.DECLINED)
        make_invitation(party, guests=("Leo",), invited_at=None)
        assert "Cancel it and tell 2 homes" in dee.get(path).content.decode()
        party.refresh_from_db()
        assert not party.is_cancelled

    def test_it_cancels_with_a_line_to_the_families(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, reached=True)
        dee.post(path, {"note": "Chicken pox.\r\nSorry"})
        party.refresh_from_db()
        assert party.cancelled_at == NOW
        assert party.cancel_note == "Chicken pox.\nSorry"
        plan(NOW)
        assert [mail.kind for mail in OutgoingEmail.objects.order_by("pk")][1:] == ["cancelled"]

    def test_a_second_tap_changes_nothing(self, dee: Client, path: str, party: Party) -> None:
        dee.post(path, {"note": "first"})
        dee.post(path, {"note": "second"})
        party.refresh_from_db()
        assert party.cancel_note == "first"

    def test_a_line_that_is_too_long_stays_and_cancels_nothing(
        self, dee: Client, path: str, party: Party
    ) -> None:
        assert "x" * 301 in dee.post(path, {"note": "x" * 301}).content.decode()
        party.refresh_from_db()
        assert not party.is_cancelled

    def test_the_page_of_today_says_so(self, dee: Client, path: str) -> None:
        text = dee.post(path, {"note": "Chicken pox"}, follow=True).content.decode()
        assert "This party is cancelled" in text
        assert "Chicken pox" in text


def test_the_preview_shows_the_page_of_a_family_with_buttons_that_rest(
    dee: Client, party: Party
) -> None:
    text = dee.get(f"/parties/{party.pk}/preview/").content.decode()
    assert "This is what families see." in text
    assert "Can Mia come?" in text
    assert "inert" in text


def test_the_preview_shows_a_home_that_is_on_the_list(dee: Client, party: Party) -> None:
    make_invitation(party, guests=("Ben", "Bella"), personal_line="Bring wellies")
    text = dee.get(f"/parties/{party.pk}/preview/").content.decode()
    assert "Can Ben and Bella come?" in text
    assert "Bring wellies" in text


@pytest.mark.parametrize("kind", ["invitation", "reminder"])
def test_the_mail_can_be_seen_before_it_goes_and_its_links_open_nothing(
    dee: Client, party: Party, kind: str
) -> None:
    make_invitation(party, guests=("Ben",), invited_at=None)
    path = f"/parties/{party.pk}/preview/{kind}/"
    assert f'src="{path}html/"' in dee.get(path).content.decode()
    answer = dee.get(f"{path}html/")
    links = set(re.findall(r"/(?:i|stop|forget|stranger)/[^/\"?]+/", answer.content.decode()))
    assert links
    assert {Client().get(link).status_code for link in links} == {404}
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert not OutgoingEmail.objects.exists()


def test_a_mail_needs_a_home_to_be_seen(dee: Client, party: Party) -> None:
    assert (
        "Add a home first" in dee.get(f"/parties/{party.pk}/preview/invitation/").content.decode()
    )
    assert dee.get(f"/parties/{party.pk}/preview/invitation/html/").status_code == 404
    assert dee.get(f"/parties/{party.pk}/preview/news/").status_code == 404


def test_a_stranger_sees_no_mail(stranger: Client, party: Party) -> None:
    make_invitation(party)
    for path in ("preview/invitation/", "preview/invitation/html/"):
        assert stranger.get(f"/parties/{party.pk}/{path}").status_code == 404
