"""The whole timeline, home by home: what waits in the queue obeys a change of the plan at once.

The party is JJ's; its first reminder goes on 28 May at 18:00 in London.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from guests import timeline
from guests.entries import Became, coming
from guests.household import gather
from guests.models import Invitation
from guests.planner import plan
from guests.reasons import Reason
from guests.replanning import change_rule, drop_rule, switch_rule
from parties.models import Rule
from parties.planning import When
from parties.words import Anchor, Kind
from tests.factories import make_invitation, make_party

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2027, 5, 28, 18, tzinfo=LONDON)
NOW = FIRST + timedelta(minutes=30)


@pytest.fixture
def rule() -> Rule:
    """The first reminder, in the queue since half an hour, as in an outage."""
    party = make_party()
    make_invitation(party, reached=True, next_mail_at=FIRST)
    plan(FIRST)
    return party.rules.get(anchor=Anchor.AFTER_INVITING.value, days=4)


def soonest() -> tuple[str, Became, str]:
    """When, what becomes of it, and why: of the first reminder that is coming."""
    gathered = gather(list(Invitation.objects.select_related("party")), whole=True)
    entry = next(one for one in coming(gathered, NOW) if one.kind is Kind.REMINDER)
    line = next(one for one in timeline.upcoming(gathered, NOW) if one.kind is Kind.REMINDER)
    assert (line.at, line.why) == (entry.at, entry.parts[0].why)
    local = entry.at.astimezone(LONDON)
    return f"{local:%d.%m. %H:%M}", entry.parts[0].became, entry.parts[0].why


def test_what_waits_goes_now(rule: Rule) -> None:
    assert soonest() == ("28.05. 18:30", Became.GOES, "")


def test_what_waits_goes_at_the_moment_to_which_its_line_was_moved(rule: Rule) -> None:
    change_rule(rule=rule, when=When(Anchor.AFTER_INVITING, 6, time(10)), words="", now=NOW)
    assert soonest() == ("30.05. 10:00", Became.GOES, "")


def test_what_waits_is_called_off_where_its_line_was_moved_back(rule: Rule) -> None:
    change_rule(rule=rule, when=When(Anchor.AFTER_INVITING, 3, time(10)), words="", now=NOW)
    assert soonest() == ("28.05. 18:30", Became.SKIPPED, Reason.RULE_MOVED)


@pytest.mark.parametrize("gone", [True, False], ids=["taken away", "switched off"])
def test_what_waits_is_called_off_with_its_line(rule: Rule, *, gone: bool) -> None:
    if gone:
        drop_rule(rule=rule, now=NOW)
    else:
        switch_rule(rule=rule, enabled=False, now=NOW)
    assert soonest() == ("28.05. 18:30", Became.SKIPPED, Reason.RULE_OFF)
