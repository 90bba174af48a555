"""A world in which a government has moved its clocks."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo


@contextmanager
def clocks_of(zone: str, *, like: str, folder: Path) -> Iterator[None]:
    """From now on `zone` keeps the time of another one, as after an update of the rules."""
    path = folder / zone
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(files("tzdata.zoneinfo").joinpath(*like.split("/")).read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(folder)])
    ZoneInfo.clear_cache()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(to=before)
        ZoneInfo.clear_cache()
