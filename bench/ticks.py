"""What a tick costs in a small and in a large database: by what is due, and not by what exists."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.house import House
from bench.rows import Row, listed, middle
from rsvp_site.env import BASE_DIR

HOMES_A_PARTY = 20
_IDLE = 20  # ticks in a round
_AT_MOST = 1.5


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many homes the small and the large database hold, and how many fall due in a round."""

    small: int = 10_000
    large: int = 1_000_000
    due: int = 1_000


def growth(house: House, sizes: Sizes, rounds: int) -> list[Row]:
    """The two rows, from alternating rounds."""
    small, _quick = _filled(house, "small", sizes.small)
    large, took = _filled(house, "large", sizes.large)
    idle: dict[str, list[float]] = {"small": [], "large": []}
    due: dict[str, list[float]] = {"small": [], "large": []}
    cpu: dict[str, list[float]] = {"small": [], "large": []}
    for _ in range(rounds):
        for name, ticker in (("small", small), ("large", large)):
            told = ticker.ask(f"idle {_IDLE}")
            if told["planned"]:
                raise RuntimeError("Nothing should have been due.")
            idle[name].append(1000 * middle(told["seconds"]))
    for _ in range(rounds + 1):
        for name, ticker in (("small", small), ("large", large)):
            told = ticker.ask(f"due {sizes.due}")
            if told["planned"] != sizes.due:
                raise RuntimeError(f"{sizes.due} homes were due, and the tick found {told}.")
            due[name].append(1000 * told["seconds"] / sizes.due)
            cpu[name].append(1000 * told["cpu"] / sizes.due)
    small.end()
    large.end()
    # the first round of each reads what the others find in memory
    first = {name: values.pop(0) for name, values in due.items()}
    between = f"{sizes.small:,} homes", f"{sizes.large:,} homes"
    return [
        _row(
            "tick_idle_growth",
            "ms",
            idle,
            (_rounds(idle, between), f"seed_load filled the large one in {took}"),
        ),
        _row(
            "tick_due_growth",
            "ms/mail",
            due,
            (
                _rounds(due, between),
                f"{sizes.due:,} due in a round; CPU a mail {middle(cpu['small']):.2f} and "
                f"{middle(cpu['large']):.2f} ms with the database's; the first rounds, left out: "
                f"{first['small']:.2f} and {first['large']:.2f}",
            ),
        ),
    ]


class Ticker:
    """A process that ticks in one database."""

    def __init__(self, house: House, database: str) -> None:
        self._log = (house.folder / f"ticker-{database}.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.ticker"],
            cwd=BASE_DIR,
            env=house.env(database),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._read()

    def ask(self, words: str) -> dict[str, Any]:
        if self._process.stdin is None:
            raise RuntimeError("The ticker cannot be told anything.")
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._read())
        return told

    def end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(60)
        self._log.close()

    def _read(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._log.flush()
            said = Path(self._log.name).read_text()[-2000:]
            raise RuntimeError(f"The ticker ended: {said}")
        return line


def _filled(house: House, name: str, homes: int) -> tuple[Ticker, str]:
    env = house.env(house.database(name))
    told = house.manage(
        env,
        *("seed_load", "--parties", str(homes // HOMES_A_PARTY), "--invitations", str(homes)),
    )
    return Ticker(house, name), told.strip().rpartition(" in ")[2].rstrip(".")


def _row(name: str, unit: str, measured: dict[str, list[float]], notes: tuple[str, ...]) -> Row:
    return Row(
        name=name,
        unit=unit,
        floor=middle(measured["small"]),
        ours=middle(measured["large"]),
        budget=_AT_MOST,
        more=False,
        notes=notes,
    )


def _rounds(measured: dict[str, list[float]], between: tuple[str, str]) -> str:
    small, large = between
    return f"rounds: {small} {listed(measured['small'])}; {large} {listed(measured['large'])}"
