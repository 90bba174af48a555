from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from guests.load import MailWouldGoOut, Wish, fill


class Command(BaseCommand):
    help = (
        "Adds very many parties with made-up homes, for benchmarks: seven of ten homes are "
        "silent, two come, one does not, and each is noted for the next moment of its plan."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--parties", type=int, required=True, metavar="N")
        parser.add_argument(
            "--invitations", type=int, required=True, metavar="M", help="homes, over all parties"
        )
        parser.add_argument(
            "--due",
            type=int,
            default=0,
            metavar="K",
            help="so many of the homes are silent and have a reminder due now",
        )
        parser.add_argument(
            "--mail-may-go-out",
            action="store_true",
            help="also where a mail server is configured, which then gets mails to made-up people",
        )

    def handle(
        self,
        *args: Any,
        parties: int,
        invitations: int,
        due: int,
        mail_may_go_out: bool,
        **options: Any,
    ) -> None:
        try:
            wish = Wish(parties, invitations, due)
        except ValueError as error:
            raise CommandError(str(error)) from None
        began = time.monotonic()
        try:
            fill(wish, timezone.now(), mail_may_go_out=mail_may_go_out)
        except MailWouldGoOut:
            message = (
                "A mail server is configured, and these people are made up. "
                "--mail-may-go-out fills the database nevertheless."
            )
            raise CommandError(message) from None
        took = time.monotonic() - began
        self.stdout.write(
            f"{parties} parties with {invitations} homes, {due} of them due, in {took:.0f} s."
        )
