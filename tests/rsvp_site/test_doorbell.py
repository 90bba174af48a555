"""The bell that wakes the workers: whoever presses it does not wait."""

from __future__ import annotations

import os
import threading

from rsvp_site.doorbell import Doorbell
from tests.running import wait_for


class _Listener:
    """Somebody who comes to the door when the test lets him."""

    def __init__(self, *, hears: bool = True) -> None:
        self.hears, self.rings = hears, 0
        self.may_answer = threading.Event()

    def __call__(self) -> bool:
        self.rings += 1
        self.may_answer.wait(60)
        return self.hears


def test_whoever_presses_goes_on_while_nobody_answers() -> None:
    listener = _Listener()
    bell = Doorbell(listener)
    bell.press()
    wait_for(lambda: listener.rings == 1)  # press() came back, and the ring did not
    listener.may_answer.set()


def test_several_presses_meanwhile_are_one_more_ring() -> None:
    listener = _Listener()
    bell = Doorbell(listener)
    bell.press()
    wait_for(lambda: listener.rings == 1)
    for _ in range(5):
        bell.press()
    listener.may_answer.set()
    wait_for(lambda: listener.rings == 2)
    bell.press()
    wait_for(lambda: listener.rings == 3)


def test_after_a_ring_that_nobody_heard_there_is_a_rest() -> None:
    rested = threading.Event()
    listener = _Listener(hears=False)
    listener.may_answer.set()
    bell = Doorbell(listener, rest=3600, sleep=lambda _seconds: rested.set())
    bell.press()
    wait_for(lambda: listener.rings == 1)
    assert not rested.is_set()
    bell.press()
    wait_for(lambda: listener.rings == 2)
    assert rested.is_set()


def test_a_fork_has_a_bell_that_rings() -> None:
    listener = _Listener()
    listener.may_answer.set()
    bell = Doorbell(listener)
    bell.press()
    wait_for(lambda: listener.rings == 1)
    child = os.fork()
    if child == 0:  # pragma: no cover - in a process of its own
        bell.press()
        wait_for(lambda: listener.rings == 2)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
