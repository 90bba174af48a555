"""The environment, and what Full Table makes of it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rsvp_site import env

PUBLIC = {
    "SITE_URL": "https://party.example.org",
    "SECRET_KEY": "k3-" + "0123456789abcdefghij" * 3,
    "DATABASE_URL": "postgres://user:password@db/full_table",
    "REDIS_URL": "redis://:password@broker:6379/0",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "party@example.org",
    "INSTANCE_ID": "one",
}


def problems(base_dir: Path, **settings: str) -> str:
    with pytest.raises(env.ConfigurationError) as caught:
        env.resolve(settings, base_dir)
    return env.explain(caught.value)


def test_nothing_named_means_everything_embedded_and_secure(tmp_path: Path) -> None:
    config = env.resolve({}, tmp_path)
    assert config.loopback
    assert config.embedded_broker
    assert config.embedded_mailbox
    assert not config.debug
    assert config.site_url == "http://localhost:8000"
    assert config.database["NAME"] == str(tmp_path / "var" / "full-table.sqlite3")
    assert config.broker_url == f"redis+socket://{tmp_path / 'var' / 'broker.sock'}"
    assert "*" not in config.allowed_hosts


def test_the_embedded_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first = env.resolve({}, tmp_path).secret_key
    assert len(first) >= 64
    assert env.resolve({}, tmp_path).secret_key == first
    kept = tmp_path / "var" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]


def test_a_public_site_that_names_everything_is_taken_at_its_word(tmp_path: Path) -> None:
    config = env.resolve(PUBLIC, tmp_path)
    assert not config.loopback
    assert config.https
    assert not config.embedded_broker
    assert not config.embedded_mailbox
    assert config.allowed_hosts == ("party.example.org",)
    assert config.email["EMAIL_HOST"] == "mail.example.org"
    assert config.email["EMAIL_USE_TLS"] is True
    assert config.database["ENGINE"] == "django.db.backends.postgresql"


@pytest.mark.parametrize("name", sorted(env.REQUIRED_IN_PUBLIC))
def test_a_public_site_needs_each_service_named(tmp_path: Path, name: str) -> None:
    text = problems(tmp_path, **{**PUBLIC, name: ""})
    assert f"{name} is missing" in text


def test_all_problems_are_told_at_once_and_nothing_is_made(tmp_path: Path) -> None:
    text = problems(tmp_path, SITE_URL="https://party.example.org")
    assert all(name in text for name in env.REQUIRED_IN_PUBLIC)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"SECRET_KEY": "django-insecure-" + "a1b2c3" * 10}, "default", id="generated"),
        pytest.param({"SECRET_KEY": "changeme" + "a1b2c3" * 10}, "default", id="copied"),
        pytest.param({"SECRET_KEY": "x7!q"}, "too short", id="short"),
        pytest.param({"SECRET_KEY": "a" * 80}, "default", id="one letter"),
        pytest.param({"SITE_URL": "http://party.example.org"}, "https://", id="in the clear"),
        pytest.param({"SITE_URL": "party.example.org"}, "SITE_URL must be", id="no scheme"),
        pytest.param({"SITE_URL": "https://party.example.org/x"}, "no path", id="a path"),
        pytest.param({"SITE_URL": "https://[::1"}, "SITE_URL must be", id="broken"),
        pytest.param({"DEBUG": "true"}, "DEBUG", id="debug in public"),
        pytest.param({"DEBUG": "perhaps"}, "true or false", id="not a flag"),
        pytest.param({"TRUSTED_PROXIES": "-1"}, "whole number", id="negative"),
        pytest.param({"TICK_SECONDS": "0"}, "TICK_SECONDS", id="no tick"),
        pytest.param({"LEASE_SECONDS": "long"}, "LEASE_SECONDS", id="not a number"),
        pytest.param({"RETRY_SECONDS": "soon"}, "RETRY_SECONDS", id="no number"),
        pytest.param({"RETRY_SECONDS": "0"}, "RETRY_SECONDS", id="no pause"),
        pytest.param({"RETRY_SECONDS": "inf"}, "RETRY_SECONDS", id="endless pause"),
        pytest.param({"DATABASE_URL": "mysql://host/name"}, "DATABASE_URL", id="MySQL"),
        pytest.param({"DATABASE_URL": "nonsense"}, "DATABASE_URL", id="no database"),
        pytest.param({"EMAIL_URL": "nonsense"}, "EMAIL_URL", id="no mail server"),
        pytest.param({"EMAIL_URL": "consolemail://"}, "EMAIL_URL", id="mail to nowhere"),
        pytest.param({"OPERATOR_EMAIL": "me"}, "OPERATOR_EMAIL", id="no address of an operator"),
    ],
)
def test_a_setting_that_cannot_work_stops_the_start(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    assert sentence in problems(tmp_path, **{**PUBLIC, **settings})


@pytest.mark.parametrize("name", env.SECRETS)
def test_a_secret_may_lie_in_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text(PUBLIC.get(name, "older-key") + "\n")
    settings = {**PUBLIC, f"{name}_FILE": str(tmp_path / "secret")}
    settings.pop(name, None)
    config = env.resolve(settings, tmp_path)
    assert config.secret_key == PUBLIC["SECRET_KEY"]
    assert config.broker_url == PUBLIC["REDIS_URL"]
    assert config.secret_key_fallbacks == (("older-key",) if name == "SECRET_KEY_FALLBACKS" else ())


def test_a_secret_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "SECRET_KEY_FILE" in problems(tmp_path, SECRET_KEY_FILE=str(tmp_path / "none"))


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('PORT=8100\nDEFAULT_FROM_EMAIL="Full Table <a@example.org>"\n')
    read = env.read_environment({"PORT": "8200"}, tmp_path / ".env")
    assert read == {"PORT": "8200", "DEFAULT_FROM_EMAIL": "Full Table <a@example.org>"}


def test_a_second_terminal_finds_the_run_through_var(tmp_path: Path) -> None:
    (tmp_path / "broker.url").write_text("redis+socket:///run/elsewhere.sock\n")
    (tmp_path / "site.url").write_text("http://localhost:8123")
    config = env.resolve({"VAR_DIR": str(tmp_path)}, tmp_path)
    assert config.broker_url == "redis+socket:///run/elsewhere.sock"
    assert config.site_url == "http://localhost:8123"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("party.localhost", True),
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("192.168.1.5", False),
        ("0.0.0.0", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("", False),
    ],
)
def test_loopback_is_what_can_only_mean_this_machine(host: str, expected: bool) -> None:
    assert env.is_loopback(host) is expected
