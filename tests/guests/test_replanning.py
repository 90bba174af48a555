"""The host changes the plan, and what is planned, queued or claimed already obeys.

The party is JJ's: Saturday 12 June 2027 at 14:00 in London, reply by Monday 7 June, invited Monday
24 May at 12:00. Its reminders go on 28 May at 18:00, on 5 June and on 7 June at 09:00.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from guests.audit import audit
from guests.mails.compose import compose
from guests.models import Invitation, OutgoingEmail, State
from guests.outbox.outcome import Result
from guests.planner import plan
from guests.reasons import Reason
from guests.replanning import TooManyRules, add_rule, change_rule, drop_rule, switch_rule
from parties.models import Party, Rule
from parties.models.rule import MAX_RULES
from parties.planning import When
from parties.words import Anchor, Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party
from tests.guests.outbox.conftest import Clock, Send, clock, send, server
from tests.smtp import MailServer

__all__ = ["clock", "send", "server"]
pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2027, 5, 28, 18, tzinfo=LONDON)
DAY = timedelta(days=1)
LATER = When(Anchor.AFTER_INVITING, 6, time(10))
MOVED = datetime(2027, 5, 30, 10, tzinfo=LONDON)


@pytest.fixture
def party() -> Party:
    return make_party()


@pytest.fixture
def rule(party: Party) -> Rule:
    """The first reminder: four days after inviting, at 18:00."""
    return party.rules.get(anchor=Anchor.AFTER_INVITING.value, days=4)


def home(party: Party, **over: object) -> Invitation:
    return make_invitation(party, reached=True, **{"next_mail_at": FIRST, **over})  # type: ignore[arg-type]


def reminders(at: datetime) -> list[tuple[str, str]]:
    """State and reason of each reminder, once the plan of that moment is made."""
    plan(at)
    return list(
        OutgoingEmail.objects.filter(kind=Kind.REMINDER.value)
        .order_by("pk")
        .values_list("state", "reason")
    )


ADDED = When(Anchor.BEFORE_REPLY_BY, 1, time(9))
CHANGES: dict[str, Callable[[Rule, datetime], object]] = {
    "moved": lambda rule, now: change_rule(rule=rule, when=LATER, words="", now=now),
    "switched off": lambda rule, now: switch_rule(rule=rule, enabled=False, now=now),
    "taken away": lambda rule, now: drop_rule(rule=rule, now=now),
    "one more": lambda rule, now: add_rule(
        party=rule.party, kind=Kind.REMINDER, when=ADDED, words="", now=now
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_change_lets_the_plan_look_at_every_home_again(
    rule: Rule, change: Callable[[Rule, datetime], object]
) -> None:
    silent = home(rule.party)
    gone = home(rule.party, withdrawn_at=NOW, next_mail_at=None)
    waiting = home(rule.party, invited_at=None, reply_by_at=None, next_mail_at=None)
    change(rule, NOW + DAY)
    moments = dict(Invitation.objects.values_list("pk", "next_mail_at"))
    assert moments == {silent.pk: NOW + DAY, gone.pk: None, waiting.pk: None}
    assert audit(NOW + DAY)["next"] == []
    plan(NOW + DAY)
    assert audit(NOW + DAY)["next"] == []


def test_a_line_that_was_moved_speaks_at_its_new_moment_and_not_before(rule: Rule) -> None:
    home(rule.party)
    change_rule(rule=rule, when=LATER, words="", now=NOW + DAY)
    assert reminders(FIRST) == []
    assert reminders(MOVED) == [(State.QUEUED, "")]


def test_a_moment_that_is_over_is_not_made_up_for(rule: Rule) -> None:
    home(rule.party)
    early = When(Anchor.AFTER_INVITING, 1, time(9))
    change_rule(rule=rule, when=early, words="", now=NOW + 2 * DAY)
    assert reminders(FIRST) == []


def test_who_had_the_mail_gets_it_no_second_time(rule: Rule) -> None:
    contact = home(rule.party).contacts.get()
    had = make_mail(
        contact, kind=Kind.REMINDER, occasion=str(rule.pk), rule=rule, state=State.SENT, at=FIRST
    )
    change_rule(rule=rule, when=LATER, words="", now=FIRST + timedelta(hours=1))
    plan(MOVED)
    assert list(OutgoingEmail.objects.filter(rule=rule)) == [had]


def test_switching_off_and_on_again_in_time_changes_nothing(rule: Rule) -> None:
    home(rule.party)
    switch_rule(rule=rule, enabled=False, now=NOW + DAY)
    switch_rule(rule=rule, enabled=True, now=NOW + 2 * DAY)
    assert reminders(FIRST) == [(State.QUEUED, "")]


def test_what_a_line_missed_while_it_was_off_is_not_made_up_for(rule: Rule) -> None:
    home(rule.party)
    switch_rule(rule=rule, enabled=False, now=NOW + DAY)
    assert reminders(FIRST) == []
    switch_rule(rule=rule, enabled=True, now=FIRST + DAY)
    assert reminders(FIRST + DAY) == []


def test_other_words_move_nothing(rule: Rule) -> None:
    here = home(rule.party)
    when = When(Anchor(rule.anchor), rule.days, rule.at)
    change_rule(rule=rule, when=when, words="We buy the bags on Friday.", now=NOW + DAY)
    rule.refresh_from_db()
    here.refresh_from_db()
    assert (rule.words, rule.since) == ("We buy the bags on Friday.", None)
    assert here.next_mail_at == FIRST


def test_a_home_that_is_added_later_obeys_the_changed_line(rule: Rule) -> None:
    change_rule(rule=rule, when=LATER, words="", now=NOW + DAY)
    home(rule.party, invited_at=NOW + DAY)
    assert reminders(MOVED) == []
    assert reminders(MOVED + DAY) == [(State.QUEUED, "")]


# -- what waits in the queue or is claimed already -------------------------------------------------
def queued(rule: Rule, clock: Clock) -> OutgoingEmail:
    """A reminder that the plan has made and nobody has handed over, as in an outage."""
    home(rule.party)
    plan(FIRST)
    clock.moment = FIRST + timedelta(minutes=5)
    return OutgoingEmail.objects.get(rule=rule)


OFF = (State.SKIPPED, Reason.RULE_OFF)
OVER = (State.SKIPPED, Reason.RULE_MOVED)
EARLY = When(Anchor.AFTER_INVITING, 3, time(18))
OBEYS = [
    pytest.param(CHANGES["switched off"], OFF, id="switched off"),
    pytest.param(CHANGES["taken away"], OFF, id="taken away"),
    pytest.param(
        lambda rule, now: change_rule(rule=rule, when=EARLY, words="", now=now),
        OVER,
        id="moved to where it is over",
    ),
    pytest.param(CHANGES["moved"], (State.QUEUED, ""), id="moved to a later moment"),
]


@pytest.mark.parametrize(("change", "expected"), OBEYS)
def test_a_mail_in_the_queue_obeys(
    server: MailServer,
    send: Send,
    clock: Clock,
    rule: Rule,
    change: Callable[[Rule, datetime], object],
    expected: tuple[str, str],
) -> None:
    mail = queued(rule, clock)
    change(rule, clock())
    send()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == expected
    assert server.mails == []


@pytest.mark.parametrize(("change", "expected"), OBEYS)
@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_claimed_obeys(
    server: MailServer,
    send: Send,
    clock: Clock,
    rule: Rule,
    change: Callable[[Rule, datetime], object],
    expected: tuple[str, str],
) -> None:
    """The host changes the plan in another thread, while the server thinks about the recipient."""
    mail = queued(rule, clock)

    def meanwhile(_recipient: str) -> None:
        try:
            change(Rule.objects.get(pk=rule.pk), clock())
        finally:
            connection.close()

    server.on_rcpt(meanwhile)
    assert send() == {Result.STOPPED: 1}
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == expected


def test_a_mail_that_was_moved_goes_once_at_its_new_moment(
    server: MailServer, send: Send, clock: Clock, rule: Rule
) -> None:
    mail = queued(rule, clock)
    change_rule(rule=rule, when=LATER, words="", now=clock())
    send()
    mail.refresh_from_db()
    assert mail.not_before == MOVED
    clock.moment = MOVED
    plan(MOVED)
    assert send() == {Result.SENT: 1}
    assert [one.to for one in server.mails] == [mail.address.email if mail.address else ""]


def test_a_mail_that_was_moved_twice_goes_at_the_last_moment_of_the_host(
    server: MailServer, send: Send, clock: Clock, rule: Rule
) -> None:
    queued(rule, clock)
    change_rule(rule=rule, when=LATER, words="", now=clock())
    send()
    nearer = When(Anchor.AFTER_INVITING, 5, time(9))
    change_rule(rule=rule, when=nearer, words="", now=clock.move(minutes=5))
    send()
    clock.moment = datetime(2027, 5, 29, 14, tzinfo=LONDON)
    assert send() == {Result.SENT: 1}


def test_what_was_put_away_because_a_line_was_off_comes_back_with_it(
    server: MailServer, send: Send, clock: Clock, rule: Rule
) -> None:
    mail = queued(rule, clock)
    switch_rule(rule=rule, enabled=False, now=clock())
    send()
    change_rule(rule=rule, when=LATER, words="", now=clock())
    switch_rule(rule=rule, enabled=True, now=clock())
    clock.moment = MOVED
    assert send() == {Result.SENT: 1}
    mail.refresh_from_db()
    assert mail.state == State.SENT


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_composed_already_goes_with_the_new_words(
    server: MailServer, send: Send, clock: Clock, rule: Rule
) -> None:
    queued(rule, clock)
    when = When(Anchor(rule.anchor), rule.days, rule.at)

    def meanwhile(_recipient: str) -> None:
        try:
            if not Rule.objects.get(pk=rule.pk).words:
                change_rule(rule=rule, when=when, words="Bring a towel.", now=clock())
        finally:
            connection.close()

    server.on_rcpt(meanwhile)
    assert send(compose=compose) == {Result.STOPPED: 1, Result.SENT: 1}
    assert len(server.mails) == 1
    text = server.mails[0].parsed.get_body(("plain",))
    assert text is not None
    assert "Bring a towel." in text.get_content()


# -- still on: once a revision, by whichever line --------------------------------------------------
@pytest.fixture
def still_on(party: Party, clock: Clock) -> OutgoingEmail:
    """Queued the day before the party, at 09:00."""
    make_invitation(party, reached=True, answer=Answer.ACCEPTED)
    clock.moment = datetime(2027, 6, 11, 9, tzinfo=LONDON)
    Invitation.objects.update(next_mail_at=clock())
    plan(clock())
    return OutgoingEmail.objects.get(kind=Kind.STILL_ON.value)


@pytest.mark.parametrize("change", ["switched off", "taken away"])
def test_a_still_on_obeys_too(
    server: MailServer, send: Send, clock: Clock, still_on: OutgoingEmail, change: str
) -> None:
    assert still_on.rule is not None
    CHANGES[change](still_on.rule, clock())
    OutgoingEmail.objects.exclude(pk=still_on.pk).delete()
    send()
    still_on.refresh_from_db()
    assert (still_on.state, still_on.reason) == OFF
    assert server.mails == []


def test_a_still_on_goes_by_another_line_where_its_own_is_gone(
    server: MailServer, send: Send, clock: Clock, still_on: OutgoingEmail
) -> None:
    assert still_on.rule is not None
    drop_rule(rule=still_on.rule, now=clock())
    send()
    evening = When(Anchor.BEFORE_PARTY, 1, time(17))
    add_rule(party=still_on.party, kind=Kind.STILL_ON, when=evening, words="", now=clock())
    OutgoingEmail.objects.exclude(pk=still_on.pk).delete()
    send()
    still_on.refresh_from_db()
    assert (still_on.state, still_on.not_before) == (State.QUEUED, clock.move(hours=8))
    assert send() == {Result.SENT: 1}


# -- what may be --------------------------------------------------------------------------------
def test_a_plan_has_ten_lines_at_most(party: Party) -> None:
    for _ in range(MAX_RULES - party.rules.count()):
        add_rule(party=party, kind=Kind.REMINDER, when=ADDED, words="", now=NOW)
    with pytest.raises(TooManyRules):
        add_rule(party=party, kind=Kind.REMINDER, when=ADDED, words="", now=NOW)
    assert party.rules.count() == MAX_RULES


@pytest.mark.parametrize("kind", [Kind.FOLLOW_UP, Kind.STILL_ON])
def test_what_a_home_gets_once_has_one_line(party: Party, kind: Kind) -> None:
    rule = party.rules.get(kind=kind.value)
    when = When(Anchor(rule.anchor), rule.days, rule.at)
    with pytest.raises(TooManyRules):
        add_rule(party=party, kind=kind, when=when, words="", now=NOW)
    drop_rule(rule=rule, now=NOW)
    assert add_rule(party=party, kind=kind, when=when, words="", now=NOW).since == NOW


FORBIDDEN = [
    pytest.param(When(Anchor.AFTER_INVITING, 2, time(7, 59)), id="before eight"),
    pytest.param(When(Anchor.AFTER_INVITING, 2, time(20)), id="at eight in the evening"),
    pytest.param(When(Anchor.AFTER_INVITING, 0, time(9)), id="on the day of inviting"),
    pytest.param(When(Anchor.BEFORE_REPLY_BY, 61, time(9)), id="too many days"),
    pytest.param(When(Anchor.BEFORE_PARTY, 1, time(9)), id="not for a reminder"),
    pytest.param(When(Anchor.NAMED_DAY, 0, time(9)), id="not for a reminder either"),
    pytest.param(When(Anchor.AFTER_INVITING, 2), id="no time of day"),
]


@pytest.mark.parametrize("when", FORBIDDEN)
def test_a_moment_that_would_break_the_plan_is_refused(rule: Rule, when: When) -> None:
    with pytest.raises(ValueError, match="No reminder goes"):
        change_rule(rule=rule, when=when, words="", now=NOW)
    with pytest.raises(ValueError, match="No reminder goes"):
        add_rule(party=rule.party, kind=Kind.REMINDER, when=when, words="", now=NOW)


def test_a_line_that_is_gone_cannot_be_changed(rule: Rule) -> None:
    old = Rule.objects.get(pk=rule.pk)
    drop_rule(rule=rule, now=NOW)
    with pytest.raises(Rule.DoesNotExist):
        change_rule(rule=old, when=LATER, words="", now=NOW)
    with pytest.raises(Rule.DoesNotExist):
        switch_rule(rule=old, enabled=False, now=NOW)
    drop_rule(rule=old, now=NOW)
