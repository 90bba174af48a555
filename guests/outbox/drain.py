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
from celery.exceptions import SoftTimeLimitExceeded
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
from guests.outbox.pace import Pace
from guests.outbox.transport import Transport, open_transport

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

    `now` is asked again for every mail. It begins with one connection, in this thread; where most
    of the time is waiting, as for a relay far away, there come more (at most `connections`, default
    MAIL_CONNECTIONS), each with a thread and a database connection of its own. Raises what
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
    at_most = _useful(wanted, now())
    if at_most:
        run.work_together(at_most)
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
        self._threads: list[threading.Thread] = []
        self._heard_nothing = False

    def work_together(self, at_most: int) -> None:
        """Be the first sender, and call more as long as they help."""
        try:
            self._work(at_most)
        except BaseException:
            self._stopped.set()
            raise
        finally:
            for thread in self._threads:
                thread.join()
        if self.errors:
            raise self.errors[0]

    def _work(self, at_most: int = 0) -> None:
        """Be one sender, with one connection, until there is nothing left to do."""
        transport = self._transport()
        sender = Sender(transport, self._compose, self._now, self._rng)
        pace = Pace()
        try:
            while not self._is_over() and self._round(sender, pace):
                there = 1 + len(self._threads)
                for number in range(there, min(at_most, pace.connections(there))):
                    thread = threading.Thread(target=self._work_in_thread, name=f"sender-{number}")
                    self._threads.append(thread)
                    thread.start()
        finally:
            transport.close()

    def _work_in_thread(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.errors.append(error)
            self._stopped.set()
        finally:
            db_connections.close_all()

    def _round(self, sender: Sender, pace: Pace) -> bool:
        """Claim some mails and send them; False: stop."""
        if gate.closed():
            return False
        permit = breaker.ask(self._now())
        if not permit.may_send:
            return False
        batch = claim(self._now(), 1 if permit.probe else pace.claim)
        if not batch.mails:
            breaker.give_back(permit, self._now())
            return False
        waiting = {mail.pk for mail in batch.mails}
        try:
            with pace:
                for mail in batch.mails:
                    if self._is_over() or self._now() >= batch.until:
                        return False
                    waiting.discard(mail.pk)
                    if not self._one(sender, mail, batch, permit):
                        return False
                    pace.mails += 1
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
        """Try one mail and write down what became of it; False: sending has to pause."""
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
        if outcome.result is Result.UNCLEAR:
            sender.write_down(mail, batch.token, outcome, committed)
            _log(mail, outcome, batch)
            return self._may_go_on_after_silence(permit, outcome)
        against_us = suspicion.is_against_us(outcome)
        # What is said to a probe is said to us: the mail is not to blame, and goes another time.
        blamed = not (against_us and permit.probe)
        kept = outcome if blamed else replace(outcome, result=Result.NOT_NOW)
        sender.write_down(mail, batch.token, kept, committed)
        if outcome.result is Result.SENT and (self._heard_nothing or not batch.sent):
            # What others met is asked about once a batch.
            suspicion.speaks_again()
            self._heard_nothing = False
        _log(mail, outcome, batch)
        # A probe that is refused never ends a pause, be it longer than refusals are remembered.
        if against_us and (suspicion.grows(outcome, mail, self._now()) or permit.probe):
            breaker.failed(permit, self._now(), f"too many refusals, last {outcome}")
            return False
        breaker.worked(permit)
        return True

    def _may_go_on_after_silence(self, permit: breaker.Permit, outcome: Outcome) -> bool:
        """A server that takes mail after mail without a word is as good as away."""
        self._heard_nothing = True
        if suspicion.falls_silent(self._now()) or permit.probe:
            breaker.failed(permit, self._now(), f"too often no answer, last {outcome}")
            return False
        return True

    def _try(
        self, sender: Sender, mail: OutgoingEmail, batch: Batch, committed: Committed
    ) -> Outcome | None:
        """One mail that nobody can send must not hold up those behind it."""
        try:
            return sender.send(mail, batch.token, committed)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            maybe = committed.yes and sender.transport.may_have_gone()
            outcome = Outcome(Result.UNCLEAR if maybe else Result.NOT_NOW)
            if isinstance(error, SoftTimeLimitExceeded):
                # No fault of the mail, and no time for another one.
                sender.write_down(mail, batch.token, outcome, committed)
                raise
            log.exception("mail_not_sent", mail=mail.pk, kind=mail.kind)
            return outcome

    def _is_over(self) -> bool:
        if self._stopped.is_set():
            return True
        return self._ends is not None and time.monotonic() >= self._ends


def _useful(wanted: int, now: datetime) -> int:
    """How many connections at most the waiting mails are worth; 0: nothing is ready."""
    ready = OutgoingEmail.objects.ready(now).values_list("pk", flat=True)
    waiting = len(ready[: wanted * _MAILS_A_CONNECTION])
    return min(wanted, -(-waiting // _MAILS_A_CONNECTION))


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
