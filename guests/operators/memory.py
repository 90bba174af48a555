"""What this machine remembers of the database: how far each one had come, by its seal.

A small file in VAR_DIR, one line "seal ticks" for each database. It can lag behind a database and
never be ahead of it, unless that database went back in time. A machine without it remembers
nothing, and notices nothing.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

import structlog
from django.conf import settings

_KEPT = 50  # databases; each restored backup makes one more

log = structlog.get_logger(__name__)


def remembered() -> dict[str, int]:
    """How many ticks each seal had; read this before the row that it is compared with."""
    try:
        lines = _path().read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, int] = {}
    for line in lines:
        seal, _space, ticks = line.partition(" ")
        if ticks.isdigit():
            found[seal] = int(ticks)
    return found


def remember(seal: uuid.UUID, ticks: int) -> None:
    """Keep in mind how far the database has come; after its commit, and never less than before.

    A file that cannot be written is said in the log and harms nothing.
    """
    known = remembered()
    ticks = max(ticks, known.pop(str(seal), 0))
    known[str(seal)] = ticks
    lines = [f"{seal} {ticks}\n" for seal, ticks in known.items()]
    path = _path()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        draft.write_text("".join(lines[-_KEPT:]), encoding="ascii")
        draft.replace(path)
    except OSError as error:
        log.warning("ticks_not_remembered", error=type(error).__name__)
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _path() -> Path:
    return Path(settings.VAR_DIR) / "ticks"
