"""System checks that say in plain words what will go wrong, and what to do about it.

What stops the start at once lies in ``rsvp_site.env``; here is what only a look at the machine or
at the finished settings can tell. ``manage.py check --deploy`` adds what matters in public.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.http.request import validate_host

from rsvp_site import hosted
from rsvp_site.env import is_loopback

#: File systems over a network, on which SQLite's locks and its write-ahead log do not work.
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "glusterfs", "fuse.")


@register(Tags.database)
def database_is_on_this_machine(**_kwargs: Any) -> Sequence[CheckMessage]:
    """SQLite must not lie on a network file system."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    kind = file_system_of(Path(database["NAME"]), Path("/proc/self/mountinfo"))
    if not kind.startswith(NETWORK_FILE_SYSTEMS):
        return []
    return [
        Error(
            f"The SQLite database lies on a network file system ({kind}); answers can get lost.",
            hint="Put it on a disk of this machine, or name a PostgreSQL in DATABASE_URL.",
            id="site.E001",
        )
    ]


@register(Tags.compatibility)
def time_zones_are_known(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Without time zone data no reminder knows its hour."""
    try:
        ZoneInfo("Europe/Lisbon")
    except ZoneInfoNotFoundError:
        return [
            Error(
                "There is no time zone data, so no reminder would know its hour.",
                hint="Install the requirements again; they contain tzdata.",
                id="site.E002",
            )
        ]
    return []


@register(Tags.security)
def site_answers_to_its_own_name(**_kwargs: Any) -> Sequence[CheckMessage]:
    """The links in the mails lead to SITE_URL, so ALLOWED_HOSTS must know it."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    if validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            "ALLOWED_HOSTS leaves out the host of SITE_URL; no link of a mail would open.",
            hint=f"Add {host} to ALLOWED_HOSTS, or leave ALLOWED_HOSTS empty.",
            id="site.E003",
        )
    ]


@register(Tags.security, deploy=True)
def site_is_public_on_purpose(**_kwargs: Any) -> Sequence[CheckMessage]:
    """A deployed site has an address that others can reach, and names its hosts."""
    found: list[CheckMessage] = []
    if is_loopback(urlsplit(settings.SITE_URL).hostname or ""):
        found.append(
            Warning(
                f"SITE_URL is {settings.SITE_URL}; links in mails open on this machine only.",
                hint="Set SITE_URL to the https address that families will open.",
                id="site.W001",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Warning(
                "ALLOWED_HOSTS accepts every name, so a visitor can forge the site's own.",
                hint="List the names, or leave it empty for the host of SITE_URL.",
                id="site.W002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def mail_comes_from_somebody(**_kwargs: Any) -> Sequence[CheckMessage]:
    """The sender is an address of one's own, and the way to the mail server is encrypted."""
    found: list[CheckMessage] = []
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    domain = address.rpartition("@")[2]
    if "@" not in address or is_example(domain):
        found.append(
            Warning(
                "DEFAULT_FROM_EMAIL is no address of yours; mail servers will refuse the mails.",
                hint="Set it to an address of a domain whose mail you may send.",
                id="site.W003",
            )
        )
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if not settings.EMBEDDED_MAILBOX and not encrypted and not is_loopback(settings.EMAIL_HOST):
        found.append(
            Warning(
                "Mails travel to the mail server unencrypted; others on the way can read them.",
                hint="Begin EMAIL_URL with smtp+tls:// or smtp+ssl://.",
                id="site.W004",
            )
        )
    return found


@register(Tags.security)
def reports_are_signed(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Nobody else may say in the name of the mail service that mail came back."""
    service = hosted.of_backend(settings.EMAIL_BACKEND)
    if service is None or hosted.is_signed(service.module, settings.ANYMAIL):
        return []
    if is_loopback(urlsplit(settings.SITE_URL).hostname or ""):
        return []
    return [Error(hosted.unsigned_words(service), id="site.E004")]


@register(Tags.security, deploy=True)
def state_is_private(**_kwargs: Any) -> Sequence[CheckMessage]:
    """Nobody else on the machine reads the secret or the database in var/."""
    if stat.S_IMODE(settings.VAR_DIR.stat().st_mode) & 0o077 == 0:
        return []
    return [
        Warning(
            f"Others on this machine can look into {settings.VAR_DIR}.",
            hint="Take their permission away: chmod go= on that folder.",
            id="site.W005",
        )
    ]


@register(deploy=True)
def lease_outlives_the_task(**_kwargs: Any) -> Sequence[CheckMessage]:
    """A mail must stay claimed for longer than the task that sends it may run."""
    if settings.LEASE_SECONDS > settings.CELERY_TASK_TIME_LIMIT:
        return []
    return [
        Warning(
            f"LEASE_SECONDS is {settings.LEASE_SECONDS}; a slow worker would lose its mails.",
            hint=f"Make it longer than {settings.CELERY_TASK_TIME_LIMIT} seconds.",
            id="site.W006",
        )
    ]


def is_example(domain: str) -> bool:
    """Whether a domain exists for examples only."""
    names = ("example.org", "example.com", "example.net", "localhost")
    return domain.endswith((".example", ".invalid", ".test")) or any(
        domain == name or domain.endswith(f".{name}") for name in names
    )


def file_system_of(path: Path, mounts: Path) -> str:
    """The kind of file system that ``path`` is on, by a mountinfo file; '' if that is not known."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return ""
    target = path.resolve()
    best, kind = -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].replace("\\040", " "))
        if target.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split()[0]
    return kind
