"""Families who answer and visitors who look, all the while that something is broken.

Each waits for its page as a person does, notes how long it took, and tries again with the same
submission when it was told that nothing was saved. What was thanked for stands in the journal.
"""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from django.db import connections
from django.urls import reverse

from guests.links import calendar_path, stop_path
from guests.models import Invitation, OutgoingEmail, Response, State
from parties.models import Host, Party
from parties.words import Kind
from tests.faults.households import due_homes, page_of
from tests.faults.rig import Page, Rig
from tests.running import wait_for

#: No page may take longer (seconds): what the product promises while a service is in trouble.
PROMISED = 3.0
#: Seconds between two pages of one visitor.
PAUSE = 0.1

_SORRY = ("We could not save that yet.", "We do not know whether that was saved.")
_BROKEN = ("Traceback", "Internal Server Error", "Something broke")


@dataclass(slots=True)
class Crowd:
    """Asks pages in threads of its own while it is entered. `host` sees and sends things, too.

    `promised`: no page may take longer; `dies`: the web server itself may be gone for a moment, so
    that families send again what was stored already.
    """

    rig: Rig
    homes: Sequence[Invitation]
    host: Host | None = None
    families: int = 2
    promised: float = PROMISED
    dies: bool = False
    pause: float = PAUSE
    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    thanked: set[str] = field(default_factory=set)
    _paths: list[str] = field(default_factory=list)
    _visits: dict[str, str] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Looks everything up while all is well."""
        self._paths = [page_of(home) for home in self.homes]
        self._visits = {
            "family page": self._paths[0], **_of_contact(self.homes[0]), **_of_everybody()
        }  # fmt: skip
        if self.host is not None:
            self.rig.get("/parties/", host=self.host)  # signs in

    def __enter__(self) -> Self:
        for number in range(self.families):
            self._run(self._answer, self._paths[number :: self.families])
        self._run(self._look, self._visits)
        if self.host is not None:
            self._run(self._manage, self.homes[0].party, self.host)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    # -- what came of it --------------------------------------------------------------------------
    @property
    def turned_away(self) -> int:
        """How many pages said that they could not."""
        return sum(count for (_name, status), count in self.statuses.items() if status == 503)

    @property
    def slowest(self) -> tuple[float, str]:
        """The longest wait of all, and for what."""
        return max((max(waits), name) for name, waits in self.seconds.items())

    @property
    def minutes(self) -> int:
        """For how many minutes they have been asking, begun ones included."""
        return int((time.monotonic() - self._began) // 60) + 1

    @property
    def words(self) -> str:
        """For the table."""
        seconds, name = self.slowest
        pages = sum(self.statuses.values())
        return (
            f"{len(self.thanked)} thanked, {self.turned_away} of {pages} pages 503; "
            f"slowest {seconds:.2f} s ({name})"
        )

    def was_honest(self) -> None:
        """AssertionError if a page broke, lied or took too long, or if an answer is lost."""
        assert not self.wrong, self.wrong[:5]
        assert self.slowest[0] < self.promised, self.slowest
        stored = Counter(
            map(str, Response.objects.values_list("submission_id", flat=True).iterator())
        )
        assert self.thanked <= set(stored)
        assert set(stored.values()) <= {1}

    def hears_thanks(self, more: int = 3) -> None:
        """Wait until some more families were thanked: the pages work."""
        before = len(self.thanked)
        wait_for(lambda: len(self.thanked) >= before + more)

    def is_turned_away(self, more: int = 3) -> None:
        """Wait until some more pages said that they could not."""
        before = self.turned_away
        wait_for(lambda: self.turned_away >= before + more)

    # -- who they are -----------------------------------------------------------------------------
    def _answer(self, paths: Sequence[str]) -> None:
        """Families, one after the other and again: each keeps trying until it is thanked."""
        answers = itertools.cycle(("accepted", "declined", "tentative"))
        for path, answer in zip(itertools.cycle(paths), answers, strict=False):
            if self._over.is_set():
                return
            self._until_thanked(path, answer)

    def _until_thanked(self, path: str, answer: str) -> None:
        submission = str(uuid.uuid4())
        fields = {"answer": answer, "submission_id": submission}
        while not self._over.is_set():
            page = self._asked("answer", lambda: self.rig.post(path, fields), allowed=(303,))
            if page.status == 303:
                self.rig.thanked(uuid.UUID(submission))
                with self._lock:
                    self.thanked.add(submission)
                if self.dies:  # as if the thanks had been lost on the way
                    self._asked("again", lambda: self.rig.post(path, fields), allowed=(303,))
                return
            if page.status == 503 and not (_says_sorry(page) and submission in page.text):
                self.wrong.append(f"the form is gone: {page.text[:300]}")

    def _look(self, visits: Mapping[str, str]) -> None:
        while not self._over.is_set():
            for name, path in visits.items():
                self._asked(name, lambda path=path: self.rig.get(path))  # type: ignore[misc]

    def _manage(self, party: Party, host: Host) -> None:
        """The host looks, and reminds all that are silent, which wakes the workers."""
        shown = {
            "parties": reverse("parties"),
            "dashboard": reverse("party", args=[party.pk]),
            "edit": reverse("party_edit", args=[party.pk]),
        }
        remind = reverse("remind", args=[party.pk])
        while not self._over.is_set():
            for name, path in shown.items():
                self._asked(name, lambda path=path: self.rig.get(path, host=host))  # type: ignore[misc]
            self._asked(
                "remind now",
                lambda: self.rig.post(remind, {"form_uuid": str(uuid.uuid4())}, host=host),
                allowed=(302,),
            )

    # -- how they ask -----------------------------------------------------------------------------
    def _asked(self, name: str, ask: Callable[[], Page], allowed: Sequence[int] = (200,)) -> Page:
        page = ask()
        with self._lock:
            self.statuses[name, page.status] += 1
            if page.status:
                self.seconds.setdefault(name, []).append(page.seconds)
            self._judge(name, page, (*allowed, 503, *((0,) if self.dies else ())))
        self._over.wait(self.pause)
        return page

    def _judge(self, name: str, page: Page, allowed: Sequence[int]) -> None:
        if page.status not in allowed or any(word in page.text for word in _BROKEN):
            self.wrong.append(f"{name}: {page.status} {page.text[:300]}")
        named = {header.lower() for header in page.headers}
        if page.status == 503 and ("retry-after" not in named or "Thank you" in page.text):
            self.wrong.append(f"{name}: {named} {page.text[:300]}")

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        def run() -> None:
            try:
                work(*arguments)
            except Exception as error:
                self.wrong.append(repr(error))
            finally:
                connections.close_all()

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()


def more_homes(rig: Rig, count: int, party: Party) -> list[Invitation]:
    """Silent homes whose reminder is due now, at addresses that nobody has had before."""
    batch = next(_batches)
    return due_homes(
        rig, count, party=party, email=lambda number: f"parent{number}.{batch}@example.com"
    )


def are_reminded(homes: Sequence[Invitation]) -> Callable[[], bool]:
    """Whether each of these homes has had its reminder."""
    keys = [home.pk for home in homes]
    mails = OutgoingEmail.objects.filter(invitation__in=keys, kind=Kind.REMINDER, state=State.SENT)
    return lambda: mails.count() == len(keys)


def _says_sorry(page: Page) -> bool:
    return any(words in page.text for words in _SORRY)


_batches = itertools.count(1)


def _of_contact(home: Invitation) -> Mapping[str, str]:
    contact = home.contacts.get()
    return {"stop": stop_path(contact), "calendar": calendar_path(contact)}


def _of_everybody() -> Mapping[str, str]:
    return {"landing": "/", "sign in": reverse("account_request_login_code")}
