"""Where a Chromium lies on this machine, and how tests start it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
LEFT_OUT = "The browser tests were left out: no Chromium was found (CHROMIUM may name one)."


def find() -> str | None:
    """The Chromium to drive: what CHROMIUM names, else the machine's own; None without any."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return next((place for place in PLACES if Path(place).exists()), None)


def launch_options() -> dict[str, object]:
    """What Playwright needs to start it, quietly and without calling home."""
    arguments = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:  # its sandbox refuses root, as whom CI machines often run
        arguments.append("--no-sandbox")
    return {"executable_path": find(), "args": arguments}
