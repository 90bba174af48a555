"""Bounces and complaints that come back by mail: from a pipe, or from a Maildir."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guests.deliveries.maildir import Maildir
from guests.deliveries.reading import LARGEST
from guests.deliveries.taking import Taken, take
from rsvp_site.trouble import is_trouble

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: a mail server keeps the message and calls again later."""

# What mail servers tell a program about the address that a message came to.
_TOLD_BY = ("ORIGINAL_RECIPIENT", "RECIPIENT", "LOCAL_PART_AND_DOMAIN")


class Command(BaseCommand):
    help = (
        "Read delivery reports (RFC 3464) and complaints (RFC 5965): one message from standard "
        "input, or all of a Maildir. Exits with 75 while the database is away, so that a mail "
        "server tries again."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--maildir", metavar="DIR", type=Path, help="read this Maildir instead")
        parser.add_argument(
            "--delete",
            action="store_true",
            help="with --maildir: delete what was understood instead of marking it as seen",
        )
        parser.add_argument(
            "--recipient",
            metavar="ADDRESS",
            default="",
            help="the address that the message came to, where its headers do not say so",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["maildir"] is not None:
                self._maildir(Maildir(options["maildir"]), delete=options["delete"])
            else:
                self._pipe(options["recipient"])
        except Exception as error:
            if not is_trouble(error):
                raise
            raise CommandError(
                "The database is away. Nothing is lost: try again later.", returncode=TRY_AGAIN
            ) from error

    def _pipe(self, recipient: str) -> None:
        content = sys.stdin.buffer.read(LARGEST)
        while sys.stdin.buffer.read(LARGEST):
            pass  # a mail server minds a program that does not listen to the end
        told = [recipient, *(os.environ.get(name, "") for name in _TOLD_BY)]
        taken = take(content, now=timezone.now(), sent_to=[one for one in told if one])
        self.stdout.write(taken.value)

    def _maildir(self, maildir: Maildir, *, delete: bool) -> None:
        if not maildir.exists:
            raise CommandError("That is no Maildir: it has no folder new.")
        counts = dict.fromkeys(Taken, 0)
        for path in maildir.unread():
            content = maildir.content(path)
            taken = Taken.NO_REPORT if content is None else take(content, now=timezone.now())
            counts[taken] += 1
            if taken is Taken.UNDERSTOOD:
                maildir.done(path, delete=delete)
        told = ", ".join(f"{taken.value} {count}" for taken, count in counts.items())
        left = counts[Taken.NOT_OURS] + counts[Taken.NO_REPORT]
        self.stdout.write(f"{told}; left there {left}")
