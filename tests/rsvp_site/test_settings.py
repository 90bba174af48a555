"""Settings as a process of the product gets them; each case starts a fresh Python."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from rsvp_site.env import BASE_DIR
from tests.running import environment

PUBLIC = {
    "SITE_URL": "https://party.example.org",
    "SECRET_KEY": "k3-" + "0123456789abcdefghij" * 3,
    "DATABASE_URL": "postgres://user:password@db/full_table",
    "REDIS_URL": "redis://:password@broker:6379/0",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "party@example.org",
    "INSTANCE_ID": "one",
}
SHOW = """
import json
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "rsvp_site.settings"
from rsvp_site import settings
named = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
print(json.dumps(named, default=lambda value: type(value).__name__))
"""


def python(code: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, text=True, capture_output=True, check=False,
        env=environment(VAR_DIR=str(folder / "var"), **settings), timeout=60,
    )  # fmt: skip


def shown(folder: Path, **settings: str) -> dict[str, Any]:
    done = python(SHOW, folder, **settings)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_a_public_site_is_locked_in_every_way(tmp_path: Path) -> None:
    found = shown(tmp_path, **PUBLIC)
    assert found["DEBUG"] is False
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    for name in ("SESSION", "CSRF", "LANGUAGE"):
        assert found[f"{name}_COOKIE_SECURE"] is True
        assert found[f"{name}_COOKIE_HTTPONLY"] is True
        assert found[f"{name}_COOKIE_NAME"].startswith("__Host-")
    assert found["ALLOWED_HOSTS"] == ["party.example.org"]
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert found["EMBEDDED_MAILBOX"] is False


def test_postgresql_is_bounded_and_kept(tmp_path: Path) -> None:
    database = shown(tmp_path, **PUBLIC)["DATABASES"]["default"]
    assert database["CONN_MAX_AGE"] == 60
    assert database["CONN_HEALTH_CHECKS"] is True
    for option in ("statement_timeout=15s", "lock_timeout=5s", "synchronous_commit=on"):
        assert option in database["OPTIONS"]["options"]


def test_sqlite_is_set_so_that_answers_survive(tmp_path: Path) -> None:
    code = """
import django; django.setup()
from django.db import connection
with connection.cursor() as cursor:
    print(*[cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")],
          connection.transaction_mode)
"""
    done = python(code, tmp_path, DJANGO_SETTINGS_MODULE="rsvp_site.settings")
    assert done.stdout.split() == ["wal", "2", "1", "20000", "IMMEDIATE"], done.stderr


def test_the_limits_of_a_task_fit_into_each_other(tmp_path: Path) -> None:
    found = shown(tmp_path)
    soft, hard = found["CELERY_TASK_SOFT_TIME_LIMIT"], found["CELERY_TASK_TIME_LIMIT"]
    visible = found["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"]
    assert soft < hard < visible < found["LEASE_SECONDS"]
    assert found["CELERY_RESULT_BACKEND"] is None
    assert found["CELERY_BEAT_SCHEDULER"] == "rsvp_site.beat:SteadyScheduler"
    assert found["CELERY_BEAT_SCHEDULE"]["tick"]["task"] == "guests.tasks.tick"


def test_a_missing_service_ends_a_command_with_sentences_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=BASE_DIR, text=True, capture_output=True,
        env=environment(VAR_DIR=str(tmp_path), SITE_URL="https://party.example.org"), check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "DATABASE_URL is missing" in done.stderr
    assert "Traceback" not in done.stderr


#: Wakes twice and times the second call: the first one also imports half of the library.
WAKE = """
import time
import django; django.setup()
from kombu.exceptions import OperationalError
from rsvp_site.celery import app
for attempt in range(2):
    began = time.monotonic()
    try:
        app.send_task("guests.tasks.tick", expires=25)
    except OperationalError:
        print(time.monotonic() - began)
"""


def seconds_to_fail(folder: Path, **settings: str) -> float:
    """How long a wake-up call that cannot be delivered holds its caller."""
    done = python(WAKE, folder, DJANGO_SETTINGS_MODULE="rsvp_site.settings", **settings)
    _first, second = done.stdout.split()
    return float(second)


def test_without_a_broker_a_wake_up_call_fails_at_once(tmp_path: Path) -> None:
    assert seconds_to_fail(tmp_path) < 20


def test_a_broker_that_hangs_does_not_hold_a_wake_up_call_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        # two seconds on a quiet machine
        assert seconds_to_fail(tmp_path, REDIS_URL=address) < 60


@pytest.mark.django_db
def test_every_page_carries_the_headers_that_protect_it(client: Client) -> None:
    response = client.get("/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_tests_do_not_hear_the_developers_env_file() -> None:
    assert os.environ["ENV_FILE"] == os.devnull
