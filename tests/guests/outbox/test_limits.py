"""The cannon guard: who may write at all, whom one host may invite, what one address may get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from guests import limits
from guests.limits import DAY, NEW_A_DAY, NEW_ON_FIRST_DAY
from guests.models import Address, Channel, Contact, OutgoingEmail, State, Tally
from guests.outbox.outcome import Result
from guests.outbox.recover import recover
from guests.outbox.tick import tick
from guests.planner import plan
from guests.reasons import Reason
from guests.suppressing import addresses, let_go
from parties import services
from parties.models import Host, Party
from parties.words import Answer, Kind
from tests.factories import (
    NOW,
    make_host,
    make_invitation,
    make_mail,
    make_party,
    make_response,
)
from tests.guests.outbox.conftest import Clock, Send
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

VICTIM = "anna@example.com"


def invitation(party: Party, email: str | None = None, **over: Any) -> OutgoingEmail:
    """One that is ready to go."""
    home = make_invitation(party, emails=(email,) if email else None)
    return make_mail(home.contacts.get(), **over)


def reminder(email: str = VICTIM, party: Party | None = None) -> OutgoingEmail:
    home = make_invitation(party, emails=(email,), reached=True)
    return make_mail(home.contacts.get(), kind=Kind.REMINDER, occasion="by hand")


def use_up(host: Host, now: datetime = NOW, *, but: int = 0) -> None:
    """All places of the host's day but so many are taken."""
    account = limits.account(host.pk)
    room = limits.allowance(account.day(now)) - but
    for _ in range(room):
        assert limits.take_place(account, now)


def fresh(mail: OutgoingEmail) -> OutgoingEmail:
    return OutgoingEmail.objects.get(pk=mail.pk)


def places_taken() -> int:
    return sum(row.used for row in Tally.objects.filter(who__startswith="new "))


# -- who may write at all -------------------------------------------------------------------------
def unverify(host: Host) -> None:
    EmailAddress.objects.filter(user=host).update(verified=False)


def verify(host: Host) -> None:
    EmailAddress.objects.filter(user=host).update(verified=True)


def set_to(**values: Any) -> Callable[[Host], None]:
    return lambda host: (Host.objects.filter(pk=host.pk).update(**values), None)[1]


BARRED = [
    pytest.param(unverify, verify, Reason.UNVERIFIED, id="not verified"),
    pytest.param(set_to(paused_at=NOW), set_to(paused_at=None), Reason.PAUSED, id="paused"),
    pytest.param(set_to(is_active=False), set_to(is_active=True), Reason.PAUSED, id="closed"),
]


@pytest.mark.parametrize("make", [invitation, lambda party: reminder(party=party)])
@pytest.mark.parametrize(("bar", "let"), [(one.values[0], one.values[1]) for one in BARRED])
def test_nothing_goes_to_families_for_a_host_who_may_not_write_and_it_goes_once_they_may(
    server: MailServer,
    send: Send,
    clock: Clock,
    make: Callable[[Party], OutgoingEmail],
    bar: Callable[[Host], None],
    let: Callable[[Host], None],
) -> None:
    party = make_party()
    mail = make(party)
    bar(party.host)
    assert send() == {Result.STOPPED: 1}
    assert server.mails == []
    assert fresh(mail).state == State.QUEUED
    tick(clock.move(minutes=10))
    assert not send()
    let(party.host)
    tick(clock.move(minutes=1))
    assert send() == {Result.SENT: 1}


@pytest.mark.parametrize(("bar", "let", "reason"), BARRED)
def test_a_held_mail_says_why_it_waits_and_why_it_never_went(
    server: MailServer,
    send: Send,
    clock: Clock,
    bar: Callable[[Host], None],
    let: Callable[[Host], None],
    reason: str,
) -> None:
    party = make_party()
    mail = invitation(party)
    bar(party.host)
    send()
    assert (fresh(mail).state, fresh(mail).reason) == (State.QUEUED, reason)
    clock.moment = party.starts_at
    recover(clock.moment)
    assert (fresh(mail).state, fresh(mail).reason) == (State.SKIPPED, reason)
    assert limits.may_send(party.host) == reason
    let(party.host)
    assert limits.may_send(party.host) == ""


