"""python -m bench [--rounds N] [--small] [NAME …]

Prints a table and, below it, a line of JSON for each row. Exit 1 if one is not within its budget.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from bench import mails, ticks
from bench.house import House, house
from bench.rows import Row, table

MAILS = 2_000


def main() -> int:
    given = _arguments()
    began = time.monotonic()
    rows: list[Row] = []
    with house() as ours:
        for names, measure in _measures(given.rounds, small=given.small):
            if given.names and not set(names) & set(given.names):
                continue
            for name in names:
                print(f"{name} …", file=sys.stderr, flush=True)
            rows += measure(ours)
    print(table(rows))
    print(f"\n{time.monotonic() - began:.0f} s\n")
    for row in rows:
        print(row.line, flush=True)
    return 0 if all(row.ok for row in rows) else 1


Measure = Callable[[House], list[Row]]


def _measures(rounds: int, *, small: bool) -> list[tuple[tuple[str, ...], Measure]]:
    count = MAILS // 10 if small else MAILS
    sizes = ticks.Sizes(small=1_000, large=10_000, due=200) if small else ticks.Sizes()

    def sending(ours: House) -> list[Row]:
        database = ours.database("mails")
        return [
            mails.end_to_end(ours, database, count, rounds),
            mails.far_relay(ours, database, count, max(rounds // 2, 1)),
        ]

    return [
        (("mail_end_to_end", "mail_20ms_relay"), sending),
        (
            ("tick_idle_growth", "tick_due_growth"),
            lambda ours: ticks.growth(ours, sizes, rounds),
        ),
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="The benchmarks.")
    parser.add_argument("names", nargs="*", help="only these rows and those made with them")
    parser.add_argument("--rounds", type=int, default=5, help="of which the middle one counts")
    parser.add_argument("--small", action="store_true", help="a quick look; proves nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
