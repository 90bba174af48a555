"""Where SpamAssassin lies on this machine, and what it says: the rules that came with it alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.utils import format_datetime
from pathlib import Path

RULES = Path("/usr/share/spamassassin")
PLUGINS = Path("/etc/spamassassin")  # which of its parts are on; what this site adds is left out
MARK = "spam"
LEFT_OUT = "The spam score was left out: no SpamAssassin was found."
#: The property of a test's report that carries a line for the end of the run.
PROPERTY = "spam"
_STATUS = re.compile(r"score=(-?[\d.]+) .*?tests=(\S*)", re.S)


@dataclass(frozen=True, slots=True)
class Score:
    """The points of one mail, and for which rules."""

    points: float
    rules: str

    def line(self, name: str) -> str:
        """One line of the table."""
        return f"{name:<18} {self.points:>5.1f}  {self.rules.replace(',', ' ')}"


def find() -> str | None:
    """The program, if its rules are there too."""
    return shutil.which("spamassassin") if RULES.is_dir() else None


def score(mails: Mapping[str, bytes], now: datetime, folder: Path) -> dict[str, Score]:
    """The score of each mail, as its receiver's server would see it; one run for all of them.

    No look-ups: only what can be told from the mail itself.
    """
    program = find()
    assert program is not None
    plugins = folder / "plugins"
    plugins.mkdir()
    for path in PLUGINS.glob("*.pre"):
        shutil.copy(path, plugins)
    box = folder / "mails"
    box.write_bytes(b"".join(_received(content, now) for content in mails.values()))
    done = subprocess.run(
        [
            program, "--local", "--test-mode", "--mbox", "--nocreate-prefs",
            "--configpath", str(RULES), "--siteconfigpath", str(plugins),
            "--prefs-file", "/dev/null", "--cf", "use_bayes 0", "--cf", "report_safe 0",
            str(box),
        ],
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    found = re.split(rb"^From relay@.*\n", done.stdout, flags=re.M)[1:]
    assert len(found) == len(mails), done.stderr.decode()
    return {name: _read(said) for name, said in zip(mails, found, strict=True)}


def _received(content: bytes, now: datetime) -> bytes:
    """With what the servers on its way wrote above it; each mail of an mbox begins with a From."""
    date = format_datetime(now).encode()
    above = (
        b"From relay@fulltable.example " + now.strftime("%a %b %d %H:%M:%S %Y").encode() + b"\n"
        b"Return-Path: <hello@fulltable.example>\n"
        b"Received: from mail.fulltable.example (mail.fulltable.example [80.80.80.7])\n"
        b"\tby mx.mail.example with ESMTPS id 4XyZ1a2b3c\n"
        b"\tfor <anna@mail.example>; " + date + b"\n"
    )
    body = content.replace(b"\r\n", b"\n")
    return above + re.sub(rb"^(>*From )", rb">\1", body, flags=re.M).rstrip(b"\n") + b"\n\n"


def _read(said: bytes) -> Score:
    status = " ".join(str(message_from_bytes(said)["X-Spam-Status"]).split()).replace(", ", ",")
    found = _STATUS.search(status)
    assert found, status
    return Score(float(found[1]), found[2])
