"""Each check speaks when something is wrong, and only then."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from rsvp_site import checks

MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:44 / /srv/shared rw - nfs4 server:/export rw
31 21 0:45 / /srv/my\\040files rw - fuse.sshfs somebody@server:/ rw
32 30 0:46 / /srv/shared/local rw - xfs /dev/sdb1 rw
"""


@pytest.fixture
def in_public(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a site at which there is nothing to find."""
    tmp_path.chmod(0o700)
    settings.SITE_URL = "https://party.full-table.lan"
    settings.ALLOWED_HOSTS = ["party.full-table.lan"]
    settings.DEFAULT_FROM_EMAIL = "Full Table <party@full-table.lan>"
    settings.EMBEDDED_MAILBOX = False
    settings.EMAIL_HOST = "smtp.full-table.lan"
    settings.EMAIL_USE_TLS = True
    settings.VAR_DIR = tmp_path
    return settings


def found() -> list[str]:
    all_checks: list[Any] = [
        checks.database_is_on_this_machine,
        checks.time_zones_are_known,
        checks.site_answers_to_its_own_name,
        checks.site_is_public_on_purpose,
        checks.mail_comes_from_somebody,
        checks.state_is_private,
        checks.lease_outlives_the_task,
    ]
    return [str(message.id) for check in all_checks for message in check()]


def test_a_good_public_site_has_nothing_to_hear(in_public: Settings) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "identifier"),
    [
        pytest.param("ALLOWED_HOSTS", ["other.lan"], "site.E003", id="its own name is missing"),
        pytest.param("ALLOWED_HOSTS", ["*"], "site.W002", id="every name"),
        pytest.param("DEFAULT_FROM_EMAIL", "a@example.org", "site.W003", id="an example"),
        pytest.param("DEFAULT_FROM_EMAIL", "Full Table", "site.W003", id="no address"),
        pytest.param("EMAIL_USE_TLS", False, "site.W004", id="in the clear"),
        pytest.param("LEASE_SECONDS", 60, "site.W006", id="a short lease"),
    ],
)
def test_what_is_wrong_is_said(
    in_public: Settings, name: str, value: object, identifier: str
) -> None:
    setattr(in_public, name, value)
    assert found() == [identifier]


def test_a_loopback_address_is_told_before_deploying(in_public: Settings) -> None:
    in_public.SITE_URL = "http://localhost:8000"
    in_public.ALLOWED_HOSTS = ["localhost"]
    assert found() == ["site.W001"]


def test_state_that_others_can_read_is_told(in_public: Settings) -> None:
    folder = in_public.VAR_DIR
    folder.chmod(stat.S_IRWXU | stat.S_IRGRP)
    assert found() == ["site.W005"]


def test_sqlite_over_a_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/srv/shared/a.sqlite3"}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": database}))
    monkeypatch.setattr(checks, "file_system_of", lambda _path, _mounts: "nfs4")
    assert [message.id for message in checks.database_is_on_this_machine()] == ["site.E001"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/shared/a.sqlite3", "nfs4"),
        ("/srv/shared/local/a.sqlite3", "xfs"),
        ("/srv/my files/a.sqlite3", "fuse.sshfs"),
        ("/srv/sharedness/a.sqlite3", "ext4"),
        ("/var/a.sqlite3", "ext4"),
    ],
)
def test_the_file_system_is_the_innermost_mount(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert checks.file_system_of(Path(path), mounts) == kind


def test_without_a_list_of_mounts_nothing_is_claimed(tmp_path: Path) -> None:
    assert checks.file_system_of(tmp_path, tmp_path / "none") == ""
