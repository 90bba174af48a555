"""What holds for every plan, whatever the household, the zone and the rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from parties.schedule import (
    MAX_REMINDERS,
    SPACING,
    Anchor,
    Answer,
    ContactState,
    Dates,
    Household,
    Kind,
    RuleLine,
    Skip,
    Step,
    Told,
    due,
    in_window,
    invitation_reply_by,
    next_moment,
    steps,
)
from tests.parties.schedule_notation import PLAN, Home, wall

ZONES = (
    "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia", "America/Havana", "UTC",
)  # fmt: skip
OF_THE_PLAN = {Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON}
SPACED = {Kind.REMINDER, Kind.FOLLOW_UP}
INVITED = datetime(2027, 2, 25, tzinfo=UTC)
"""Plans start within four weeks of this: over the changes of the clock in March and April."""

Plan = tuple[Household, Dates, tuple[RuleLine, ...]]


@st.composite
def rules(draw: st.DrawFn) -> tuple[RuleLine, ...]:
    """The default plan, or up to ten lines of a host's own."""
    if draw(st.booleans()):
        return PLAN
    kinds = draw(st.lists(st.sampled_from(sorted(OF_THE_PLAN)), max_size=10))
    return tuple(
        RuleLine(
            f"r{index}",
            kind,
            draw(st.sampled_from(Anchor)),
            draw(st.integers(0, 12)),
            draw(st.none() | st.times()),
            draw(st.none() | st.integers(0, 12)),
            draw(st.none() | st.integers(0, 12)),
        )
        for index, kind in enumerate(kinds)
    )


