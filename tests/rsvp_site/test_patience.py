"""No page waits longer for the database than two seconds; workers do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from rsvp_site import patience
from rsvp_site.postgres.base import FOR_PAGES, DatabaseWrapper, PatientConnection
from rsvp_site.settings import POSTGRES_OPTIONS


@pytest.fixture(autouse=True)
def _nothing_hangs_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(patience, "_hangs_until", 0.0)
    monkeypatch.setattr(patience, "_next_try", 0.0)
    patience.begin()
    patience.end()
    yield
    patience.end()


@pytest.fixture
def hanging_server() -> Iterator[int]:
    """Takes connections and never says a word, as a server that was stopped in its tracks."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_whoever_serves_no_page_has_no_limit() -> None:
    assert patience.left() is None
    patience.waited(100)
    assert patience.left() is None


def test_the_longer_waits_of_a_page_share_its_patience() -> None:
    patience.begin()
    for seconds in (0.01, 0.5, 0.1, 1.0):
        patience.waited(seconds)
    assert patience.left() == pytest.approx(patience.PAGE - 1.5)
    patience.waited(5)
    assert patience.left() == 0
    patience.begin()
    assert patience.left() == patience.PAGE


def test_after_a_vain_wait_one_page_tries_and_the_others_do_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = time.monotonic()
    patience.begin()
    patience.in_vain()
    assert patience.left() == 0
    patience.begin()
    assert patience.left() == 0
    monkeypatch.setattr(time, "monotonic", lambda: now + patience.HANGS_FOR - 0.1)
    patience.begin()
    assert patience.left() == patience.TRY
    patience.begin()
    assert patience.left() == 0


def test_a_try_in_vain_does_not_keep_a_slow_database_out_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = time.monotonic()
    now = [began]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    patience.begin()
    patience.in_vain()
    while now[0] < began + patience.HANGS_FOR:
        patience.begin()
        patience.in_vain()
        now[0] += patience.TRY
    patience.begin()
    assert patience.left() == patience.PAGE


def test_a_database_that_answers_again_is_waited_for_again() -> None:
    patience.begin()
    patience.in_vain()
    patience.waited(0.1)
    patience.begin()
    assert patience.left() == patience.PAGE


def test_a_page_without_patience_calls_nobody(hanging_server: int) -> None:
    patience.begin()
    patience.in_vain()
    with pytest.raises(psycopg.OperationalError, match="kept a page waiting"):
        PatientConnection.connect(host="127.0.0.1", port=hanging_server, dbname="x")


def test_a_vain_wait_is_forgotten_after_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    patience.in_vain()
    later = time.monotonic() + patience.HANGS_FOR
    monkeypatch.setattr(time, "monotonic", lambda: later)
    patience.begin()
    assert patience.left() == patience.PAGE


def test_each_request_begins_with_fresh_patience() -> None:
    seen: list[float | None] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(patience.left())
        patience.waited(1.5)
        return []

    for _ in range(2):
        patience.for_pages(application)({}, None)
    assert seen == [patience.PAGE, patience.PAGE]


def test_a_page_does_not_wait_for_a_server_that_hangs_while_it_is_called(
    hanging_server: int,
) -> None:
    patience.begin()
    with pytest.raises(psycopg.OperationalError, match=r"kept a page waiting|timeout"):
        PatientConnection.connect(
            host="127.0.0.1", port=hanging_server, dbname="x", connect_timeout=60
        )
    assert patience.left() == 0


def test_a_worker_waits_for_it_as_long_as_it_was_told(hanging_server: int) -> None:
    began = time.monotonic()
    with pytest.raises(psycopg.OperationalError, match="timeout"):
        PatientConnection.connect(
            host="127.0.0.1", port=hanging_server, dbname="x", connect_timeout=3
        )
    assert time.monotonic() - began >= 3


def test_only_connections_of_pages_have_the_short_limits_of_the_server() -> None:
    wrapper = DatabaseWrapper(
        {
            "NAME": "x", "USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "TIME_ZONE": None,
            "OPTIONS": POSTGRES_OPTIONS,
        }
    )  # fmt: skip
    ours = wrapper.get_connection_params()["options"]
    assert FOR_PAGES not in ours
    patience.begin()
    assert wrapper.get_connection_params()["options"] == f"{ours} {FOR_PAGES}"
