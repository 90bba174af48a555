"""F4: everything at once. Small here, in full by `make storm`."""

from __future__ import annotations

import pytest

from guests.reasons import Reason, in_words
from tests.faults.rig import Rig
from tests.faults.storm import Force, Storm
from tests.faults.table import Seen, fault

SMALL = Force(homes=150, lasts=12, kills=12)
#: The storm of `make storm`.
FULL = Force(homes=1500, lasts=60, kills=60)


@fault(
    "F4",
    "workers killed, Redis flushed, a mad mail server, families answering",
    expected="nothing twice, nothing after an answer, nothing lost, held mails shown",
)
@pytest.mark.timeout(900)
def test_a_storm_loses_nothing_and_sends_nothing_twice(
    rig: Rig, seen: Seen, pytestconfig: pytest.Config
) -> None:
    storm = Storm(rig, FULL if pytestconfig.getoption("--full-size") else SMALL)
    storm.rage()
    fates = storm.fates()
    seen(
        f"{storm.kills} kills, {storm.flushes} flushes, {storm.thanked} answers; "
        + ", ".join(f"{count} {state}" for state, count in sorted(fates.items()))
        + f"; {len(storm.twice())} twice, {len(storm.lost())} lost"
    )
    assert storm.kills >= storm.force.kills
    assert storm.twice() == []
    assert storm.lost() == []
    assert storm.dropped() == []
    assert list(storm.unshown(in_words(Reason.UNCLEAR))) == []
    assert fates["sent"] > len(storm.homes) / 3
    rig.audit()
