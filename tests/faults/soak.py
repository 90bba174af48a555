"""A long run under load, with a fault every few seconds."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection

from guests.models import Invitation, OutgoingEmail, State
from guests.models.mail import OPEN
from tests.faults.growth import Growth
from tests.faults.households import due_homes, page_of, party_soon
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.running import wait_for

#: How the mail server treats a household's first try; a taken mail whose answer is lost is F30.
_TRIES = ("ok", "ok", "ok", "dropdot", "451rcpt", "droprcpt")
_HASTE = {"RETRY_SECONDS": "0.2"}


@dataclass(slots=True)
class Soak:
    """One soak over one installation. Times are in seconds."""

    rig: Rig
    lasts: float
    fault_every: float
    homes_a_round: int
    growth: Growth = field(default_factory=Growth)
    homes: list[Invitation] = field(default_factory=list)
    faults: int = 0
    _workers: list[Process] = field(default_factory=list)
    _rng: random.Random = field(default_factory=lambda: random.Random(11))

    def run(self) -> None:
        """Load and faults until the time is over; then everything is left to settle."""
        web, beat = self.rig.web(), self.rig.beat(**_HASTE)
        self._workers = [self.rig.worker(**_HASTE) for _ in range(2)]
        steady = {"web": web.pid, "beat": beat.pid}
        self._more_homes()
        wait_for(lambda: OutgoingEmail.objects.filter(state=State.SENT, kind="reminder").exists())
        ends = time.monotonic() + self.lasts
        faults = itertools.cycle(self._faults())
        while time.monotonic() < ends:
            begun = time.monotonic()
            self._more_homes()
            next(faults)()
            self.faults += 1
            self._start_the_dead()
            while time.monotonic() < begun + self.fault_every:
                self._answer()
                clients = len(self.rig.redis.call("CLIENT", "LIST").splitlines())
                workers = {f"worker {number}": one.pid for number, one in enumerate(self._workers)}
                self.growth.look(steady, {"redis": clients}, workers)
        wait_for(lambda: not OutgoingEmail.objects.filter(state__in=OPEN).exists(), 300)
        self.rig.settle()

    def _faults(self) -> list[Callable[[], None]]:
        found = [self._kill, self.rig.redis.flush, self._kill]
        if self.rig.postgres is not None:
            found.append(self._crash)
        return found

    def _kill(self) -> None:
        worker = self._rng.choice(self._workers)
        for pid in worker.children:
            worker.kill_child(pid)

    def _crash(self) -> None:
        postgres = self.rig.postgres
        assert postgres is not None
        postgres.crash()
        postgres.start()
        connection.close()  # the test's own went with it

    def _start_the_dead(self) -> None:
        self._workers = [one if one.alive else self.rig.worker(**_HASTE) for one in self._workers]

    def _more_homes(self) -> None:
        first = len(self.homes)
        emails = [f"parent{first + number}@example.com" for number in range(self.homes_a_round)]
        for email in emails:
            self.rig.smtp.script(email, [self._rng.choice(_TRIES), "ok"])
        self.homes += due_homes(self.rig, len(emails), party=party_soon(), email=emails.__getitem__)

    def _answer(self) -> None:
        for home in self._rng.choices(self.homes[::4], k=5):
            self.rig.answer(page_of(home))
