"""After a backup or a copy: hold what may have gone out already, then let mail go again."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from guests.operators.restore import NotRelived, restore


class Command(BaseCommand):
    help = (
        "Run this after restoring a backup or copying the database, before worker and beat start: "
        "nothing that may have gone out goes again, and this installation takes the database over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--backup-time",
            metavar="ISO-TIME",
            help="when the backup was made; by default the last tick that it knows of",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        since = _moment(options["backup_time"], now)
        try:
            done = restore(now, since)
        except NotRelived as error:
            raise CommandError(
                f"Did not finish: {error}. Nothing is sent until this was run again; the log says "
                "what was wrong."
            ) from error
        if done.since is None:
            self.stdout.write("This was done already; nothing happened since.")
            return
        mails, parties = done.held.total(), len(done.held)
        self.stdout.write(f"The backup is taken to be of {done.since.isoformat()}.")
        self.stdout.write(
            f"{mails} mails of {parties} parties may have gone out after it. They are held."
            if mails
            else "No mail can have gone out after it. None is held."
        )
        for party, count in sorted(done.held.items()):
            self.stdout.write(f"party {party:>6}  {count:>5} held")
        self.stdout.write("What becomes due from now on goes out again.")


def _moment(given: str | None, now: datetime) -> datetime | None:
    if given is None:
        return None
    try:
        parsed = parse_datetime(given)
    except ValueError:
        parsed = None
    if parsed is None:
        raise CommandError("--backup-time must be a moment like 2027-05-24T09:00+01:00.")
    moment = parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)
    if moment > now:
        raise CommandError("--backup-time lies ahead of now.")
    return moment
