"""F51: a long run under load with mixed faults. Small here, an hour by `make soak`."""

from __future__ import annotations

from collections import Counter

import pytest

from guests.models import OutgoingEmail, State
from tests.faults.households import reminders
from tests.faults.rig import Rig
from tests.faults.soak import Soak
from tests.faults.table import Seen, fault

MB = 1024 * 1024
#: What may be loaded late in a short run; over an hour only a leak is left.
SMALL_GROWTH = 40 * MB
WORKERS = ("worker 0", "worker 1")
FULL_GROWTH = 6 * MB  # an hour: 1 MB in ten minutes


@fault(
    "F51",
    "a long run: workers killed, Redis flushed, PostgreSQL crashed, the mail server's word lost",
    expected="audit all zero; memory, open files and Redis clients do not grow",
)
@pytest.mark.own_postgres("max_connections=100")
@pytest.mark.timeout(0)
def test_a_soak_leaks_nothing_and_breaks_no_promise(
    rig: Rig, seen: Seen, pytestconfig: pytest.Config
) -> None:
    full = pytestconfig.getoption("--full-size")
    lasts = 60 * pytestconfig.getoption("--minutes") if full else 20.0
    soak = Soak(rig, lasts, fault_every=10 if full else 3, homes_a_round=40 if full else 6)
    soak.run()
    growth = {name: soak.growth.memory_per_hour(name) for name in ("web", "beat")}
    files = {name: soak.growth.more_files(name) for name in ("web", "beat", "redis", *WORKERS)}
    workers = max(soak.growth.more_memory(name) for name in WORKERS)
    twice = [to for to, count in Counter(m.to for m in rig.smtp.mails).items() if count > 1]
    shown = ", ".join(
        f"{name} {slope * lasts / 3600 / MB:+.1f} MB" for name, slope in growth.items()
    )
    sent = len(reminders(State.SENT))
    clients = f"{files['redis']:+d} Redis clients, {max(files.values()):+d} files"
    shown += f", workers {workers / MB:+.1f} MB"
    seen(f"{soak.faults} faults, {sent} sent, {len(twice)} twice; {shown}; {clients}")
    assert twice == []
    assert sent > len(soak.homes) / 3
    for name, slope in growth.items():
        limit = FULL_GROWTH if full else SMALL_GROWTH * 3600 / lasts
        assert slope < limit, name
    assert workers < SMALL_GROWTH
    for name, more in files.items():
        assert more <= (10 if name in WORKERS else 3), name  # one of them may just be connected
    assert not OutgoingEmail.objects.filter(state=State.QUEUED).exists()
