from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from guests import demo
from guests.demo.seeding import MailWouldGoOut


class Command(BaseCommand):
    help = "Makes the demo host and three parties around today, or removes them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="take the demo away")

    def handle(self, *args: Any, remove: bool, **options: Any) -> None:
        if remove:
            count = demo.remove()
            self.stdout.write(f"The demo is gone ({count} parties).")
            return
        try:
            host = demo.seed(timezone.now())
        except MailWouldGoOut:
            message = "A mail server is configured. The demo is made only with the mailbox."
            raise CommandError(message) from None
        self.stdout.write(f"The demo host is {host.email}.")
