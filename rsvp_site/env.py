"""Reads the environment once into one frozen, typed ``Config``.

A leaf: it knows no app and no settings. The rule: each service that is not named is embedded
as long as the site's address is loopback; with a public address every one must be named.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from rsvp_site import hosted

BASE_DIR = Path(__file__).resolve().parent.parent

#: Secrets that may also be given as the name of a file, e.g. SECRET_KEY_FILE.
SECRETS = ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL")

#: What a public site must name itself, and what that is in plain words.
REQUIRED_IN_PUBLIC = {
    "SECRET_KEY": "a long random text that signs every link",
    "DATABASE_URL": "the database, e.g. postgres://user:password@host/name",
    "REDIS_URL": "the Redis that wakes the workers, e.g. redis://host:6379/0",
    "EMAIL_URL": "the mail server, e.g. smtp+tls://user:password@host:587 or postmark://TOKEN",
    "DEFAULT_FROM_EMAIL": "the address that all mail comes from",
    "INSTANCE_ID": "a name for this installation, so that a copy of its database sends no mail",
}

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.-]{1,30}")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")

#: Beginnings and words by which a secret shows that it was copied and not made.
KNOWN_SECRETS = (
    "django-insecure",
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "example",
    "replace",
)


class ConfigurationError(ImproperlyConfigured):
    """The environment cannot work; ``problems`` says why, a plain sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def explain(error: ConfigurationError) -> str:
    """The problems as a text for a terminal."""
    return "Full Table cannot start:\n" + "\n".join(f"  - {line}" for line in error.problems)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the environment decides. Durations are in seconds."""

    var_dir: Path
    site_url: str
    loopback: bool
    debug: bool
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    trusted_proxies: int
    database: dict[str, Any]
    broker_url: str
    embedded_broker: bool
    email: dict[str, Any]
    embedded_mailbox: bool
    anymail: dict[str, Any]
    return_address: str
    default_from_email: str
    operator_email: str
    instance_id: str
    tick_seconds: float
    lease_seconds: int
    smtp_seconds: int
    retry_seconds: float
    stale_seconds: int
    clock_pause_seconds: int
    mail_connections: int

    @property
    def https(self) -> bool:
        """Whether browsers reach the site by https."""
        return self.site_url.startswith("https://")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load() -> Config:
    """The Config of this process: its environment, and the ``.env`` file beside manage.py."""
    return resolve(read_environment(os.environ, BASE_DIR / ".env"), BASE_DIR)


def read_environment(given: Mapping[str, str], env_file: Path) -> dict[str, str]:
    """``given`` completed from ``env_file`` (or the file that ENV_FILE names); given wins."""
    # the library writes to a mapping of its class: a class of our own spares os.environ
    reader: Any = type("Reader", (environ.Env,), {"ENVIRON": dict(given)})
    chosen = Path(given.get("ENV_FILE") or env_file)
    if chosen.is_file():
        reader.read_env(str(chosen))
    completed: dict[str, str] = reader.ENVIRON
    return completed


def resolve(source: Mapping[str, str], base_dir: Path) -> Config:
    """The Config that ``source`` describes; makes var/ and its secrets where they are embedded.

    Raises ConfigurationError with every problem at once.
    """
    problems: list[str] = []
    values = _with_secret_files(source, problems)

    def text(name: str, default: str = "") -> str:
        return values.get(name, "").strip() or default

    var_dir = Path(text("VAR_DIR", str(base_dir / "var"))).absolute()
    site_url = (text("SITE_URL") or _local_address(var_dir, text("PORT"))).rstrip("/")
    host = _host_of(site_url, problems)
    loopback = is_loopback(host)
    if not loopback:
        problems += _public_problems(site_url, text)
    debug = _flag("DEBUG", text("DEBUG", "false"), problems)
    if debug and not loopback:
        problems.append("DEBUG shows secrets to visitors; switch it off for a public SITE_URL.")
    numbers = {
        name: _number(name, text(name, str(default)), least, problems)
        for name, default, least in (
            ("TRUSTED_PROXIES", 0, 0),
            ("TICK_SECONDS", 30, 1),
            ("LEASE_SECONDS", 600, 1),
            ("SMTP_SECONDS", 30, 1),
            ("STALE_SECONDS", 180, 1),
            ("CLOCK_PAUSE_SECONDS", 600, 1),
            ("MAIL_CONNECTIONS", 4, 1),
        )
    }
    retry_seconds = _seconds("RETRY_SECONDS", text("RETRY_SECONDS", "60"), problems)
    database = _database(text("DATABASE_URL"), var_dir, problems)
    email, anymail = _email(text("EMAIL_URL"), hosted.anymail_settings(values), problems)
    if not loopback:
        problems += _unsigned(email, anymail)
    return_address = _return_address(text("RETURN_ADDRESS"), problems)
    operator_email = text("OPERATOR_EMAIL")
    if operator_email and "@" not in operator_email:
        problems.append("OPERATOR_EMAIL must be one email address.")
    if problems:
        raise ConfigurationError(problems)

    _make_private_dir(var_dir)
    return Config(
        var_dir=var_dir,
        site_url=site_url,
        loopback=loopback,
        debug=debug,
        secret_key=text("SECRET_KEY") or _kept_secret(var_dir / "secret_key"),
        secret_key_fallbacks=_words(text("SECRET_KEY_FALLBACKS")),
        allowed_hosts=_words(text("ALLOWED_HOSTS")) or _default_hosts(host, loopback),
        trusted_proxies=numbers["TRUSTED_PROXIES"],
        database=database,
        broker_url=text("REDIS_URL") or embedded_broker_url(var_dir),
        embedded_broker=not text("REDIS_URL"),
        email=email,
        embedded_mailbox=not email,
        anymail=anymail,
        return_address=return_address,
        default_from_email=text("DEFAULT_FROM_EMAIL", "Full Table <hello@example.org>"),
        operator_email=operator_email,
        instance_id=text("INSTANCE_ID", "local"),
        tick_seconds=float(numbers["TICK_SECONDS"]),
        lease_seconds=numbers["LEASE_SECONDS"],
        smtp_seconds=numbers["SMTP_SECONDS"],
        retry_seconds=retry_seconds,
        stale_seconds=numbers["STALE_SECONDS"],
        clock_pause_seconds=numbers["CLOCK_PAUSE_SECONDS"],
        mail_connections=numbers["MAIL_CONNECTIONS"],
    )


def embedded_broker_url(var_dir: Path) -> str:
    """Where the runner's own broker listens.

    The runner leaves the address in ``broker.url``. Without that file no broker runs, and the
    socket named here does not exist: a wake-up call then fails at once and harms nothing.
    """
    return _remembered(var_dir / "broker.url") or f"redis+socket://{var_dir / 'broker.sock'}"


def _local_address(var_dir: Path, port: str) -> str:
    """The address of a site that has none: by its port, else as the last run left it in var/."""
    if port:
        return f"http://localhost:{port}"
    return _remembered(var_dir / "site.url") or "http://localhost:8000"


def _with_secret_files(source: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    values = dict(source)
    of_services = [name for name in source if name.startswith(hosted.PREFIX)]
    for name in (*SECRETS, *(n.removesuffix("_FILE") for n in of_services if n.endswith("_FILE"))):
        file_name = values.get(f"{name}_FILE", "").strip()
        if not file_name or values.get(name, "").strip():
            continue
        try:
            values[name] = Path(file_name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            problems.append(f"{name}_FILE names a file that cannot be read.")
    return values


def _host_of(site_url: str, problems: list[str]) -> str:
    try:
        parts = urlsplit(site_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.path or parts.query:
        problems.append("SITE_URL must be an address like https://party.example.org, no path.")
    return host


def _public_problems(site_url: str, text: Any) -> list[str]:
    missing = [
        f"{name} is missing; a public site needs {what}."
        for name, what in REQUIRED_IN_PUBLIC.items()
        if not text(name)
    ]
    if site_url.startswith("http://"):
        missing.append("SITE_URL must begin with https:// because the links in mails are secrets.")
    secret = text("SECRET_KEY")
    if secret and (len(secret) < 50 or len(set(secret)) < 5 or _is_known(secret)):
        missing.append("SECRET_KEY is a default or too short; make one of 50 random letters.")
    return missing


def _is_known(secret: str) -> bool:
    return secret.lower().startswith(KNOWN_SECRETS)


def _flag(name: str, value: str, problems: list[str]) -> bool:
    lowered = value.lower()
    if lowered not in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        problems.append(f"{name} must be true or false.")
    return lowered in ("true", "yes", "on", "1")


def _number(name: str, value: str, least: int, problems: list[str]) -> int:
    try:
        number = int(value)
    except ValueError:
        number = least - 1
    if number < least:
        problems.append(f"{name} must be a whole number, {least} or more.")
    return number


def _seconds(name: str, value: str, problems: list[str]) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        problems.append(f"{name} must be a number of seconds, more than 0.")
    return seconds


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _default_hosts(host: str, loopback: bool) -> tuple[str, ...]:
    return ("localhost", ".localhost", "127.0.0.1", "[::1]") if loopback else (host,)


def _database(url: str, var_dir: Path, problems: list[str]) -> dict[str, Any]:
    chosen = url or f"sqlite:///{var_dir / 'full-table.sqlite3'}"
    parsed: dict[str, Any] = {}
    if chosen.partition(":")[0] in ("sqlite", "postgres", "postgresql"):
        with contextlib.suppress(ValueError):
            parsed = dict(environ.Env.db_url_config(chosen))
    if not parsed.get("NAME"):
        problems.append("DATABASE_URL must name SQLite or PostgreSQL, e.g. postgres://host/name.")
    return parsed


def _email(
    url: str, anymail: dict[str, Any], problems: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Django's settings for mail, and Anymail's; what EMAIL_URL says itself wins."""
    if not url:
        return {}, anymail
    if service := hosted.of_url(url):
        anymail = anymail | service[1]
        name = service[0].user
        if not anymail.get(name):
            problems.append(f"EMAIL_URL names no key, and {hosted.PREFIX}{name} is not set.")
        return {"EMAIL_BACKEND": service[0].backend}, anymail
    try:
        parsed = dict(environ.Env.email_url_config(url))
    except (ValueError, KeyError, ImproperlyConfigured):
        parsed = {}
    if not parsed.get("EMAIL_HOST") or not str(parsed.get("EMAIL_BACKEND")).endswith(
        "smtp.EmailBackend"
    ):
        problems.append(
            "EMAIL_URL must name a mail server, e.g. smtp+tls://user:password@host:587, or a mail "
            f"service, e.g. postmark://TOKEN ({', '.join(hosted.SERVICES)})."
        )
    return parsed, anymail


def _unsigned(email: Mapping[str, Any], anymail: Mapping[str, Any]) -> list[str]:
    """A mail service whose reports anybody could forge, in public."""
    service = hosted.of_backend(str(email.get("EMAIL_BACKEND", "")))
    if service is None or hosted.is_signed(service.module, anymail):
        return []
    return [hosted.unsigned_words(service)]


def _return_address(value: str, problems: list[str]) -> str:
    local, at, domain = value.rpartition("@")
    if value and not (at and _LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        problems.append(
            "RETURN_ADDRESS must be one email address like bounces@party.example.org, with at most "
            "30 letters before the @."
        )
    return value


def _remembered(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _make_private_dir(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _kept_secret(path: Path) -> str:
    """The secret of an embedded installation, made on the first call; two callers get the same."""
    if kept := _remembered(path):
        return kept
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)  # fails if another process was first, and then its secret counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _remembered(path)
