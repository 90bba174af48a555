"""A thing that happens to every page is said once a minute."""

from __future__ import annotations

import logging

from rsvp_site.logs import NotSaidAlready, OnceAMinute
from rsvp_site.seldom import Seldom


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_is_said_once_a_minute_with_how_often_it_happened() -> None:
    clock = _Clock()
    seldom = Seldom(clock=clock)
    assert [seldom.times("away") for _ in range(4)] == [1, 0, 0, 0]
    clock.now = 59.9
    assert seldom.times("away") == 0
    clock.now = 60.0
    assert seldom.times("away") == 5
    assert seldom.times("away") == 0


def test_one_thing_does_not_silence_another() -> None:
    seldom = Seldom()
    assert seldom.times("away") == 1
    assert seldom.times("locked") == 1


def test_beat_complains_of_a_broker_once_a_minute_and_still_says_what_it_does() -> None:
    passes = OnceAMinute().filter
    complaint = logging.LogRecord("celery.beat", logging.ERROR, "", 0, "%s", ("away",), None)
    work = logging.LogRecord("celery.beat", logging.INFO, "", 0, "Sending %s", ("tick",), None)
    assert [passes(complaint), passes(complaint), passes(work), passes(work)] == [
        True, False, True, True
    ]  # fmt: skip


def test_a_503_has_been_said_by_whoever_answered_it() -> None:
    for status, passes in ((503, False), (500, True), (404, True)):
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s", ("x",), None)
        record.status_code = status
        assert NotSaidAlready().filter(record) is passes
