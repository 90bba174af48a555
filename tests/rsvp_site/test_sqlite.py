"""Pages that wait for their turn to write leave threads for those that read."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from pytest_django import DjangoDbBlocker, Settings

from rsvp_site import patience
from rsvp_site.run import children
from rsvp_site.settings import SQLITE_OPTIONS
from rsvp_site.sqlite3 import base
from tests.running import wait_for


@pytest.fixture(autouse=True)
def _no_page() -> Iterator[None]:
    yield
    patience.end()


@pytest.fixture
def connected(
    tmp_path: Path, settings: Settings, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[], base.DatabaseWrapper]]:
    """Makes a connection to a database of its own, as the settings say."""
    settings_dict = {
        **settings.DATABASES["default"], "NAME": str(tmp_path / "a.sqlite3"),
        "OPTIONS": SQLITE_OPTIONS,
    }  # fmt: skip
    with django_db_blocker.unblock():
        yield lambda: base.DatabaseWrapper(settings_dict)


def test_there_are_threads_left_when_all_wait_that_may() -> None:
    assert int(children.THREADS) >= base.MAY_WAIT + 4


def test_a_page_too_many_is_turned_away_soon_and_the_others_have_their_turn(
    connected: Callable[[], base.DatabaseWrapper], tmp_path: Path
) -> None:
    had_their_turn: list[bool] = []

    def page() -> None:
        patience.begin()
        connection = connected()
        try:
            with transaction_of(connection):
                had_their_turn.append(True)
        except OperationalError:
            had_their_turn.append(False)
        finally:
            connection.close()

    connected().ensure_connection()
    threads = [threading.Thread(target=page) for _ in range(base.MAY_WAIT + 2)]
    with sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        for thread in threads:
            thread.start()
        wait_for(lambda: len(had_their_turn) == 2)
        assert time.monotonic() - began < SQLITE_OPTIONS["timeout"] / 2
        time.sleep(1)
        assert had_their_turn == [False, False]
        other.execute("ROLLBACK")
    for thread in threads:
        thread.join()
    assert had_their_turn == [False, False] + base.MAY_WAIT * [True]


def test_whoever_serves_no_page_always_waits_its_time(
    connected: Callable[[], base.DatabaseWrapper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_turns", threading.BoundedSemaphore(1))
    assert base._turns.acquire()
    connection = connected()
    monkeypatch.setattr(connection, "_begin_soon", lambda: pytest.fail("in a hurry"))
    with transaction_of(connection):
        assert connection.in_atomic_block
    connection.close()


@contextlib.contextmanager
def transaction_of(connection: base.DatabaseWrapper) -> Iterator[None]:
    """What `atomic` does with a connection."""
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    connection.in_atomic_block = True
    try:
        yield
    finally:
        connection.in_atomic_block = False
        connection.rollback()
        connection.set_autocommit(True)
