"""A clock that jumps while everything runs, and a party that moves fifty times."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from guests.limits import TO_ONE_ADDRESS
from guests.models import Address, Installation, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from parties.services import revise_party
from parties.words import Kind
from tests.faults.households import due_homes, party_soon, reminders
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import wait_for

# A machine that is busy with other things may take its time.
pytestmark = pytest.mark.timeout(900)
OPERATOR = "operator@example.org"
HOUR = 3600
DAY = 24 * HOUR
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


# libfaketime 0.9.10 does not understand the absolute sleep of Python 3.11 and later.
SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


class Wall:
    """A clock on the wall for processes, which can be set while they run."""

    def __init__(self, folder: Path) -> None:
        assert LIBRARIES, "libfaketime is needed: apt-get install libfaketime"
        self._file = folder / "wall"
        self.set(0)
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(SLEEP)
        self.env = {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
            "PYTHONPATH": str(site),
        }

    def set(self, seconds: int) -> None:
        """So far from the true time."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}\n")
        os.replace(draft, self._file)


def ticks() -> int:
    return Installation.objects.values_list("ticks", flat=True).get()


def some_ticks_pass(count: int = 3) -> None:
    after = ticks() + count
    wait_for(lambda: ticks() >= after)


def jumps(*logs: Callable[[], str]) -> int:
    """How often somebody noticed that the clock had been set."""
    return sum(log().count('"clock_jumped"') for log in logs)


@fault(
    "F37",
    "the clock goes +2 days, +1 hour, -1 hour, -2 days and back, while all runs",
    expected="nothing goes or is given up meanwhile; an alarm; then all due once, none early",
)
def test_a_clock_that_jumps_sends_nothing_early_and_nothing_twice(rig: Rig, seen: Seen) -> None:
    wall = Wall(rig.folder)
    env = {**wall.env, "CLOCK_PAUSE_SECONDS": "60", "OPERATOR_EMAIL": OPERATOR}
    party = party_soon()
    tomorrow = due_homes(
        rig, 3, party=party, email="tomorrow{}@example.com".format,
        now=timezone.now() + timedelta(days=3),
    )  # fmt: skip
    Invitation.objects.filter(pk__in=[home.pk for home in tomorrow]).update(
        next_mail_at=timezone.now()
    )
    homes = due_homes(rig, 20, party=party)
    rig.smtp.manners.delay = 0.05
    worker = rig.worker(**env)
    rig.beat(**env)
    wait_for(lambda: len(rig.smtp.mails) > 3)

    def clock_jumps(seconds: int) -> None:
        before = jumps(lambda: worker.log)
        wall.set(seconds)
        wait_for(lambda: jumps(lambda: worker.log) > before)

    early = 0
    for number, seconds in enumerate((2 * DAY, HOUR, -HOUR, -2 * DAY)):
        clock_jumps(seconds)
        # what was past the commit point may still arrive
        wait_for(lambda: not OutgoingEmail.objects.filter(state=State.HANDING).exists())
        homes += due_homes(rig, 1, party=party, email=f"meanwhile{number}-{{}}@example.com".format)
        before = families(rig)
        some_ticks_pass()
        early += (families(rig) - before).total()
        clock_jumps(0)
    went = families(rig).total()
    assert went < len(homes)
    wait_for(lambda: families(rig).total() == len(homes), 240)
    rig.settle()
    some_ticks_pass()
    got = families(rig)
    seen(
        f"{sum(count == 1 for count in got.values())} of {len(homes)} once, "
        f"{went} of them before the last jump back, {early} while it was wrong, "
        f"{alarms(rig)} alarm mails"
    )
    assert early == 0
    assert set(got) == {home.contacts.get().email_as_typed for home in homes}
    assert set(got.values()) == {1}
    assert alarms(rig) >= 1
    given_up = OutgoingEmail.objects.filter(state__in=[State.SKIPPED, State.FAILED])
    assert not given_up.exists()


def families(rig: Rig) -> Counter[str]:
    """How many mails each family got."""
    return Counter(mail.to for mail in rig.smtp.mails if mail.to != OPERATOR)


def alarms(rig: Rig) -> int:
    return len(rig.smtp.to(OPERATOR))


def _let_them_have_more() -> None:
    """As if the three mails that each address may get in a day had gone a day ago."""
    for address in Address.objects.all():
        for name in ("last_mail_at", "second_last_mail_at", "third_last_mail_at"):
            sent_at = getattr(address, name)
            if sent_at is not None:
                setattr(address, name, sent_at - timedelta(days=1))
        address.save()
    waiting = OutgoingEmail.objects.filter(state=State.QUEUED, reason=Reason.FULL_DAY)
    waiting.update(not_before=timezone.now())


@fault(
    "F42",
    "the host moves the party by a day, 50 times, while ticks run",
    expected="each mail once at most, three a day to each home; the last change reaches everybody",
)
def test_a_party_that_moves_all_the_time_sends_each_mail_once(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = due_homes(rig, 3, party=party)
    rig.worker()
    rig.beat()
    wait_for(lambda: len(rig.smtp.mails) > 0)
    before = ticks()
    for number in range(50):
        party.day += timedelta(days=-1 if number % 2 else 1)
        revise_party(party=party, changed={"day"}, now=timezone.now())
        if number % 5 == 0:
            some_ticks_pass(2)
    meanwhile = ticks() - before

    def all_know() -> bool:
        told = OutgoingEmail.objects.filter(
            kind=Kind.CHANGED, state=State.SENT, revision=party.revision
        )
        return told.count() == len(homes)

    rig.settle()
    today = Counter(mail.to for mail in rig.smtp.mails)
    assert max(today.values()) <= TO_ONE_ADDRESS
    _let_them_have_more()
    wait_for(all_know)
    rig.settle()
    mails = OutgoingEmail.objects.filter(state=State.SENT).exclude(kind=Kind.INVITATION)
    sent = Counter(mails.values_list("recipient_key", "kind", "occasion"))
    by_rule = Counter(
        (key, rule) for key, rule in mails.values_list("recipient_key", "rule") if rule
    )
    seen(
        f"{meanwhile} ticks meanwhile; {by_rule.total()} reminders to {len(homes)} homes, "
        f"{sent.total() - by_rule.total()} changes, none twice"
    )
    assert set(sent.values()) == {1}
    assert set(by_rule.values()) == {1}
    assert len(rig.smtp.mails) == sent.total()
    assert len(reminders(State.SENT)) == len(homes)
