"""Sending until the queue is empty: claim, hand over, record, over kept connections."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db import connections as db_connections
from django.utils import timezone

from guests.mails.compose import compose
from guests.models import OutgoingEmail
from guests.outbox import breaker, gate, suspicion
from guests.outbox.claim import Batch, claim, release
from guests.outbox.handover import Clock, Committed, Compose, Sender
from guests.outbox.outcome import Outcome, Result
from guests.outbox.transport import Transport, open_transport

# Mails for one claim: not too many, because a sender that is killed keeps them until their lease
# ends, and not too few, because a claim costs as much as two mails.
BATCH = 25
# A connection more is worth its while from so many waiting mails on.
_MAILS_A_CONNECTION = 8

log = structlog.get_logger(__name__)

Drained = Counter[Result]


def drain(
    now: Clock = timezone.now,
    *,
    deadline: float | None = None,
    connections: int | None = None,
    compose: Compose = compose,
    transport: Callable[[], Transport] = open_transport,
    rng: random.Random | None = None,
) -> Drained:
    """Send what is ready until nothing is, or for `deadline` seconds; returns what became of it.

    `now` is asked again for every mail. With one connection all happens in this thread; with more
    (default: MAIL_CONNECTIONS) each has a thread and a database connection of its own. Raises what
    a database that stays away raises; mails in hand are put back, or their lease runs out.
    """
    wanted = settings.MAIL_CONNECTIONS if connections is None else connections
    run = _Run(
        now=now,
        ends=None if deadline is None else time.monotonic() + deadline,
        compose=compose,
        transport=transport,
        rng=rng or random.Random(),  # noqa: S311 - spreads retries, guards nothing
    )
    workers, run.share = _useful(wanted, now())
    if workers == 0:
        return run.done
    if workers == 1:
        run.work()
    else:
        _in_threads(run, workers)
    return run.done


class _Run:
    """One drain, shared by its senders."""

    def __init__(
        self,
        *,
        now: Clock,
        ends: float | None,
        compose: Compose,
        transport: Callable[[], Transport],
        rng: random.Random,
    ) -> None:
        self.done: Drained = Counter()
        self.errors: list[BaseException] = []
        self._now, self._ends = now, ends
        self._compose, self._transport, self._rng = compose, transport, rng
        self._stopped = threading.Event()
        self.share = BATCH

    def work(self) -> None:
        """Be one sender, with one connection, until there is nothing left to do."""
        transport = self._transport()
        sender = Sender(transport, self._compose, self._now, self._rng)
        try:
            while not self._is_over() and self._round(sender):
                pass
        finally:
            transport.close()

    def work_in_thread(self) -> None:
        try:
            self.work()
        except BaseException as error:
            self.errors.append(error)
            self._stopped.set()
        finally:
            db_connections.close_all()

    def _round(self, sender: Sender) -> bool:
        """Claim some mails and send them; False: stop."""
        if gate.closed():
            return False
        permit = breaker.ask(self._now())
        if not permit.may_send:
            return False
        batch = claim(self._now(), 1 if permit.probe else self.share)
        if not batch.mails:
            breaker.give_back(permit, self._now())
            return False
        waiting = {mail.pk for mail in batch.mails}
        try:
            for mail in batch.mails:
                if self._is_over() or self._now() >= batch.until:
                    return False
                waiting.discard(mail.pk)
                if not self._one(sender, mail, batch, permit):
                    return False
        finally:
            if batch.sent:
                log.info("mails_sent", mails=batch.sent)
            release(batch.token, waiting)
            if waiting:
                breaker.give_back(permit, self._now())
        return True

    def _one(
        self, sender: Sender, mail: OutgoingEmail, batch: Batch, permit: breaker.Permit
    ) -> bool:
        """Send one mail; False: there is no server to send by."""
        committed = Committed()
        outcome = self._try(sender, mail, batch, committed)
        if outcome is None:
            breaker.give_back(permit, self._now())
            return True
        self.done[outcome.result] += 1
        if outcome.result is Result.NO_SERVER:
            until = breaker.failed(permit, self._now(), str(outcome))
            sender.write_down(mail, batch.token, outcome, committed, until)
            return False
        against_us = suspicion.is_against_us(outcome)
        # What is said to a probe is said to us: the mail is not to blame, and goes another time.
        blamed = not (against_us and permit.probe)
        kept = outcome if blamed else replace(outcome, result=Result.NOT_NOW)
        sender.write_down(mail, batch.token, kept, committed)
        _log(mail, outcome, batch)
        if against_us and suspicion.grows(outcome, mail, self._now()):
            breaker.failed(permit, self._now(), f"too many refusals, last {outcome}")
            return False
        breaker.worked(permit)
        return True

    def _try(
        self, sender: Sender, mail: OutgoingEmail, batch: Batch, committed: Committed
    ) -> Outcome | None:
        """One mail that nobody can send must not hold up those behind it."""
        try:
            return sender.send(mail, batch.token, committed)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("mail_not_sent", mail=mail.pk, kind=mail.kind)
            return Outcome(Result.UNCLEAR if committed.yes else Result.NOT_NOW)

    def _is_over(self) -> bool:
        if self._stopped.is_set():
            return True
        return self._ends is not None and time.monotonic() >= self._ends


def _in_threads(run: _Run, workers: int) -> None:
    threads = [
        threading.Thread(target=run.work_in_thread, name=f"sender-{number}")
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if run.errors:
        raise run.errors[0]


def _useful(wanted: int, now: datetime) -> tuple[int, int]:
    """How many connections the waiting mails are worth, and how many mails each takes at a time."""
    ready = OutgoingEmail.objects.ready(now).values_list("pk", flat=True)
    waiting = len(ready[: wanted * BATCH])
    workers = min(wanted, -(-waiting // _MAILS_A_CONNECTION))
    return workers, min(BATCH, -(-waiting // max(workers, 1)))


def _log(mail: OutgoingEmail, outcome: Outcome, batch: Batch) -> None:
    """What went well is said once a batch; the rest a line each."""
    if outcome.result is Result.SENT:
        batch.sent.append(mail.pk)
    elif outcome.result is not Result.STOPPED:
        log.info(
            "mail",
            mail=mail.pk,
            kind=mail.kind,
            result=outcome.result.value,
            phase=outcome.phase.value,
            code=outcome.code,
            enhanced=outcome.enhanced,
        )
