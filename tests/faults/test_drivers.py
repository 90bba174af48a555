"""What makes the plan run: a timer alone, and a beat that finds rubbish."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from guests.models import Invitation, State
from tests.faults.households import due_homes, party_soon, reminders
from tests.faults.processes import beat_command
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.faults.test_clock import Wall, ticks
from tests.running import wait_for

ON_TIME = timedelta(seconds=60)


@fault("F10", "no beat, no worker, no Redis: only a timer", expected="all sent on time, +-60 s")
def test_a_timer_alone_sends_everything_on_time(rig: Rig, seen: Seen) -> None:
    """Three parties whose moments come one after the other; the timer calls once a second."""
    rig.redis.kill()
    due: dict[int, datetime] = {}
    for number in range(3):
        emails = f"parent{number}+{{}}@example.com".format
        homes = due_homes(rig, 5, party=party_soon(), email=emails)
        moment = timezone.now() + timedelta(seconds=3 * number)
        Invitation.objects.filter(pk__in=[home.pk for home in homes]).update(next_mail_at=moment)
        due |= {home.pk: moment for home in homes}

    def timer_has_sent_all() -> bool:
        rig.manage("tick", "--drain")
        return len(reminders(State.SENT)) == 15

    wait_for(timer_has_sent_all)
    late = [
        mail.handed_at - due[mail.invitation_id]
        for mail in reminders()
        if mail.handed_at is not None and mail.invitation_id is not None
    ]
    off = f"{min(late).total_seconds():.1f} to {max(late).total_seconds():.1f} s late"
    seen(f"{len(rig.smtp.mails)} of 15 sent, {off}")
    assert timedelta(0) <= min(late) <= max(late) < ON_TIME
    assert len(rig.smtp.mails) == 15


@fault(
    "F37",
    "beat's clock is a minute behind the worker's",
    expected="the worker hears its calls all the same",
)
def test_a_beat_whose_clock_is_behind_is_heard(rig: Rig, seen: Seen) -> None:
    wall = Wall(rig.folder)
    wall.set(-60)
    due_homes(rig, 2)
    worker, beat = rig.worker(), rig.beat(**wall.env)
    wait_for(lambda: len(reminders(State.SENT)) == 2)
    before = ticks()
    wait_for(lambda: ticks() >= before + 2)
    seen(f"{ticks()} ticks, 2 of 2 sent")
    assert beat.alive
    assert "Discarding revoked task" not in worker.log


@fault("F13", "rubbish where a beat keeps its schedule", expected="not read; the beat starts")
def test_a_beat_reads_no_schedule_file(rig: Rig, seen: Seen) -> None:
    rubbish = rig.folder / "celerybeat-schedule"
    for name in ("celerybeat-schedule", "celerybeat-schedule.db", "celerybeat-schedule.dat"):
        (rig.folder / name).write_bytes(b"\x00rubbish")
    due_homes(rig, 2)
    beat = rig.process("beat", [*beat_command(), "--schedule", str(rubbish)])
    rig.worker()
    wait_for(lambda: len(reminders(State.SENT)) == 2)
    rig.settle()
    seen(f"{len(rig.smtp.mails)} of 2 sent, the file is as it was")
    assert beat.alive
    assert rubbish.read_bytes() == b"\x00rubbish"
