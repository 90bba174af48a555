"""A process that ticks when it is told to, and says how long that took.

    python -m bench.ticker        # then lines on its input: "idle 20", "due 1000"

"idle N" ticks N times; "due K" makes K homes due and ticks once. Each is answered by a line of
JSON: the seconds of each tick, and how many of them on the CPUs of this process and the database's.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from typing import Any

import django

from bench.machine import cpu_of

HOMES_A_PARTY = 20


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")
    django.setup()
    logging.disable(logging.INFO)
    print("ready", flush=True)
    for line in sys.stdin:
        what, number = line.split()
        told = _idle(int(number)) if what == "idle" else _due(int(number))
        print(json.dumps(told), flush=True)


def _idle(times: int) -> dict[str, Any]:
    measured = [_tick() for _ in range(times)]
    return {
        "seconds": [one["seconds"] for one in measured],
        "cpu": sum(one["cpu"] for one in measured),
        "planned": sum(one["planned"] for one in measured),
    }


def _due(homes: int) -> dict[str, Any]:
    from django.utils import timezone

    from guests.load import Wish, fill

    parties = -(-homes // HOMES_A_PARTY)
    fill(Wish(parties, homes, homes), timezone.now(), mail_may_go_out=True)
    return _tick()


def _tick() -> dict[str, Any]:
    from django.db import connection
    from django.utils import timezone

    from guests.operators.rounds import go_round

    connection.ensure_connection()
    raw: Any = connection.connection
    backend = int(raw.info.backend_pid)
    worked = time.process_time() + cpu_of(backend)
    began = time.perf_counter()
    done = go_round(timezone.now(), beat=False)
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() + cpu_of(backend) - worked,
        "planned": done.ticked.planned.queued,
    }


if __name__ == "__main__":
    main()
