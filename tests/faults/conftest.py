"""The rig of each test, on either database, and the table at the end."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker, Settings

from rsvp_site.env import BASE_DIR
from tests.faults import table
from tests.faults.rig import WAITS, Rig, copied, looking_at
from tests.faults.services import Postgres
from tests.faults.table import Seen
from tests.running import environment, free_port

DATABASES = ("sqlite", "postgresql")
_SEEN = pytest.StashKey[str]()
#: Where the first test process of a run left the cluster that all copy.
_NOTE = "postgres.txt"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(name, what, expected): a row of the fault matrix")
    config.addinivalue_line("markers", "only(database): a fault that one database knows")
    config.addinivalue_line("markers", "own_postgres(*options): a cluster that the test may break")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        metafunc.parametrize("database", only.args if only else DATABASES, scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    line = table.line_of(item)
    if line is not None:
        line.seen = item.stash.get(_SEEN, "")
        item.user_properties[:] = [(table.PROPERTY, asdict(line))]
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = _lines(terminalreporter.config)
    if not lines:
        return
    terminalreporter.section("The fault matrix")
    for text in table.rendered(lines):
        terminalreporter.write_line(text)
    if _whole(terminalreporter.config) and (left := table.missing(lines)):
        terminalreporter.write_line(f"Nobody looked at: {', '.join(left)}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A matrix with holes is no matrix."""
    if hasattr(session.config, "workerinput") or not _whole(session.config):
        return
    if table.missing(_lines(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last one to leave takes the cluster along that all have copied."""
    factory = getattr(config, "_tmp_path_factory", None)
    if hasattr(config, "workerinput") or factory is None:
        return
    note = factory.getbasetemp() / _NOTE
    if note.exists():
        Postgres(Path(note.read_text())).remove()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all test processes of this run."""
    root = tmp_path_factory.getbasetemp()
    return root.parent if "PYTEST_XDIST_WORKER" in os.environ else root


@pytest.fixture(scope="session")
def prepared(shared: Path) -> Path:
    """What is made once a run: an empty migrated SQLite database, and the static files."""
    folder = shared / "prepared"
    with _one_at_a_time(shared / "prepared.lock"):
        if not folder.exists():
            database = f"sqlite:///{folder}/full-table.sqlite3"
            folder.mkdir(mode=0o700)
            _manage(folder, database, "migrate", "--verbosity", "0")
            _manage(folder, database, "collectstatic", "--noinput", "--verbosity", "0")
    return folder


@pytest.fixture(scope="session")
def stopped_postgres(shared: Path, prepared: Path) -> Postgres:
    """A cluster with an empty migrated database called "empty", to be copied; it never runs."""
    note = shared / _NOTE
    with _one_at_a_time(shared / "postgres.lock"):
        if note.exists():
            cluster = Postgres(Path(note.read_text()))
        else:
            cluster = Postgres.made()
            cluster.start()
            cluster.create("empty")
            _manage(prepared, cluster.url("empty"), "migrate", "--verbosity", "0")
            cluster.stop()
            note.write_text(str(cluster.folder))
    return cluster


@pytest.fixture(scope="session")
def cluster(stopped_postgres: Postgres) -> Iterator[Postgres]:
    """The PostgreSQL of this test process."""
    copy = stopped_postgres.copy()
    copy.start("max_connections=200")
    yield copy
    copy.remove()


@pytest.fixture
def postgres(
    database: str, request: pytest.FixtureRequest, stopped_postgres: Postgres
) -> Iterator[Postgres | None]:
    """The cluster of this test: the shared one, or one of its own that it may break."""
    own = request.node.get_closest_marker("own_postgres")
    if database != "postgresql":
        yield None
    elif own is None:
        yield request.getfixturevalue("cluster")
    else:
        copy = stopped_postgres.copy()
        copy.start(*own.args)
        yield copy
        copy.remove()


@pytest.fixture
def database_url(prepared: Path, postgres: Postgres | None, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database."""
    if postgres is None:
        yield copied(prepared / "full-table.sqlite3", tmp_path / "database")
        return
    name = f"faults_{os.getpid()}_{free_port()}"
    postgres.create(name, template="empty")
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def rig(
    tmp_path: Path,
    prepared: Path,
    postgres: Postgres | None,
    database_url: str,
    settings: Settings,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Rig]:
    """An installation of its own; what stands at the end is audited."""
    made = Rig(tmp_path, database_url=database_url, static=prepared / "static", postgres=postgres)
    _mail_goes_by(made, settings)
    made.start()
    with django_db_blocker.unblock(), looking_at(database_url):
        try:
            yield made
            if not made.audited:
                made.audit()
        finally:
            made.stop()


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Seen:
    """Say what was seen; it stands in the table."""

    def say(words: str) -> None:
        request.node.stash[_SEEN] = words

    return say


def _mail_goes_by(rig: Rig, settings: Settings) -> None:
    """What the test itself sends goes to the same mail server, with the same patience."""
    for name, value in rig.smtp.settings(EMAIL_TIMEOUT=WAITS["SMTP_SECONDS"]).items():
        setattr(settings, name, value)
    for name in ("LEASE_SECONDS", "RETRY_SECONDS", "TICK_SECONDS", "MAIL_CONNECTIONS"):
        setattr(settings, name, WAITS[name])
    settings.SITE_URL = rig.url("")
    settings.VAR_DIR = rig.var_dir


def _manage(folder: Path, database_url: str, *arguments: str) -> None:
    env = environment(
        VAR_DIR=str(folder), DATABASE_URL=database_url, SITE_URL="http://localhost:8000"
    )
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=BASE_DIR, env=env, check=True)


class _one_at_a_time:  # noqa: N801 - reads like a function
    """Several test processes make one thing once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_error: Any) -> None:
        self._file.close()


def _lines(config: pytest.Config) -> list[table.Line]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    stats = reporter.stats if reporter else {}
    return table.lines_of(
        report for group in stats.values() for report in group if hasattr(report, "user_properties")
    )


def _whole(config: pytest.Config) -> bool:
    """Whether all of the matrix was asked for, and not a part of it."""
    return bool(config.getoption("--whole-matrix"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full-size", action="store_true", help="the storm and its like in full")
    parser.addoption("--minutes", type=float, default=60.0, help="how long the soak lasts in full")
    parser.addoption("--whole-matrix", action="store_true", help="fail where a fault is left out")
