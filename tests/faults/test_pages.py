"""What hits the web server itself: killed in the middle of an answer, or no room for its log."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time

from tests.faults import processes
from tests.faults.crowd import Crowd, are_reminded, more_homes
from tests.faults.households import due_homes, party_soon
from tests.faults.processes import Process
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import PATIENCE, wait_for

KILLS = 500


@fault(
    "F25",
    f"kill -9 of a web process, {KILLS} times, while families answer",
    expected="whatever was thanked for is stored, each submission once",
)
def test_a_web_server_that_is_killed_loses_no_answer(rig: Rig, seen: Seen) -> None:
    homes = due_homes(rig, 6)
    rig.manage("tick", "--drain")
    command = [sys.executable, "-m", "tests.faults.prefork", str(rig.port), "4"]
    server = rig.process("prefork", command, DJANGO_SETTINGS_MODULE="rsvp_site.settings")
    wait_for(lambda: rig.get("/").status == 200)
    dice = random.Random(25)
    crowd = Crowd(rig, homes, families=6, dies=True, pause=0.0, promised=PATIENCE)
    with crowd:
        crowd.hears_thanks()
        for _ in range(KILLS):
            _kill_one(server, dice)
            time.sleep(dice.uniform(0.02, 0.12))
        crowd.hears_thanks(6)
    crowd.was_honest()
    cut = crowd.statuses["answer", 0]
    assert cut > KILLS / 20
    seen(f"{cut} answers cut off; {crowd.words}")


@fault("F24", "no room for the logs", expected="answers and reminders go on")
def test_without_room_for_logs_all_goes_on(rig: Rig, seen: Seen) -> None:
    party = party_soon()
    homes = due_homes(rig, 4, party=party)
    for name, command in (
        ("web", processes.web_command(rig.port)),
        ("worker", processes.worker_command("worker")),
        ("beat", processes.beat_command()),
    ):
        rig.process(name, ["sh", "-c", 'exec "$@" >/dev/full 2>&1', "sh", *command])
    wait_for(lambda: rig.get("/").status == 200)
    with Crowd(rig, homes[:2], host=party.host) as crowd:
        crowd.hears_thanks(10)
        late = more_homes(rig, 3, party)
        wait_for(are_reminded(late))
        rig.redis.kill()  # something to complain of
        crowd.hears_thanks(10)
    rig.manage("tick", "--drain")
    crowd.was_honest()
    assert crowd.turned_away == 0
    seen(f"{len(rig.smtp.mails)} reminders sent; {crowd.words}")


def _kill_one(server: Process, dice: random.Random) -> None:
    children = server.children
    if children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(dice.choice(children), signal.SIGKILL)