@st.composite
def contacts(draw: st.DrawFn, key: str, invited: datetime, keys: list[str]) -> ContactState:
    since = invited + draw(st.sampled_from([timedelta(0), timedelta(days=3)]))
    told = [Told(Kind.INVITATION, "first", since, draw(st.sampled_from([True, True, False])), 1)]
    before = draw(st.lists(st.sampled_from(keys), unique=True, max_size=2)) if keys else []
    told += [Told(Kind.REMINDER, rule, since, True, 1) for rule in before]
    return ContactState(
        key,
        since,
        mailable=draw(st.sampled_from([True, True, True, False])),
        stopped=draw(st.sampled_from([False, False, False, True])),
        told=tuple(told[draw(st.sampled_from([0, 0, 0, 1])) :]),
        last_plan_mail_at=draw(
            st.none() | st.integers(0, 500).map(lambda hours: invited + timedelta(hours=hours))
        ),
        reminders=draw(st.integers(0, 4)),
        confirm=draw(st.none() | st.just(("response", since))),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    zone = draw(st.sampled_from(ZONES))
    invited = INVITED + timedelta(minutes=draw(st.integers(0, 28 * 24 * 60)))
    starts = invited + timedelta(minutes=draw(st.integers(1, 30 * 24 * 60)))
    revised = draw(st.none() | st.just(invited + (starts - invited) / 2))
    lines = draw(rules())
    reply_by = invitation_reply_by(
        party_reply_by=(starts - timedelta(days=draw(st.integers(0, 7)))).date(),
        zone=zone,
        invited_at=invited,
        starts_at=starts,
    )
    dates = Dates(
        zone,
        starts,
        starts + timedelta(hours=3),
        revision=1 if revised is None else 2,
        revised_at=revised,
        cancelled_at=draw(st.sampled_from([None] * 7 + [starts - timedelta(hours=1)])),
    )
    household = Household(
        answer=draw(st.sampled_from([Answer.SILENT, *Answer])),
        disputed=draw(st.sampled_from([False] * 4 + [True])),
        know_by=draw(st.none() | st.dates(date(2027, 3, 1), date(2027, 4, 30))),
        answered_at=draw(st.none() | st.just(invited + (starts - invited) / 3)),
        invited_at=invited,
        reply_by_at=reply_by,
        contacts=tuple(
            draw(contacts(key, invited, [line.key for line in lines])) for key in ("anna", "bob")
        ),
    )
    return household, dates, lines


def _going(found: list[Step], *kinds: Kind) -> list[Step]:
    return [step for step in found if step.goes and step.kind in kinds]


@settings(deadline=None)
@given(plans())
def test_mail_of_the_plan_never_goes_at_night(plan: Plan) -> None:
    for step in steps(*plan):
        if step.kind in OF_THE_PLAN and step.goes:
            assert in_window(step.at, plan[1].zone)
        if step.kind in OF_THE_PLAN and not step.own_skip:
            assert in_window(step.own_at, plan[1].zone)


@settings(deadline=None)
@given(plans())
def test_what_goes_goes_before_it_expires_and_the_plan_never_after_the_start(plan: Plan) -> None:
    for step in steps(*plan):
        assert not step.goes or step.at < step.expires_at
        assert step.kind not in OF_THE_PLAN or step.expires_at <= plan[1].starts_at


@settings(deadline=None)
@given(plans())
def test_reminders_and_follow_ups_to_an_address_are_20_hours_apart(plan: Plan) -> None:
    found = steps(*plan)
    for contact in plan[0].contacts:
        mine = [step.at for step in _going(found, *SPACED) if step.contact == contact.key]
        if contact.last_plan_mail_at is not None:
            mine.insert(0, contact.last_plan_mail_at)
        assert all(later - earlier >= SPACING for earlier, later in pairwise(mine))


@settings(deadline=None)
@given(plans())
def test_an_address_gets_no_more_than_three_reminders(plan: Plan) -> None:
    found = Counter(step.contact for step in _going(steps(*plan), Kind.REMINDER))
    for contact in plan[0].contacts:
        assert found[contact.key] <= max(0, MAX_REMINDERS - contact.reminders)


@settings(deadline=None)
@given(plans())
def test_each_kind_speaks_to_its_audience_only(plan: Plan) -> None:
    household, dates, _ = plan
    by_key = {contact.key: contact for contact in household.contacts}
    for step in steps(*plan):
        contact = by_key[step.contact]
        assert contact.mailable
        assert not (step.kind in OF_THE_PLAN and contact.stopped)
        assert (dates.cancelled_at is not None) == (step.kind == Kind.CANCELLED)
        if step.kind == Kind.REMINDER:
            assert (household.answer, household.disputed) == (Answer.SILENT, False)
        if step.kind == Kind.FOLLOW_UP:
            assert (household.answer, household.disputed) == (Answer.TENTATIVE, False)
        if step.kind in {Kind.STILL_ON, Kind.CHANGED} and not household.disputed:
            assert household.answer != Answer.DECLINED


@settings(deadline=None)
@given(plans())
def test_nothing_is_said_twice(plan: Plan) -> None:
    said = [(c.key, mail.kind, mail.occasion) for c in plan[0].contacts for mail in c.told]
    said += [(step.contact, step.kind, step.occasion) for step in steps(*plan)]
    assert len(said) == len(set(said))


@settings(deadline=None)
@given(plans(), st.randoms())
def test_a_plan_depends_on_nothing_but_what_it_is_given(plan: Plan, order: Random) -> None:
    household, dates, lines = plan
    shuffled = list(lines)
    order.shuffle(shuffled)
    turned = replace(household, contacts=household.contacts[::-1])
    assert steps(turned, dates, shuffled) == steps(household, dates, lines)


@settings(deadline=None)
@given(plans())
def test_the_next_moment_is_the_earliest_of_the_steps_and_something_is_due_then(
    plan: Plan,
) -> None:
    found = steps(*plan)
    moment = next_moment(*plan)
    assert moment == min((step.own_at for step in found), default=None)
    if moment is not None:
        now = due(found, moment)
        assert now.go or now.drop
        assert due(found, moment - timedelta(microseconds=1)) == due([], moment)


@settings(deadline=None)
@given(plans(), st.integers(0, 60 * 24 * 60))
def test_whenever_the_planner_wakes_each_due_step_goes_or_is_dropped_once(
    plan: Plan, minutes: int
) -> None:
    now = INVITED + timedelta(minutes=minutes)
    found = due(steps(*plan), now)
    named = found.go + [step for step, _ in found.drop]
    assert Counter(named) == Counter(s for s in steps(*plan) if s.own_at <= now)
    spaced = Counter(step.contact for step in found.go if step.kind in SPACED)
    assert all(count == 1 for count in spaced.values())
    for step in found.go:
        assert step.own_at <= now < step.expires_at
    for step, reason in found.drop:
        assert Skip(reason)
        assert step.own_skip or reason in {Skip.EXPIRED, Skip.SUPERSEDED}


def _tell(household: Household, step: Step, now: datetime, *, reached: bool) -> Household:
    """The household after the mail went, or after it was dropped."""
    told = Told(step.kind, step.occasion, now, reached, 2)
    people = []
    for contact in household.contacts:
        if contact.key == step.contact:
            spaced = reached and step.kind in SPACED
            contact = replace(
                contact,
                told=(*contact.told, told),
                last_plan_mail_at=now if spaced else contact.last_plan_mail_at,
                reminders=contact.reminders + (reached and step.kind == Kind.REMINDER),
            )
        people.append(contact)
    return replace(household, contacts=tuple(people))


@settings(max_examples=300, deadline=None)
@given(plans())
def test_woken_at_each_next_moment_the_planner_does_what_the_timeline_said(plan: Plan) -> None:
    household, dates, lines = plan
    # An invitation that is still to go opens the way for reminders that are not yet steps
    known = {c.key for c in household.contacts if any(m.kind == Kind.INVITATION for m in c.told)}
    expected = {
        (step.contact, step.kind, step.occasion, step.at)
        for step in _going(steps(*plan), *SPACED)
        if step.contact in known
    }
    went = set()
    for _ in range(40):
        now = next_moment(household, dates, lines)
        if now is None:
            break
        found = due(steps(household, dates, lines), now)
        for step in found.go:
            household = _tell(household, step, now, reached=True)
            if step.kind in SPACED and step.contact in known:
                went.add((step.contact, step.kind, step.occasion, now))
        for step, _reason in found.drop:
            household = _tell(household, step, now, reached=False)
    assert next_moment(household, dates, lines) is None
    assert went == expected


def test_a_rule_may_sit_at_any_minute_of_the_day() -> None:
    """Every minute of a day over a change of the clock ends up in the window."""
    home = Home(
        zone="America/Havana",
        invited="2028-02-28 10:00",
        reply_by="2028-03-12 23:59",
        starts="2028-03-18 14:00",
    )
    for minute in range(24 * 60 - 1):
        line = RuleLine("r", Kind.REMINDER, Anchor.BEFORE_REPLY_BY, 0, time(*divmod(minute, 60)))
        (step,) = replace(home, rules=(line,)).steps
        assert step.goes
        assert in_window(step.at, home.zone)
        assert wall(step.at, home.zone).startswith("2028-03-12 ")
