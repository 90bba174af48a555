"""Every page says it when the database is in trouble, and none of them breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import ObjectDoesNotExist
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    connection,
)
from django.test import Client
from django.urls import reverse

from parties.models import Host, Party
from rsvp_site import trouble
from rsvp_site.postgres.base import MaybeSaved
from rsvp_site.seldom import Seldom
from rsvp_site.sessions import SessionStore
from tests.factories import make_host, make_party
from tests.guests.family.reading import forms, words


def _from_the_driver(error: Exception) -> Exception:
    """As Django hands on what the driver raised."""
    error.__cause__ = Exception("the driver's own")
    return error


FAILS = [
    pytest.param(OperationalError("database is locked"), id="locked"),
    pytest.param(OperationalError("database or disk is full"), id="full"),
    pytest.param(OperationalError("server closed the connection unexpectedly"), id="killed"),
    pytest.param(InterfaceError("connection already closed"), id="closed"),
    pytest.param(_from_the_driver(DatabaseError("lost synchronization")), id="lost"),
]
WRITES = ("INSERT", "UPDATE", "DELETE")


def failing(error: Exception, only: tuple[str, ...] = ("",)) -> Callable[..., Any]:
    """A database that fails at every statement that begins with one of `only`."""

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(only):
            raise error
        return run(sql, params, many, context)

    return execute


@pytest.fixture(autouse=True)
def _says_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "_seldom", Seldom())


@pytest.fixture
def host() -> Host:
    return make_host()


@pytest.fixture
def browser(host: Host) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(host)
    return client


@pytest.fixture
def party(host: Host) -> Party:
    return make_party(host, day=date(2030, 6, 12))


@pytest.fixture
def typed(browser: Client, party: Party) -> dict[str, Any]:
    """What a host sends to cancel a party."""
    shown = forms(browser.get(reverse("party_cancel", args=[party.pk])))[-1]
    return {"csrfmiddlewaretoken": shown["csrfmiddlewaretoken"][:1], "note": "Mia has <spots>"}


@pytest.fixture
def pages(party: Party) -> list[str]:
    return [
        "/",
        *(reverse(name) for name in ("parties", "party_new", "account_logout")),
        *(
            reverse(name, args=[party.pk])
            for name in ("party", "party_edit", "party_cancel", "homes_add", "invite")
        ),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("error", FAILS)
def test_no_page_of_a_host_breaks(error: Exception, browser: Client, pages: list[str]) -> None:
    for path in pages:
        with connection.execute_wrapper(failing(error)):
            response = browser.get(path)
        assert response.status_code == 503, path
        assert response["Retry-After"]
        assert "no-store" in response["Cache-Control"]
        assert "We need a moment." in words(response)
        assert "Traceback" not in response.content.decode()


@pytest.mark.django_db
def test_whoever_is_a_stranger_still_sees_the_first_page_and_the_door() -> None:
    stranger = Client()
    with connection.execute_wrapper(failing(OperationalError("down"))):
        assert stranger.get("/").status_code == 200
        assert stranger.get(reverse("account_request_login_code")).status_code in (200, 503)


@pytest.mark.django_db
@pytest.mark.parametrize("error", FAILS)
@pytest.mark.parametrize("only", [("",), WRITES], ids=["nothing works", "nothing can be written"])
def test_what_a_host_typed_can_be_sent_again(
    error: Exception, only: tuple[str, ...], browser: Client, party: Party, typed: dict[str, Any]
) -> None:
    path = reverse("party_cancel", args=[party.pk])
    with connection.execute_wrapper(failing(error, only)):
        response = browser.post(path, typed)

    assert response.status_code == 503
    assert "What you typed is still here" in words(response)
    assert not Party.objects.get().is_cancelled
    again = forms(response)[-1]
    assert again == {
        name: [value] if isinstance(value, str) else value for name, value in typed.items()
    }
    assert browser.post(path, again).status_code == 302
    assert Party.objects.get().is_cancelled


@pytest.mark.django_db
def test_a_form_that_came_from_elsewhere_is_not_handed_back(browser: Client) -> None:
    with connection.execute_wrapper(failing(OperationalError("down"))):
        response = browser.post(reverse("party_new"), {"child_name": "<evil>"})
    assert response.status_code == 403
    assert "evil" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("error", FAILS)
def test_somebody_who_signs_in_meanwhile_is_asked_to_come_back(error: Exception) -> None:
    make_host(email="rosa@example.org")
    visitor = Client()
    with connection.execute_wrapper(failing(error)):
        response = visitor.post(
            reverse("account_request_login_code"), {"email": "rosa@example.org"}
        )
    assert response.status_code == 503


@pytest.mark.django_db
def test_middleware_that_meets_the_trouble_breaks_no_page(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> None:
        raise OperationalError("down")

    browser.raise_request_exception = False
    monkeypatch.setattr(
        "django.contrib.messages.middleware.MessageMiddleware.process_response", away
    )
    response = browser.get(reverse("parties"))
    assert response.status_code == 503
    assert "We need a moment." in words(response)


@pytest.mark.django_db
def test_our_own_mistakes_stay_mistakes(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_args: Any) -> None:
        raise ZeroDivisionError

    browser.raise_request_exception = False
    monkeypatch.setattr(
        "django.contrib.messages.middleware.MessageMiddleware.process_response", wrong
    )
    assert browser.get(reverse("parties")).status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize("error", FAILS)
def test_a_session_that_cannot_be_saved_is_no_mistake_of_the_visitor(error: Exception) -> None:
    session = SessionStore()
    session.create()
    session["something"] = 1
    with connection.execute_wrapper(failing(error, WRITES)), pytest.raises(type(error)):
        session.save()


@pytest.mark.django_db
def test_a_session_that_somebody_ended_is_still_ended() -> None:
    session = SessionStore()
    session.create()
    SessionStore(session.session_key).delete()
    with pytest.raises(UpdateError):
        session.save()


def _raised_from(cause: Exception, error: Exception) -> Exception:
    try:
        try:
            raise cause
        except type(cause):
            raise error  # noqa: B904 - as somebody who did not think of it
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(), True),
        (InterfaceError(), True),
        (_from_the_driver(DatabaseError()), True),
        (DatabaseError("Forced update did not affect any rows."), False),
        (_raised_from(OperationalError(), ValueError()), True),
        (IntegrityError(), False),
        (DataError(), False),
        (ProgrammingError(), False),
        (ObjectDoesNotExist(), False),
        (ValueError(), False),
        (None, False),
    ],
    ids=repr,
)
def test_what_is_trouble(error: Exception | None, expected: bool) -> None:
    assert trouble.is_trouble(error) is expected


def _broken_off_in_a_commit() -> Exception:
    return _from_the_driver_as(MaybeSaved(), OperationalError())


def _from_the_driver_as(cause: Exception, error: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_broken_off_in_a_commit(), True),
        (_raised_from(_broken_off_in_a_commit(), OperationalError("no new line either")), True),
        (OperationalError(), False),
        (None, False),
    ],
    ids=repr,
)
def test_what_may_be_saved_all_the_same(error: Exception | None, expected: bool) -> None:
    assert trouble.may_be_saved(error) is expected


@pytest.mark.django_db
def test_of_a_form_that_may_be_saved_nobody_says_that_it_is_not(
    browser: Client, party: Party, typed: dict[str, Any]
) -> None:
    path = reverse("party_cancel", args=[party.pk])
    with connection.execute_wrapper(failing(_broken_off_in_a_commit(), WRITES)):
        response = browser.post(path, typed)
    assert response.status_code == 503
    assert "We do not know whether that was saved." in words(response)
    assert "could not save" not in words(response)
    assert forms(response)[-1]["note"] == [typed["note"]]


@pytest.mark.django_db
def test_the_log_hears_of_it_once(browser: Client, caplog: pytest.LogCaptureFixture) -> None:
    with connection.execute_wrapper(failing(OperationalError("down"))):
        for _ in range(5):
            browser.get(reverse("parties"))
    ours = [record for record in caplog.records if record.name == "rsvp_site.trouble"]
    assert len(ours) == 1
