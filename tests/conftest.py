"""What every test stands on. pyproject.toml keeps all of them on this machine's own network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend

pytest.register_assert_rewrite("tests.mailform")

from tests import chromium, mailform, spamassassin  # noqa: E402

#: In CI nothing may be left out.
STRICT = os.environ.get("CI", "").lower() in ("1", "true")


#: Breaks real servers and takes its time: `make faults` asks for it by name.
FAULTS = Path(__file__).parent / "faults"


@pytest.fixture(autouse=True)
def _every_mail_has_its_form(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks at each mail that reached the outbox in memory or a mail server of this process."""
    from guests.outbox.handover import Sender  # Django is not ready when this file is read

    mailform.empty()
    send, prepare = EmailBackend.send_messages, Sender._prepare

    def keep(backend: EmailBackend, messages: Sequence[EmailMessage]) -> int:
        for message in messages:
            mailform.arrived(message.recipients(), message.message().as_bytes())
        return send(backend, messages)

    def note(sender: Sender, mail: Any) -> Any:
        prepared, parcel = prepare(sender, mail)
        mailform.tried(mail.pk, mail.message_id, prepared.content)
        return prepared, parcel

    monkeypatch.setattr(EmailBackend, "send_messages", keep)
    monkeypatch.setattr(Sender, "_prepare", note)
    yield
    mailform.assert_all(mailform.empty())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves the faults out where nobody asked for them."""
    asked = any(str(FAULTS.name) in argument for argument in config.invocation_params.args)
    return True if collection_path == FAULTS and not asked else None


#: What a machine may lack: the mark of the tests that need it, how to find it, what to say.
WANTED: tuple[tuple[str, Callable[[], str | None], str], ...] = (
    ("browser", chromium.find, chromium.LEFT_OUT),
    (spamassassin.MARK, spamassassin.find, spamassassin.LEFT_OUT),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests for which this machine lacks something."""
    lacking = [mark for mark, find, _words in WANTED if not find()]
    left_out = [item for item in items if any(map(item.get_closest_marker, lacking))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out, and what SpamAssassin thinks of our mail."""
    if lines := _spam_lines(terminalreporter):
        terminalreporter.section("What SpamAssassin thinks of our mail")
        for line in lines:
            terminalreporter.write_line(line)
    for _mark, find, words in WANTED:
        if not find():
            terminalreporter.write_line(words)
    if STRICT and _skipped(terminalreporter.config):
        terminalreporter.write_line("Tests were skipped, and in CI that is a failure.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was skipped or left out fails the run."""
    controller = not hasattr(session.config, "workerinput")
    lacks = not all(find() for _mark, find, _words in WANTED)
    if STRICT and controller and (lacks or _skipped(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _spam_lines(reporter: pytest.TerminalReporter) -> list[str]:
    reports = [*reporter.stats.get("passed", []), *reporter.stats.get("failed", [])]
    properties = [one for report in reports for one in getattr(report, "user_properties", [])]
    return [str(value) for name, value in properties if name == spamassassin.PROPERTY]


def _skipped(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return bool(reporter and reporter.stats.get("skipped"))