# -- whom one host may invite ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("joined", "room", "reason"),
    [
        (NOW, NEW_ON_FIRST_DAY, Reason.NEW_ACCOUNT),
        (NOW - DAY + timedelta(seconds=1), NEW_ON_FIRST_DAY, Reason.NEW_ACCOUNT),
        (NOW - DAY, NEW_A_DAY, Reason.MANY_INVITED),
        (NOW - 400 * DAY, NEW_A_DAY, Reason.MANY_INVITED),
    ],
    ids=["new", "nearly a day old", "a day old", "old"],
)
def test_who_is_one_too_many_waits_for_the_next_day_of_the_account(
    server: MailServer, send: Send, clock: Clock, joined: datetime, room: int, reason: str
) -> None:
    party = make_party(make_host(date_joined=joined))
    use_up(party.host, but=1)
    mails = [invitation(party), invitation(party)]
    assert places_taken() == room - 1
    assert send() == {Result.SENT: 1, Result.STOPPED: 1}
    waits = fresh(mails[1])
    next_day = joined + ((NOW - joined) // DAY + 1) * DAY
    assert (waits.state, waits.reason, waits.not_before) == (State.QUEUED, reason, next_day)
    clock.moment = next_day
    assert send() == {Result.SENT: 1}
    assert fresh(waits).reason == ""


def test_a_mail_of_the_plan_to_those_who_are_invited_takes_no_place(
    server: MailServer, send: Send
) -> None:
    mail = reminder()
    use_up(mail.party.host)
    assert send() == {Result.SENT: 1}


@pytest.mark.parametrize("channel", [Channel.HOST, Channel.FAMILY])
def test_whatever_goes_first_to_somebody_takes_a_place(
    server: MailServer, send: Send, channel: Channel
) -> None:
    """Otherwise an answer that the host gives for a family would be a way around."""
    home = make_invitation(invited_at=None)
    response = make_response(home, Answer.ACCEPTED, channel=channel)
    mail = make_mail(home.contacts.get(), kind=Kind.CONFIRMATION, occasion=str(response.pk))
    use_up(home.party.host)
    assert send() == {Result.STOPPED: 1}
    assert fresh(mail).reason == Reason.MANY_INVITED


@pytest.mark.parametrize("behaviour", ["dropdata", "451dot", "421dot", "554dot"])
def test_what_was_not_taken_gives_its_places_back(
    server: MailServer, send: Send, clock: Clock, behaviour: str
) -> None:
    party = make_party()
    mail = invitation(party, VICTIM)
    server.script(VICTIM, [behaviour, "ok"])
    send()
    assert fresh(mail).state in (State.QUEUED, State.FAILED)
    assert places_taken() == 0
    assert Address.objects.get(email=VICTIM).last_mail_at is None
    if fresh(mail).state == State.QUEUED:
        clock.move(hours=1)
        assert send() == {Result.SENT: 1}
        assert places_taken() == 1


def test_what_may_have_arrived_keeps_its_places_and_takes_no_others(
    server: MailServer, send: Send, clock: Clock
) -> None:
    party = make_party()
    mail = invitation(party, VICTIM)
    server.script(VICTIM, ["dropdot", "ok"])
    assert send() == {Result.UNCLEAR: 1}
    use_up(party.host, but=1)  # with its own all are taken
    first = Address.objects.get(email=VICTIM).last_mail_at
    recover(clock.move(hours=1))
    assert send() == {Result.SENT: 1}
    assert fresh(mail).state == State.SENT
    assert places_taken() == NEW_A_DAY
    address = Address.objects.get(email=VICTIM)
    assert (address.last_mail_at, address.second_last_mail_at) == (first, None)


def test_nothing_that_is_deleted_gives_an_allowance_back(server: MailServer, send: Send) -> None:
    host = make_host(date_joined=NOW)
    use_up(host, but=1)
    invitation(make_party(host))
    assert send() == {Result.SENT: 1}
    OutgoingEmail.objects.all().delete()
    Contact.objects.all().delete()
    Party.objects.all().delete()
    Address.objects.all().delete()
    invitation(make_party(host))
    assert send() == {Result.STOPPED: 1}


def test_the_plan_gives_each_invitation_its_day_at_once(clock: Clock) -> None:
    host = make_host(date_joined=NOW - timedelta(hours=1))
    party = make_party(host)
    use_up(host, but=5)
    for _ in range(8):
        make_invitation(party)
    plan(clock())
    turns = list(OutgoingEmail.objects.order_by("not_before").values_list("not_before", "reason"))
    tomorrow = host.date_joined + DAY
    assert turns == [(NOW, "")] * 5 + [(tomorrow, Reason.NEW_ACCOUNT)] * 3
    # Later homes stand behind those.
    for _ in range(NEW_A_DAY - 2):
        make_invitation(party)
    plan(clock())
    last = OutgoingEmail.objects.order_by("not_before").last()
    assert last is not None
    assert last.not_before == tomorrow + DAY
    assert OutgoingEmail.objects.filter(not_before=tomorrow).count() == NEW_A_DAY


def test_an_invitation_whose_turn_comes_after_the_party_is_skipped_at_once(clock: Clock) -> None:
    clock.moment = make_party().starts_at - timedelta(hours=20)
    host = make_host(date_joined=clock.moment)
    party = make_party(host)
    use_up(host, clock.moment)
    make_invitation(party, invited_at=clock.moment)
    plan(clock())
    mail = OutgoingEmail.objects.get()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.NEW_ACCOUNT)


# -- what one address may get ---------------------------------------------------------------------
def stamped(email: str = VICTIM, *ago: timedelta) -> Address:
    """The address, with its last mails so long ago; the latest first."""
    address = Address.objects.get_or_create(email=email)[0]
    moments: list[datetime | None] = [NOW - one for one in ago]
    last, second, third = [*moments, None, None, None][:3]
    Address.objects.filter(pk=address.pk).update(
        last_mail_at=last, second_last_mail_at=second, third_last_mail_at=third
    )
    return address


