"""A page's patience with a PostgreSQL that is slow and lives: nobody is told what is not so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from rsvp_site import patience
from rsvp_site.postgres.base import FOR_PAGES, MaybeSaved, PatientConnection
from tests.faults.services import Postgres
from tests.faults.table import Seen, fault

pytestmark = [pytest.mark.only("postgresql"), pytest.mark.usefixtures("database")]

# Each row that is stored makes its commit so much slower (seconds).
_SLOW = """
create table slow (seconds float);
create function wait() returns trigger language plpgsql as
    $$ begin perform pg_sleep(new.seconds); return null; end $$;
create constraint trigger waits after insert on slow deferrable initially deferred
    for each row execute function wait();
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server in which a commit can be slow."""
    cluster = Postgres.made()
    try:
        cluster.start("max_connections=20")
        cluster.create("slow")
        with psycopg.connect(cluster.url("slow"), autocommit=True) as connection:
            connection.execute(_SLOW)
        yield cluster.url("slow")
    finally:
        cluster.remove()


@pytest.fixture
def page(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PatientConnection]:
    """The connection of a page that begins now."""
    monkeypatch.setattr(patience, "_hangs_until", 0.0)
    monkeypatch.setattr(patience, "_next_try", 0.0)
    patience.begin()
    connection = PatientConnection.connect(server, options=FOR_PAGES)
    yield connection
    patience.end()
    connection.close()


def stored(server: str) -> int:
    with psycopg.connect(server) as connection:
        ((count,),) = connection.execute("select count(*) from slow")
    return int(count)


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it is so within some seconds."""
    ends = time.monotonic() + 20
    while not condition() and time.monotonic() < ends:
        time.sleep(0.05)
    return condition()


@fault(
    "F17",
    "a page has no patience left when its COMMIT is through",
    expected="it is stored, and the page says so",
)
def test_what_was_committed_is_not_called_unsaved(
    server: str, page: PatientConnection, seen: Seen
) -> None:
    before = stored(server)
    page.execute("insert into slow values (0)")
    page.commit()
    patience.waited(patience.PAGE)
    assert patience.left() == 0
    page.autocommit = True  # Django does, after each commit
    assert stored(server) == before + 1
    seen("1 stored, 0 errors")


@fault(
    "F17",
    "a page's COMMIT takes longer than the patience that is left",
    expected="it is waited for a little longer, and the page says that it is stored",
)
def test_a_commit_has_patience_of_its_own(server: str, page: PatientConnection, seen: Seen) -> None:
    before = stored(server)
    page.execute("insert into slow values (0.3)")
    patience.waited(patience.PAGE - 0.1)
    began = time.monotonic()
    page.commit()
    took = time.monotonic() - began
    assert stored(server) == before + 1
    seen(f"1 stored after {took:.1f} s, with 0.1 s left; 0 errors")


@fault(
    "F17",
    "a page's COMMIT takes too long even so",
    expected="it is given up within 3 s in all, as one of which nobody knows",
)
def test_of_a_commit_that_was_given_up_nobody_says_that_it_is_not_stored(
    server: str, page: PatientConnection, seen: Seen
) -> None:
    before = stored(server)
    page.execute("insert into slow values (1.5)")
    patience.waited(patience.PAGE - 0.1)
    began = time.monotonic()
    with pytest.raises(MaybeSaved):
        page.commit()
    assert patience.PAGE + time.monotonic() - began < 3
    assert patience.left() == 0
    assert soon(lambda: stored(server) == before + 1)
    seen("given up as unclear; 1 stored")


@fault(
    "F8",
    "one page asks a PostgreSQL that lives for something that takes too long",
    expected="that page is turned away, and no other one",
)
def test_a_slow_statement_turns_no_other_page_away(
    page: PatientConnection, server: str, seen: Seen
) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        page.execute("select pg_sleep(5)")
    assert not page.closed
    answered = _pages(server, 12)
    seen(f"1 turned away, {answered} of 12 others answered")
    assert answered == 12


@fault(
    "F8",
    "the same from a page that has waited before",
    expected="that page is turned away, and no other one",
)
def test_a_page_that_gives_up_early_takes_no_server_for_one_that_hangs(
    page: PatientConnection, server: str, seen: Seen
) -> None:
    page.execute("select pg_sleep(0.8)")
    with pytest.raises(psycopg.OperationalError):
        page.execute("select pg_sleep(5)")
    answered = _pages(server, 12)
    seen(f"1 turned away, {answered} of 12 others answered")
    assert answered == 12


def _pages(server: str, count: int) -> int:
    """So many pages, one after the other in a thread of its own; returns how many were answered."""
    answered: list[int] = []

    def one() -> None:
        patience.begin()
        with PatientConnection.connect(server, options=FOR_PAGES) as connection:
            connection.execute("select 1")
        answered.append(1)

    for _ in range(count):
        thread = threading.Thread(target=one)
        thread.start()
        thread.join()
    return len(answered)
