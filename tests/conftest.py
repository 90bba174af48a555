"""What every test stands on. pyproject.toml keeps all of them on this machine's own network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend

pytest.register_assert_rewrite("tests.mailform")

from tests import chromium, mailform  # noqa: E402

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the browser tests out where no Chromium is."""
    if chromium.find():
        return
    without = [item for item in items if not item.get_closest_marker("browser")]
    if len(without) < len(items):
        config.hook.pytest_deselected(items=[i for i in items if i.get_closest_marker("browser")])
        items[:] = without


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out."""
    if not chromium.find():
        terminalreporter.write_line(chromium.LEFT_OUT)
    if STRICT and _skipped(terminalreporter.config):
        terminalreporter.write_line("Tests were skipped, and in CI that is a failure.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was skipped or left out fails the run."""
    controller = not hasattr(session.config, "workerinput")
    if STRICT and controller and (not chromium.find() or _skipped(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return bool(reporter and reporter.stats.get("skipped"))
