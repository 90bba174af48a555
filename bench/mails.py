"""Due reminders on their way to a mail server, by real workers, against plain Django."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from celery import Celery

from bench.house import House, SinkServer, wait
from bench.machine import cpu_seconds, processors
from bench.rows import Row, listed, middle
from tests.faults.processes import CELERY, Process

HOMES_A_PARTY = 20
FAR = 0.010  # seconds each way
CONNECTIONS = 8
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One round: how many mails, in how many seconds, and the CPU seconds of who took part."""

    mails: int
    seconds: float
    senders: float
    database: float

    @property
    def rate(self) -> float:
        return self.mails / self.seconds

    def each(self, seconds: float) -> float:
        """Milliseconds a mail."""
        return 1000 * seconds / self.mails


def end_to_end(house: House, database: str, mails: int, rounds: int) -> Row:
    """From the tick that finds them due until the sink has them all."""
    sink = house.sink()
    workers = Workers(house, database, sink)
    workers.send(mails)  # all of both sides is loaded, and there is a mail to take the measure of
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(_floor(house, database, sink, mails))
        ours.append(workers.send(mails))
    workers.end()
    rates = [sent.rate for sent in ours]
    return Row(
        name="mail_end_to_end",
        unit="mails/s",
        floor=middle([sent.rate for sent in floors]),
        ours=middle(rates),
        budget=0.4,
        more=True,
        notes=(
            f"rounds of {mails}: floor {listed([sent.rate for sent in floors])}, "
            f"ours {listed(rates)} mails/s, {workers.count} worker processes",
            f"CPU a mail: floor {_cpu(floors, 'senders')} ms; ours {_cpu(ours, 'senders')} ms "
            f"in the workers, {_cpu(ours, 'database')} ms in the database",
            f"the floor is one process and ours are {workers.count}; by CPU of the senders alone "
            f"it is {_cpu_ratio(floors, ours):.2f} x the mails of the floor",
        ),
    )


def far_relay(house: House, database: str, mails: int, rounds: int) -> Row:
    """The same by a relay that is 20 ms away; what one kept connection does there is the floor."""
    sink = house.sink(FAR)
    workers = Workers(house, database, sink)
    workers.send(HOMES_A_PARTY)
    few = max(mails // 40, 10)
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(_floor(house, database, sink, few))
        ours.append(workers.send(mails))
    workers.end()
    rates = [sent.rate for sent in ours]
    return Row(
        name="mail_20ms_relay",
        unit="mails/s",
        floor=middle([sent.rate for sent in floors]),
        ours=middle(rates),
        budget=100,
        more=True,
        of_ours=True,
        notes=(
            f"rounds of {mails}: ours {listed(rates)} mails/s, {workers.count} worker processes "
            f"with {CONNECTIONS} connections each; floor on one: "
            f"{listed([sent.rate for sent in floors])}",
        ),
    )


class Workers:
    """One worker machine as a deployment sets it up: a worker process for each processor."""

    def __init__(self, house: House, database: str, sink: SinkServer) -> None:
        self.count = max(2, min(processors(), 4))
        self._house, self._sink, self._database = house, sink, database
        self._env = house.env(database, sink, MAIL_CONNECTIONS=str(CONNECTIONS))
        command = [*CELERY, "worker", "--concurrency", str(self.count), "--without-gossip"]
        self._process: Process = house.run(command, self._env, f"worker-{sink.port}.log")
        self._process.says(" ready.")

    def send(self, mails: int) -> Sent:
        """So many reminders fall due, a tick is called, and the sink gets them."""
        parties = -(-mails // HOMES_A_PARTY)
        self._house.manage(
            self._env,
            *("seed_load", "--parties", str(parties), "--invitations", str(mails)),
            *("--due", str(mails), "--mail-may-go-out"),
        )
        self._sink.ask("reset")
        before, base = cpu_seconds([self._process.pid]), cpu_seconds([self._house.postmaster])
        began = time.monotonic()
        call_tick(self._house)
        wait(lambda: self._sink.ask()["mails"] >= mails, _PATIENCE)
        taken = self._sink.ask()
        if taken["mails"] != mails or taken["twice"]:
            raise RuntimeError(f"{mails} mails were due, and the sink took {taken}.")
        self._settle()
        return Sent(
            mails,
            taken["last"] - began,
            cpu_seconds([self._process.pid]) - before,
            cpu_seconds([self._house.postmaster]) - base,
        )

    def end(self) -> None:
        self._process.kill()

    def _settle(self) -> None:
        """Until the last mail is recorded: that belongs to its cost."""
        time.sleep(0.3)


def call_tick(house: House) -> None:
    """What beat does: one message without a payload."""
    with Celery(broker=house.redis.url) as caller:
        caller.send_task("guests.tasks.tick", expires=30, retry=False, ignore_result=True)


def _floor(house: House, database: str, sink: SinkServer, mails: int) -> Sent:
    sink.ask("reset")
    told = json.loads(house.python(house.env(database, sink), "-m", "bench.floor", str(mails)))
    taken = sink.ask()
    if taken["mails"] != mails:
        raise RuntimeError(f"The floor sent {mails} mails, and the sink took {taken}.")
    return Sent(mails, told["seconds"], told["cpu"], 0.0)


def _cpu_ratio(floors: list[Sent], ours: list[Sent]) -> float:
    """How many mails ours sends with the CPU that the floor needs for one."""
    each = [middle([sent.each(sent.senders) for sent in rounds]) for rounds in (floors, ours)]
    return each[0] / each[1]


def _cpu(rounds: list[Sent], whose: str) -> str:
    return f"{middle([sent.each(getattr(sent, whose)) for sent in rounds]):.2f}"
