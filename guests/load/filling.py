"""Filling the database: some hundred parties in each transaction, every row where it belongs."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import connection, transaction

from guests.load import shapes
from guests.load.writing import Filling, HomeToBe, PartyToBe
from parties.words import Answer

_HOMES_AT_ONCE = 10_000
_CONNECTIONS = 3


class MailWouldGoOut(Exception):
    """A mail server is configured, and these people are made up."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How large it is to be. The homes are spread evenly; `due` of them have a reminder due now."""

    parties: int
    invitations: int
    due: int = 0

    def __post_init__(self) -> None:
        if self.parties < 1 or self.invitations < self.parties:
            raise ValueError("A load has one party at least, and one home for each.")
        if not 0 <= self.due <= self.invitations:
            raise ValueError("No more homes can be due than there are.")


def fill(wish: Wish, now: datetime, *, mail_may_go_out: bool = False) -> None:
    """Add what `wish` asks for, as of `now`. Raises MailWouldGoOut.

    What was added stands as if it had gone the usual way: invited, answered, confirmed, the hosts
    told, and each home noted for the next moment of its plan.
    """
    if not (settings.EMBEDDED_MAILBOX or mail_may_go_out):
        raise MailWouldGoOut
    run = secrets.token_hex(4)
    at_once = max(1, _HOMES_AT_ONCE * wish.parties // wish.invitations)
    chunks = _chunks(_parties(wish, now), at_once)
    if connection.vendor == "sqlite" or wish.parties <= at_once:
        for chunk in chunks:
            _write(run, now, chunk)
    else:
        _write_side_by_side(run, now, chunks)
    with connection.cursor() as cursor:
        # The database is to know how large it is before it is asked.
        cursor.execute("ANALYZE")


def _chunks(parties: Iterator[PartyToBe], at_once: int) -> Iterator[list[PartyToBe]]:
    while chunk := list(islice(parties, at_once)):
        yield chunk


def _write(run: str, now: datetime, parties: list[PartyToBe]) -> None:
    with transaction.atomic():
        Filling(run, now, parties).write()


def _write_side_by_side(run: str, now: datetime, chunks: Iterator[list[PartyToBe]]) -> None:
    """On several connections: one copies on one core of the database only."""
    lock = threading.Lock()

    def work() -> None:
        try:
            while True:
                with lock:
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                _write(run, now, chunk)
        finally:
            connection.close()

    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for done in [pool.submit(work) for _ in range(_CONNECTIONS)]:
            done.result()


def _parties(wish: Wish, now: datetime) -> Iterator[PartyToBe]:
    """Those with homes that are due come first."""
    due, home = wish.due, 0
    for number in range(wish.parties):
        size = wish.invitations * (number + 1) // wish.parties - home
        answers = [shapes.SHARES[(home + one) % len(shapes.SHARES)] for one in range(size)]
        shape = shapes.due(now) if due else shapes.usual(number, now)
        if due:
            silent = min(due, size)
            answers = [Answer.SILENT] * silent + [Answer.ACCEPTED] * (size - silent)
            due -= silent
        homes = [HomeToBe(answer, home + place) for place, answer in enumerate(answers)]
        home += size
        yield PartyToBe(number, shape, homes)
