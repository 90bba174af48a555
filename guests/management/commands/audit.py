"""Whether all is well: prints each check and its count, and the rows that break it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guests.audit import TITLES, BadJournal, Journal, audit, read_journal
from guests.outbox import gate


class Command(BaseCommand):
    help = "Check the live database, and what the mail server accepted if its journal is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--journal", metavar="FILE", help="JSON lines: at, message_id, to and sha256 of a mail"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        found = audit(timezone.now(), _journal(options["journal"]))
        for name, title in TITLES.items():
            count = str(len(found[name])) if name in found else "-"
            self.stdout.write(f"{name:<5}{count:>7}  {title}")
        if "A1" not in found:
            self.stdout.write("A1 to A3 need the journal of the mail server (--journal FILE).")
        if closed := gate.closed():
            self.stdout.write(f"{gate.in_words(closed)} A6 and A7 were left out.")
        broken = [f"{name:<5} {row}" for name, rows in found.items() for row in rows]
        for line in broken:
            self.stdout.write(line)
        if broken:
            raise CommandError(f"{len(broken)} broken.", returncode=1)


def _journal(path: str | None) -> Journal | None:
    if path is None:
        return None
    try:
        return read_journal(Path(path).read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError("The journal cannot be read.") from error
    except BadJournal as error:
        raise CommandError(str(error)) from error
