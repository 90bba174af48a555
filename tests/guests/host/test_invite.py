from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from time_machine import Traveller

from guests.links import answer_path
from guests.models import Invitation, OutgoingEmail
from guests.planner import plan
from parties.models import Party
from parties.services import cancel_party
from tests.factories import NOW, make_invitation, make_party


@pytest.fixture
def path(party: Party) -> str:
    return f"/parties/{party.pk}/invite/"


@pytest.fixture
def mia(party: Party) -> Invitation:
    return make_invitation(party, invited_at=None)


@pytest.fixture
def samira(party: Party) -> Invitation:
    return make_invitation(party, guests=("Samira",), emails=(), invited_at=None)


def sent(*homes: Invitation, **over: str) -> dict[str, object]:
    lines = {f"h{home.pk}-line": "" for home in homes}
    return {"home": [home.pk for home in homes], "send": "1", **lines, **over}


def test_it_says_what_goes_to_how_many(dee: Client, path: str, mia: Invitation) -> None:
    text = dee.get(path).content.decode()
    assert "Send 1 invitation" in text
    assert "Monday 7 June" in text


def test_a_home_without_an_address_has_its_link_to_pass_on(
    dee: Client, path: str, samira: Invitation
) -> None:
    text = dee.get(path).content.decode()
    assert answer_path(samira) in text
    assert "I will pass the links on" in text


def test_it_invites_once_and_the_plan_makes_the_mail(
    dee: Client, path: str, mia: Invitation, samira: Invitation, party: Party
) -> None:
    answer = dee.post(path, sent(mia, samira))
    assert answer["Location"] == f"/parties/{party.pk}/"
    for home in (mia, samira):
        home.refresh_from_db()
        assert home.invited_at == NOW
    plan(NOW)
    assert OutgoingEmail.objects.count() == 1


def test_a_second_tap_sends_nothing_more(dee: Client, path: str, mia: Invitation) -> None:
    dee.post(path, sent(mia))
    answer = dee.post(path, sent(mia), follow=True)
    assert "Nothing goes out twice." in answer.content.decode()
    plan(NOW)
    plan(NOW)
    assert OutgoingEmail.objects.count() == 1


def test_it_wakes_the_workers_after_the_commit(
    dee: Client,
    path: str,
    mia: Invitation,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr("guests.host.invite.wake", lambda: woken.append(True))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        dee.post(path, sent(mia))
        assert woken == []
    assert woken == [True]


def test_personal_lines_can_be_kept_for_later(dee: Client, path: str, mia: Invitation) -> None:
    data = sent(mia, **{f"h{mia.pk}-line": " The slide\u200b is waiting "})
    del data["send"]
    dee.post(path, {**data, "save": "1"})
    mia.refresh_from_db()
    assert (mia.personal_line, mia.invited_at) == ("The slide is waiting", None)


def test_a_line_that_is_too_long_stops_everything_and_stays(
    dee: Client, path: str, mia: Invitation, samira: Invitation
) -> None:
    data = sent(mia, samira, **{f"h{mia.pk}-line": "x" * 301, f"h{samira.pk}-line": "hello"})
    text = dee.post(path, data).content.decode()
    assert "x" * 301 in text
    assert 'value="hello"' in text
    assert "Please make this shorter" in text
    assert not Invitation.objects.filter(invited_at__isnull=False).exists()


def test_a_home_that_came_onto_the_list_meanwhile_waits(
    dee: Client, path: str, mia: Invitation, samira: Invitation
) -> None:
    dee.post(path, sent(mia))
    samira.refresh_from_db()
    assert samira.invited_at is None


def test_homes_of_another_party_are_left_alone(dee: Client, path: str, mia: Invitation) -> None:
    other = make_invitation(make_party(), invited_at=None)
    dee.post(path, sent(mia, other, **{f"h{other.pk}-line": "from a stranger"}))
    other.refresh_from_db()
    assert (other.invited_at, other.personal_line) == (None, "")


@pytest.mark.parametrize("home", ["x", "-1", "9" * 30, "٣", ""])
def test_a_broken_number_invites_nobody(dee: Client, path: str, mia: Invitation, home: str) -> None:
    assert dee.post(path, {"home": home, "send": "1"}).status_code == 302
    mia.refresh_from_db()
    assert mia.invited_at is None


def test_a_cancelled_party_invites_nobody(
    dee: Client, path: str, mia: Invitation, party: Party
) -> None:
    cancel_party(party=party, note="", now=NOW)
    assert "nobody can be invited now" in dee.get(path).content.decode()
    dee.post(path, sent(mia))
    mia.refresh_from_db()
    assert mia.invited_at is None


def test_a_party_that_has_begun_invites_nobody(
    dee: Client, path: str, mia: Invitation, party: Party, clock: Traveller
) -> None:
    clock.move_to(party.starts_at + timedelta(minutes=1))
    dee.post(path, sent(mia))
    mia.refresh_from_db()
    assert mia.invited_at is None
