"""Accounts whose mail went to people who do not know the host."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, Q

from guests.strangers import lift_pause
from parties.models import Host


class Command(BaseCommand):
    help = (
        "Lists the accounts that somebody who got their mail does not know. An account that is "
        "paused sends nothing to families; --lift ACCOUNT lets it write again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--lift", type=int, metavar="ACCOUNT", help="the number of an account to let go on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lift"] is None:
            self._list()
        elif lift_pause(host_id=options["lift"]):
            self.stdout.write(f"Account {options['lift']} may write again.")
        else:
            raise CommandError(f"Account {options['lift']} is not paused.")

    def _list(self) -> None:
        counted = Host.objects.annotate(times=Count("strangers")).order_by("-times", "pk")
        for host in counted.filter(Q(times__gt=0) | Q(paused_at__isnull=False)):
            state = (
                f"paused since {host.paused_at:%Y-%m-%d %H:%M} UTC" if host.paused_at else "free"
            )
            self.stdout.write(f"{host.pk}\t{host.email}\t{host.times} strangers\t{state}")
