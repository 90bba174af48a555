"""Who plans and sends: beat and worker as processes of their own, or one command from cron."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.browser.live import TICK, Live, everything, web_alone
from tests.running import PATIENCE, wait_for
from tests.smtp import MailServer
from tests.smtp_manners import Mail

#: Zones that never change their clocks, all around the day.
ZONES = (
    "Pacific/Honolulu", "America/Phoenix", "America/Bogota", "America/Sao_Paulo",
    "Atlantic/Cape_Verde", "Africa/Lagos", "Africa/Nairobi", "Asia/Karachi", "Asia/Bangkok",
    "Asia/Singapore", "Asia/Tokyo", "Australia/Brisbane", "Pacific/Fiji",
)  # fmt: skip


@dataclass
class Stage:
    """A product, the mail server it sends by, and the driver that makes it send."""

    live: Live
    server: MailServer
    journal: Path
    push: Callable[[], object]
    calm: float  # seconds without anything to do that must pass before nothing more is expected
    _seen: int = field(default=0)

    def mails(self) -> list[Mail]:
        """What was accepted since the last time this was asked, once nothing is left to do.

        Nothing is: over more than two looks of the plan in a row plan and outbox had nothing due,
        and no mail came in.
        """
        deadline = time.monotonic() + PATIENCE
        quiet: tuple[int, float] | None = None
        while True:
            assert time.monotonic() < deadline, self.live.ask("unfinished")
            self.push()
            busy, count = self.live.ask("unfinished"), len(self.server.mails)
            now = time.monotonic()
            if busy or quiet is None or quiet[0] != count:
                quiet = None if busy else (count, now)
            elif now - quiet[1] > self.calm:
                break
            time.sleep(0.1)
        new = self.server.mails[self._seen : count]
        self._seen = count
        return new

    def mail_to(self, recipient: str) -> Mail:
        """The newest mail to somebody, as soon as there is one."""
        wait_for(lambda: bool(self.server.to(recipient)))
        return self.server.to(recipient)[-1]

    def let_pass(self, *, days: int = 0, minutes: int = 0) -> None:
        """Lets time pass, for the database and for the mail server's journal."""
        self.live.ask("shift", days=days, minutes=minutes)
        by = timedelta(days=days, minutes=minutes)
        lines = [json.loads(line) for line in self.journal.read_text().splitlines()]
        for line in lines:
            line["at"] = (datetime.fromisoformat(line["at"]) - by).isoformat()
        self.journal.write_text("".join(json.dumps(line) + "\n" for line in lines))


def recipients(mails: list[Mail]) -> Counter[str]:
    """How many of the mails went to whom."""
    return Counter(mail.to for mail in mails)


@contextlib.contextmanager
def beat_and_worker(folder: Path, **more: str) -> Iterator[Stage]:
    """Celery's processes do it; the test only waits. `more` goes into the environment."""
    with (
        _mail_server(folder) as (server, settings),
        everything(folder, **settings, **more) as live,
    ):
        yield Stage(live, server, folder / "journal", _wait, calm=2.5 * TICK)


@contextlib.contextmanager
def tick_from_cron(folder: Path) -> Iterator[Stage]:
    """No broker, no worker, no beat: `manage.py tick --drain` does it all."""
    with _mail_server(folder) as (server, settings), web_alone(folder, **settings) as live:
        push = partial(live.run.manage, "tick", "--drain")
        yield Stage(live, server, folder / "journal", push, calm=0)


@contextlib.contextmanager
def _mail_server(folder: Path) -> Iterator[tuple[MailServer, dict[str, str]]]:
    with MailServer(journal=folder / "journal") as server:
        yield server, {"EMAIL_URL": f"smtp://{server.host}:{server.port}"}


def _wait() -> None:
    """Beat has a clock of its own."""


def zone_of_daytime() -> str:
    """A zone where it is about one in the afternoon now, so that mail may go for hours yet."""

    def hours_from_one(zone: str) -> float:
        local = datetime.now(ZoneInfo(zone))
        return abs(local.hour + local.minute / 60 - 13)

    return min(ZONES, key=hours_from_one)
