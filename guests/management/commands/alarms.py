"""For when nobody ticks: the look at all that is wrong which else belongs to a tick."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from guests.operators.alarms import sound
from guests.operators.findings import findings
from guests.operators.notices import notices


class Command(BaseCommand):
    help = (
        "Say what is wrong, and mail it to OPERATOR_EMAIL, once for each outage. Ticks do so by "
        "themselves; from cron this also tells when there are none."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        now = timezone.now()
        found = findings(now)
        sound(found | notices(now), now)
        if found:
            raise CommandError("\n".join(f"{name}: {words}" for name, words in found.items()))
        self.stdout.write("All is well.")
