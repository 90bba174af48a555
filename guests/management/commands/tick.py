"""The second driver: what beat and worker do, from cron or a timer, without Celery."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from guests.operators.rounds import go_round
from guests.outbox import gate
from guests.outbox.drain import Drained, drain
from guests.outbox.outcome import Result
from guests.outbox.rehearsal import rehearse, waiting
from guests.outbox.tick import Ticked
from guests.tasks import call_tick


class Command(BaseCommand):
    help = "Plan what is due, pick up what was left behind, and wake the workers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--drain", action="store_true", help="send here, until the queue is empty"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would go, and change nothing"
        )
        parser.add_argument("--at", metavar="ISO-TIME", help="another moment, with --dry-run only")

    def handle(self, *_args: Any, **options: Any) -> None:
        at = _moment(options["at"])
        if options["dry_run"]:
            if options["drain"]:
                raise CommandError("--drain sends and --dry-run does not; choose one.")
            self._rehearse(at or timezone.now())
            return
        if at is not None:
            raise CommandError("--at rehearses another moment and needs --dry-run.")
        round_ = go_round(timezone.now(), beat=False)
        if round_.closed:
            self.stdout.write(gate.in_words(round_.closed))
            return
        ticked = round_.ticked
        line = _line(ticked)
        if options["drain"]:
            line += _drained_line(drain())
        else:
            call_tick()
        self.stdout.write(line)
        if ticked.failed:
            raise CommandError(f"Did not finish: {', '.join(ticked.failed)}. The log says why.")

    def _rehearse(self, at: datetime) -> None:
        if closed := gate.closed():
            self.stdout.write(gate.in_words(closed))
        ticked, going = rehearse(at)
        self.stdout.write(f"At {at.isoformat()} {_line(ticked)}. Nothing was changed.")
        self._table(going)

    def _table(self, going: Mapping[str, list[int]]) -> None:
        if not going:
            self.stdout.write("No mail would go.")
        for kind, invitations in sorted(going.items()):
            to = ", ".join(str(pk) if pk else "host" for pk in sorted(invitations))
            self.stdout.write(f"{kind:<13} {len(invitations):>5}  invitations {to}")


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        parsed = parse_datetime(given)
    except ValueError:
        parsed = None
    if parsed is None:
        raise CommandError("--at must be a moment like 2027-05-24T09:00+01:00.")
    return parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)


def _line(ticked: Ticked) -> str:
    recovered = ticked.recovered
    return (
        f"planned {ticked.planned.queued}, not needed {ticked.planned.skipped}, "
        f"news {ticked.news}, released {recovered.released}, unclear {recovered.unclear}, "
        f"again {recovered.again}, given up {recovered.given_up}"
    )


def _drained_line(drained: Drained) -> str:
    told = "".join(
        f", {result.value.replace('_', ' ')} {drained[result]}"
        for result in Result
        if drained[result] or result is Result.SENT
    )
    return f"{told}, waiting {waiting()}"
