"""A Maildir, as mail servers deliver to it: new/ and cur/, and a flag for what was read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from guests.deliveries.reading import LARGEST

_SEEN = ":2,S"


class Maildir:
    """What lies there to be read. Others may take or add messages meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def exists(self) -> bool:
        return (self._folder / "new").is_dir()

    def unread(self) -> Iterator[Path]:
        """The messages that nobody has seen, the oldest names first."""
        for name in ("new", "cur"):
            folder = self._folder / name
            if not folder.is_dir():
                continue
            for path in sorted(folder.iterdir()):
                if not path.name.startswith(".") and not _is_seen(path):
                    yield path

    def content(self, path: Path) -> bytes | None:
        """The message, or as much of it as matters; None if it cannot be read."""
        if path.is_symlink() or not path.is_file():
            return None
        try:
            with path.open("rb") as file:
                return file.read(LARGEST)
        except OSError:
            return None

    def done(self, path: Path, *, delete: bool) -> None:
        """Mark a message as seen, or delete it."""
        try:
            if delete:
                path.unlink()
            else:
                cur = self._folder / "cur"
                cur.mkdir(exist_ok=True)
                path.rename(cur / f"{path.name.partition(':')[0]}{_SEEN}")
        except FileNotFoundError:
            return  # somebody else was quicker


def _is_seen(path: Path) -> bool:
    return "S" in path.name.partition(":2,")[2]
