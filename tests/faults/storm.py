"""Everything at once: workers killed, Redis flushed, a mail server out of its mind, and families
who answer all the while."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connections

from guests.models import Invitation, OutgoingEmail, State
from guests.models.mail import OPEN
from parties.words import Kind
from tests.faults.households import due_homes, page_of, party_soon
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.running import wait_for

#: How the mail server behaves at a household's first tries; after that it takes the mail. The
#: weights are in percent; the rest is taken at once.
BEHAVIOURS = {
    "451rcpt": 6, "452rcpt": 2, "droprcpt": 3, "hangrcpt": 1, "421": 1, "dropdata": 3,
    "hangdata": 1, "dropbody": 3, "earlybody": 2, "451dot": 4, "421dot": 1, "odddot": 1,
    "dropdot": 4, "hangdot": 1, "hangquit": 1,
}  # fmt: skip
#: And the few that it refuses for good.
REFUSED = {"550rcpt": 1}
#: Homes of one party.
HOMES = 50
WORKERS = 4
#: Ten tries of one mail would take a quarter of an hour otherwise.
HASTE = {"RETRY_SECONDS": "0.2"}


@dataclass(frozen=True, slots=True)
class Force:
    """How strong a storm is. Times are in seconds."""

    homes: int
    lasts: float
    kills: int  # at least
    flush_every: float = 2.0
    answer_every: float = 0.1
    seed: int = 7

    @property
    def kill_every(self) -> float:
        return self.lasts / (self.kills * 1.25)


@dataclass(slots=True)
class Storm:
    """One storm over one installation, and what came of it."""

    rig: Rig
    force: Force
    homes: list[Invitation] = field(default_factory=list)
    kills: int = 0
    flushes: int = 0
    thanked: int = 0
    turned_away: int = 0
    errors: list[BaseException] = field(default_factory=list)
    _workers: list[Process] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def rage(self) -> None:
        """Make the homes, let it storm, and wait until all is quiet again."""
        self._settle_down_in()
        self.rig.web()
        self.rig.beat(**HASTE)
        self._workers = [self.rig.worker(**HASTE) for _ in range(WORKERS)]
        wait_for(lambda: OutgoingEmail.objects.filter(kind=Kind.REMINDER).exists())
        threads = [
            self._thread(self._kill, self.force.kill_every),
            self._thread(self._flush, self.force.flush_every),
            self._thread(self._answer, self.force.answer_every),
        ]
        time.sleep(self.force.lasts)  # the storm itself, and no waiting for anything
        wait_for(lambda: self.kills >= self.force.kills or bool(self.errors))
        self._over.set()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]
        self._start_the_dead()
        wait_for(lambda: not self._unsettled(), 300)
        self.rig.settle()

    def _unsettled(self) -> bool:
        """Whether a mail still waits for another try, however late that may be."""
        return OutgoingEmail.objects.filter(state__in=OPEN).exists()

    def _settle_down_in(self) -> None:
        rng = random.Random(self.force.seed)
        manners = {**BEHAVIOURS, **REFUSED}
        names = [*manners, "ok"]
        weights = [*manners.values(), 100 - sum(manners.values())]
        for first in range(0, self.force.homes, HOMES):
            party = party_soon()
            count = min(HOMES, self.force.homes - first)
            emails = [f"parent{first + number}@example.com" for number in range(count)]
            self.homes += due_homes(self.rig, count, party=party, email=emails.__getitem__)
            for email in emails:
                tries = rng.choices(names, weights, k=2)
                refused = next((name for name in tries if name in REFUSED), None)
                self.rig.smtp.script(email, [refused] if refused else [*tries, "ok"])

    def _thread(self, act: Callable[[random.Random], None], every: float) -> threading.Thread:
        rng = random.Random(f"{self.force.seed} {act.__name__}")

        def run() -> None:
            try:
                while not self._over.wait(every * rng.uniform(0.5, 1.5)):
                    act(rng)
            except BaseException as error:
                self.errors.append(error)
                self._over.set()
            finally:
                connections.close_all()

        thread = threading.Thread(target=run, name=act.__name__)
        thread.start()
        return thread

    def _kill(self, rng: random.Random) -> None:
        """kill -9: mostly of the process that sends, now and then of the whole worker."""
        self._start_the_dead()
        worker = rng.choice(self._workers)
        senders = worker.children
        if senders and rng.random() < 0.85:
            self.kills += worker.kill_child(rng.choice(senders))
        elif rng.random() < 0.5:
            worker.kill()
            self.kills += 1

    def _start_the_dead(self) -> None:
        self._workers = [one if one.alive else self.rig.worker(**HASTE) for one in self._workers]

    def _flush(self, _rng: random.Random) -> None:
        self.rig.redis.flush()
        self.flushes += 1

    def _answer(self, rng: random.Random) -> None:
        """A family answers; what it is thanked for stands in the journal."""
        home = rng.choice(self.homes)
        page = self.rig.answer(page_of(home), rng.choice(["accepted", "declined"]))
        self.thanked += page.status == 303
        self.turned_away += page.status != 303

    # -- what came of it --------------------------------------------------------------------------
    def fates(self) -> Counter[str]:
        """How many reminders ended in each state."""
        states = OutgoingEmail.objects.filter(kind=Kind.REMINDER).values_list("state", flat=True)
        return Counter(states)

    def twice(self) -> list[str]:
        """Who got the same reminder more than once, as the mail server saw it."""
        got = Counter(mail.to for mail in self.rig.smtp.mails if mail.to.startswith("parent"))
        return [recipient for recipient, count in got.items() if count > 1]

    def lost(self) -> list[int]:
        """Silent homes about whose reminder nothing was settled."""
        settled = OutgoingEmail.objects.filter(
            kind=Kind.REMINDER,
            state__in=[State.SENT, State.UNCERTAIN, State.FAILED, State.SKIPPED],
        ).values("invitation")
        silent = Invitation.objects.silent().exclude(pk__in=settled)
        return list(silent.values_list("pk", flat=True))

    def dropped(self) -> Sequence[OutgoingEmail]:
        """Reminders that were put away although their home is silent and its address works."""
        return list(
            OutgoingEmail.objects.filter(
                kind=Kind.REMINDER, state__in=[State.SKIPPED, State.FAILED],
                invitation__answer="silent", address__bounced_at=None,
            )
        )  # fmt: skip

    def unshown(self, words: str) -> Iterator[str]:
        """Held mails whose host does not read so on the page of that home."""
        held = OutgoingEmail.objects.filter(state=State.UNCERTAIN, kind=Kind.REMINDER)
        for mail in held.select_related("party__host"):
            path = f"/parties/{mail.party_id}/homes/{mail.invitation_id}/"
            page = self.rig.get(path, host=mail.party.host)
            if words not in page.text:
                yield f"{path} {page.status}"
