"""PostgreSQL dies, hangs, cuts its lines, or has none left: no page breaks, no answer is lost."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

import psycopg
import pytest
from django.db import connections

from guests.models import Invitation, OutgoingEmail, State
from parties.words import Kind
from tests.faults.crowd import Crowd, more_homes
from tests.faults.households import due_homes, party_soon
from tests.faults.rig import Rig
from tests.faults.services import Postgres
from tests.faults.table import Seen, fault

pytestmark = pytest.mark.only("postgresql")


def the_database(rig: Rig) -> Postgres:
    assert rig.postgres is not None
    return rig.postgres


def name_of(rig: Rig) -> str:
    return rig.database_url.rpartition("/")[2]


@fault(
    "F17",
    "PostgreSQL killed mid-run and started again, three times",
    expected="503 with the form kept, no answer lost, all mails once",
)
@pytest.mark.own_postgres
def test_a_postgresql_that_is_killed_loses_no_answer(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 8, party)
    rig.web()
    rig.beat()
    rig.worker()
    with Crowd(rig, homes[:4], host=party.host) as crowd:
        crowd.hears_thanks()
        for _ in range(3):
            the_database(rig).crash()
            crowd.is_turned_away()
            the_database(rig).start()
            crowd.hears_thanks()
    _open_ours_anew()
    reminded = more_homes(rig, 4, party)
    rig.settle()
    crowd.was_honest()
    assert crowd.turned_away
    _each_was_reminded_once(reminded)
    seen(crowd.words)


@fault(
    "F18",
    "every connection to PostgreSQL cut, again and again",
    expected="503 with the form kept at worst, no answer lost, all mails once",
)
def test_lines_that_are_cut_lose_no_answer(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 12, party)
    rig.web()
    rig.beat()
    rig.worker()
    cut = 0
    with Crowd(rig, homes[:4], host=party.host) as crowd:
        crowd.hears_thanks()
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            cut += the_database(rig).terminate_backends(name_of(rig))
            time.sleep(1)
        crowd.hears_thanks()
    _open_ours_anew()
    rig.settle()
    crowd.was_honest()
    assert cut >= 10
    seen(f"{cut} cut; {crowd.words}")


def test_a_line_that_was_cut_while_it_was_idle_is_not_noticed(rig: Rig) -> None:
    """Nobody is turned away for a connection that died between two pages."""
    homes = due_homes(rig, 1)
    rig.manage("tick", "--drain")
    rig.web()
    for _ in range(10):
        with Crowd(rig, homes, host=homes[0].party.host) as crowd:
            crowd.hears_thanks(2)
        assert crowd.turned_away == 0
        crowd.was_honest()
        assert the_database(rig).terminate_backends(name_of(rig))
        _open_ours_anew()


@fault(
    "F19",
    "30 clients for the 10 connections that PostgreSQL has",
    expected="503 and Retry-After, no half answer; all well afterwards",
)
@pytest.mark.own_postgres("max_connections=10", "superuser_reserved_connections=0")
def test_when_there_is_no_connection_left_pages_say_so(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 4)
    rig.web()
    crowd, after = Crowd(rig, homes, families=4), Crowd(rig, homes, families=4)
    with contextlib.ExitStack() as greedy:
        _open_ours_anew()
        _take_all(rig, greedy)
        with crowd:
            crowd.is_turned_away(30)
    assert not crowd.thanked
    with after:
        after.hears_thanks(4)
    crowd.was_honest()
    after.was_honest()
    rig.manage("tick", "--drain")
    seen(crowd.words)


@fault(
    "F17",
    "PostgreSQL hangs (SIGSTOP)",
    expected="503 within 3 s on every page; all well when it goes on",
)
@pytest.mark.own_postgres
def test_a_postgresql_that_hangs_holds_no_page(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = more_homes(rig, 14, party)
    rig.web()
    with Crowd(rig, homes[:12], host=party.host, families=12) as crowd:
        crowd.hears_thanks()
        the_database(rig).freeze()
        since = time.monotonic()
        try:
            while time.monotonic() < since + 15:
                crowd.is_turned_away(1)
        finally:
            the_database(rig).thaw()
        crowd.hears_thanks(6)
    crowd.was_honest()
    rig.beat()
    rig.worker()
    rig.settle()
    seen(crowd.words)


def _take_all(rig: Rig, greedy: contextlib.ExitStack) -> None:
    """Cut the lines of everybody else, and hold every line that there is."""
    url = rig.database_url
    first = greedy.enter_context(psycopg.connect(url, autocommit=True))
    first.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with contextlib.suppress(psycopg.OperationalError):
        for _ in range(30):
            greedy.enter_context(psycopg.connect(url, autocommit=True))


def _open_ours_anew() -> None:
    """The test's own line to the database was cut as well."""
    connections.close_all()


def _each_was_reminded_once(homes: Sequence[Invitation]) -> None:
    """Or it is not known whether the reminder arrived, and then it is held."""
    for home in homes:
        mail = OutgoingEmail.objects.get(invitation=home, kind=Kind.REMINDER)
        assert mail.state in (State.SENT, State.UNCERTAIN), mail.state
