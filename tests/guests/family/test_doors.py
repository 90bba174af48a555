"""Who may knock at a family's doors, what they answer with, and that looking changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from guests.links import (
    OF_CONTACTS,
    Purpose,
    answer_path,
    calendar_path,
    forget_path,
    stop_path,
    stranger_path,
    token_for,
)
from guests.models import Contact, Invitation, Response
from tests.factories import NOW, make_host
from tests.guests.family.stages import STAGES

DOORS = {
    "page": "/i/{}/",
    "stop": "/stop/{}/",
    "calendar": "/calendar/{}.ics",
    "forget": "/forget/{}/",
    "stranger": "/stranger/{}/",
}
OPENS = {
    Purpose.MAIL: "page",
    Purpose.FAMILY: "page",
    Purpose.PAPER: "page",
    Purpose.STOP: "stop",
    Purpose.CALENDAR: "calendar",
    Purpose.FAMILY_CALENDAR: "calendar",
    Purpose.FORGET: "forget",
    Purpose.FAMILY_FORGET: "forget",
    Purpose.STRANGER: "stranger",
}
MAKERS = [answer_path, stop_path, calendar_path, forget_path, stranger_path]


def token_of(purpose: Purpose, contact: Contact) -> str:
    return token_for(purpose, contact if purpose in OF_CONTACTS else contact.invitation)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("purpose", Purpose, ids=lambda purpose: purpose.name.lower())
def test_a_token_opens_its_own_door_and_no_other(
    purpose: Purpose, door: str, parent: Contact, phone: Client
) -> None:
    response = phone.get(DOORS[door].format(token_of(purpose, parent)))

    assert response.status_code == (200 if OPENS[purpose] == door else 404)


@pytest.mark.parametrize("purpose", Purpose, ids=lambda purpose: purpose.name.lower())
def test_a_token_with_the_letter_of_another_purpose_opens_nothing(
    purpose: Purpose, parent: Contact, phone: Client
) -> None:
    forged = Purpose.MAIL.value + token_of(purpose, parent)[1:]

    assert phone.get(f"/i/{forged}/").status_code == (200 if purpose is Purpose.MAIL else 404)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), id="last letter"
        ),
        pytest.param(lambda token: token[:-1], id="cut off"),
        pytest.param(str.swapcase, id="case flipped"),
        pytest.param(lambda token: token.replace(".", ""), id="no dot"),
        pytest.param(lambda token: "m0" + token[1:], id="leading zero"),
        pytest.param(lambda token: token + "%00", id="NUL"),
        pytest.param(lambda token: token + "%0d%0aSet-Cookie:a=b", id="line break"),
        pytest.param(lambda token: token + "ü", id="unicode"),
        pytest.param(lambda token: token * 200, id="ten thousand letters"),
        pytest.param(lambda _token: "%2e%2e", id="dots"),
        pytest.param(lambda _token: "m", id="one letter"),
        pytest.param(lambda _token: "mzzzzzzzzzzzzz.abc", id="a number too large"),
    ],
)
def test_a_mangled_token_opens_nothing(
    change: Callable[[str], str], parent: Contact, phone: Client
) -> None:
    mangled = change(token_for(Purpose.MAIL, parent))

    response = phone.get(f"/i/{mangled}/")

    assert response.status_code == 404
    assert "Set-Cookie" not in response


@pytest.mark.parametrize("end", [".", ")", ">", ",", "%20", "!"])
def test_what_a_mail_program_left_at_the_end_of_a_link_is_forgiven(
    end: str, parent: Contact, phone: Client
) -> None:
    token = token_for(Purpose.MAIL, parent)

    within = phone.get(f"/i/{token}{end}/")
    behind = phone.get(f"/i/{token}/{end}", follow=True)

    assert (within.status_code, behind.status_code) == (200, 200)
    assert "Nia and Theo" in behind.content.decode()


def _retire(contact: Contact) -> None:
    contact.retire(NOW)
    contact.save()


def _withdraw(contact: Contact) -> None:
    Invitation.objects.filter(pk=contact.invitation_id).update(withdrawn_at=NOW)


def _revoke(contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(version=2)


def _delete(contact: Contact) -> None:
    contact.delete()


@pytest.mark.parametrize("kill", [_retire, _withdraw, _revoke, _delete])
def test_a_dead_link_shows_what_a_wrong_one_shows(
    kill: Callable[[Contact], None], parent: Contact, phone: Client
) -> None:
    path = answer_path(parent)
    kill(parent)

    dead, wrong = phone.get(path), phone.get("/i/m1.wrong/")

    assert dead.status_code == wrong.status_code == 404
    assert dead.content == wrong.content
    assert "Jamie" not in dead.content.decode()


def test_a_link_dies_thirty_days_after_the_party(
    parent: Contact, phone: Client, clock: time_machine.Traveller
) -> None:
    ends = parent.invitation.party.ends_at

    clock.move_to(ends + timedelta(days=30) - timedelta(seconds=1))
    assert phone.get(answer_path(parent)).status_code == 200
    clock.move_to(ends + timedelta(days=30))
    assert phone.get(answer_path(parent)).status_code == 404


@pytest.mark.parametrize("make", MAKERS)
def test_no_door_leaks_its_address_or_sets_a_cookie(
    make: Callable[[Contact], str], parent: Contact, phone: Client
) -> None:
    responses = [phone.get(make(parent)), phone.post(make(parent), {"answer": "accepted"})]
    responses.append(phone.get(make(parent).replace("1.", "2.", 1)))

    for response in responses:
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store, private"
        assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("make", MAKERS)
def test_other_methods_are_refused_and_change_nothing(
    make: Callable[[Contact], str],
    method: str,
    parent: Contact,
    phone: Client,
    everything: Callable[[], str],
) -> None:
    before = everything()

    response = getattr(phone, method)(make(parent))

    assert response.status_code == 405
    assert response["Cache-Control"] == "no-store, private"
    assert everything() == before


@pytest.mark.parametrize("stage", STAGES)
def test_no_look_ever_writes(
    stage: str, phone: Client, everything: Callable[[], str], db: None
) -> None:
    path = STAGES[stage]()
    before = everything()

    for answer in ("accepted", "declined", "tentative", "video", "nonsense"):
        for look in (phone.get, phone.head, phone.options):
            look(path, {"answer": answer}, headers={"Sec-Purpose": "prefetch"})
            look(f"{path}?answer={answer}")

    assert everything() == before


def test_a_mail_scanner_that_opens_everything_fifty_times_changes_nothing(
    parent: Contact, phone: Client, everything: Callable[[], str]
) -> None:
    before = everything()

    for _time in range(50):
        phone.get(answer_path(parent), {"answer": "accepted"})
        phone.get(stop_path(parent), {"what": "everything"})
        phone.get(calendar_path(parent))
        phone.get(forget_path(parent), {"never": "yes"})
        phone.get(stranger_path(parent), {"what": "stranger"})

    assert everything() == before


@pytest.mark.parametrize("stage", STAGES)
def test_a_page_costs_two_queries_in_every_stage(
    stage: str, phone: Client, django_assert_num_queries: Any, db: None
) -> None:
    path = STAGES[stage]()

    with django_assert_num_queries(2):
        phone.get(path)


def test_a_host_who_is_signed_in_costs_no_query_more(
    parent: Contact, phone: Client, django_assert_num_queries: Any
) -> None:
    phone.force_login(make_host())

    with django_assert_num_queries(2):
        response = phone.get(answer_path(parent))

    assert not response.cookies


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example"])
def test_an_answer_needs_neither_origin_nor_cookie_nor_csrf_token(
    origin: str | None, parent: Contact, phone: Client
) -> None:
    headers = {"Origin": origin} if origin else {}

    response = phone.post(answer_path(parent), {"answer": "accepted"}, headers=headers)

    assert response.status_code == 303
    assert Response.objects.count() == 1


def test_the_page_speaks_the_language_of_the_contact(
    parent: Contact, phone: Client, settings: Any
) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    Contact.objects.filter(pk=parent.pk).update(language="ar")

    response = phone.get(answer_path(parent), headers={"Accept-Language": "en"})

    assert '<html lang="ar" dir="rtl"' in response.content.decode()
    assert response["Content-Language"] == "ar"


def test_a_language_that_the_site_does_not_speak_falls_back_to_the_party_s(
    parent: Contact, phone: Client, settings: Any
) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    Contact.objects.filter(pk=parent.pk).update(language="tlh")

    assert phone.get(answer_path(parent))["Content-Language"] == "en"


def test_a_page_for_nobody_known_speaks_the_language_of_the_browser(
    phone: Client, settings: Any, db: None
) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]

    response = phone.get("/i/m1.wrong/", headers={"Accept-Language": "ar"})

    assert '<html lang="ar" dir="rtl"' in response.content.decode()