HOURS = [timedelta(hours=1), timedelta(hours=5), timedelta(hours=10)]


def test_a_fourth_mail_within_24_hours_waits_whoever_sends_it(
    server: MailServer, send: Send, clock: Clock
) -> None:
    mails = []
    for _ in range(4):
        mails.append(invitation(make_party(), VICTIM, at=clock.moment))
        send()
        clock.move(hours=1)
    states = [fresh(mail).state for mail in mails]
    assert states == [State.SENT] * 3 + [State.QUEUED]
    waits = fresh(mails[3])
    assert (waits.reason, waits.not_before) == (Reason.FULL_DAY, NOW + DAY)
    clock.moment = NOW + DAY
    assert send() == {Result.SENT: 1}


def test_a_reminder_that_is_one_too_many_waits_for_a_time_of_day_that_is_allowed(
    server: MailServer, send: Send
) -> None:
    mail = reminder()
    stamped(VICTIM, timedelta(hours=1), timedelta(hours=5), timedelta(hours=14))
    assert send() == {Result.STOPPED: 1}
    # ten hours from noon it is 10 pm in London
    assert fresh(mail).not_before == NOW + timedelta(hours=20)
    assert fresh(mail).reason == Reason.FULL_DAY


def test_what_confirms_the_familys_own_answer_is_not_among_the_three(
    server: MailServer, send: Send
) -> None:
    home = make_invitation(emails=(VICTIM,), reached=True, answer=Answer.ACCEPTED)
    contact = home.contacts.get()
    make_mail(contact, kind=Kind.CONFIRMATION, occasion=str(contact.newest_id))
    stamped(VICTIM, *HOURS)
    assert send() == {Result.SENT: 1}
    assert Address.objects.get(email=VICTIM).last_mail_at == NOW - HOURS[0]


@pytest.mark.parametrize("channel", [Channel.HOST, Channel.FAMILY])
def test_what_confirms_an_answer_that_anybody_can_have_given_is_among_the_three(
    server: MailServer, send: Send, channel: Channel
) -> None:
    home = make_invitation(emails=(VICTIM,), reached=True)
    response = make_response(home, Answer.ACCEPTED, channel=channel)
    make_mail(home.contacts.get(), kind=Kind.CONFIRMATION, occasion=str(response.pk))
    stamped(VICTIM, *HOURS)
    assert send() == {Result.STOPPED: 1}


def test_a_cancellation_that_is_one_too_many_goes_later_while_it_is_of_use(
    server: MailServer, send: Send, clock: Clock
) -> None:
    home = make_invitation(emails=(VICTIM,), reached=True)
    stamped(VICTIM, *HOURS)
    services.cancel_party(party=home.party, note="", now=NOW)
    plan(NOW)
    mail = OutgoingEmail.objects.get(kind=Kind.CANCELLED.value)
    assert send() == {Result.STOPPED: 1}
    assert fresh(mail).not_before == NOW - HOURS[2] + DAY
    clock.moment = fresh(mail).not_before
    assert send() == {Result.SENT: 1}


def test_a_cancellation_for_which_there_is_no_room_before_the_party_says_so_at_once(
    server: MailServer, send: Send, clock: Clock
) -> None:
    home = make_invitation(emails=(VICTIM,), reached=True)
    clock.moment = home.party.starts_at - timedelta(hours=3)
    stamped()
    Address.objects.update(
        last_mail_at=clock.moment, second_last_mail_at=clock.moment, third_last_mail_at=clock.moment
    )
    services.cancel_party(party=home.party, note="", now=clock.moment)
    plan(clock.moment)
    mail = OutgoingEmail.objects.get(kind=Kind.CANCELLED.value)
    send()
    assert (fresh(mail).state, fresh(mail).reason) == (State.SKIPPED, Reason.FULL_DAY)


def test_hosts_hear_of_their_party_whatever_their_address_got(
    server: MailServer, send: Send
) -> None:
    party = make_party()
    stamped(party.host.email, *HOURS)
    make_mail(host=party.host, party=party, kind=Kind.NEWS, occasion="1")
    assert send() == {Result.SENT: 1}


def test_who_is_forgotten_and_listed_again_gets_no_fourth_mail(
    server: MailServer, send: Send
) -> None:
    for _ in range(limits.TO_ONE_ADDRESS):
        invitation(make_party(), VICTIM)
        assert send() == {Result.SENT: 1}
    known = Address.objects.get(email=VICTIM)
    OutgoingEmail.objects.all().delete()
    Contact.objects.all().delete()
    assert let_go([known.pk]) == 1
    with transaction.atomic():
        again = addresses([VICTIM])[VICTIM]
    assert again.pk != known.pk
    assert again.third_last_mail_at == NOW
    invitation(make_party(), VICTIM)
    assert send() == {Result.STOPPED: 1}
