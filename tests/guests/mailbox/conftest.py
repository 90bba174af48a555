from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def mailbox_folder(settings: Settings, tmp_path: Path) -> Path:
    """A mailbox of the test's own, in use."""
    settings.EMBEDDED_MAILBOX = True
    settings.EMAIL_BACKEND = "guests.mailbox.backend.MailboxBackend"
    settings.MAILBOX_DIR = tmp_path / "mailbox"
    return tmp_path / "mailbox"
