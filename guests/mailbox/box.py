"""The mailbox on disk: one file a mail, whose name tells when it came.

Any process may write, read and prune at the same time. A file appears whole or not at all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from os import O_CREAT, O_EXCL, O_WRONLY, fdopen, replace
from os import open as open_file
from pathlib import Path

from django.conf import settings

KEPT = 2_000
_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{16}", re.ASCII)
_MAIL, _DRAFT = ".eml", ".part"


def folder() -> Path:
    return Path(settings.MAILBOX_DIR)


def put(content: bytes, now: datetime) -> str:
    """Store a mail that came at `now` (UTC); returns its name. Raises OSError if it cannot."""
    into = folder()
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(8)}"
    draft = into / f"{name}{_DRAFT}"
    with fdopen(open_file(draft, O_WRONLY | O_CREAT | O_EXCL, 0o600), "wb") as file:
        file.write(content)
    replace(draft, into / f"{name}{_MAIL}")
    return name


def names() -> list[str]:
    """The names of all mails, the newest first."""
    return sorted((path.stem for path in _files(_MAIL)), reverse=True)


def read(name: str) -> bytes | None:
    """The bytes of a mail; None for a name that is none, or of a mail that is not there."""
    if not _NAME.fullmatch(name):
        return None
    try:
        return (folder() / f"{name}{_MAIL}").read_bytes()
    except OSError:
        return None


def came_at(name: str) -> datetime:
    """When the mail came, as its name says (UTC). Raises ValueError for a name that is none."""
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def prune(keep: int = KEPT) -> None:
    """Delete all but the newest `keep` mails, and drafts of processes that died as old as those."""
    files = sorted((*_files(_MAIL), *_files(_DRAFT)), key=lambda path: path.name, reverse=True)
    for path in files[keep:]:
        path.unlink(missing_ok=True)


def _files(suffix: str) -> Iterable[Path]:
    try:
        found = list(folder().iterdir())
    except OSError:
        return []
    return [path for path in found if path.suffix == suffix and _NAME.fullmatch(path.stem)]
