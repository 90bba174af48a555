"""The scripted stranger: what accounts can do that were made to mail people who do not know them.

Twenty senders at once, a real mail server, on whichever database the suite runs.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest
from django.db import connection
from pytest_django import Settings

from guests.limits import DAY, NEW_A_DAY, NEW_ON_FIRST_DAY, TO_ONE_ADDRESS
from guests.models import Address, Contact, Guest, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from guests.planner import plan
from parties.models import Host, Party
from parties.schedule import invitation_reply_by
from parties.words import Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party
from tests.guests.outbox.conftest import Clock, small
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

SENDERS = 20
VICTIM = "anna@example.com"


@pytest.fixture(autouse=True)
def _patience(server: MailServer, settings: Settings) -> Iterator[None]:
    """Twenty senders on a busy machine wait longer than one: for the mail server, whose silence
    would be an unclear mail, and for the database's locks."""
    settings.EMAIL_TIMEOUT = 60
    options = connection.settings_dict["OPTIONS"]
    patient: dict[str, object] = {"timeout": 120}
    if connection.vendor == "postgresql":
        limits = " -c lock_timeout=120s -c statement_timeout=120s"
        patient = {"options": str(options.get("options", "")) + limits}
    with mock.patch.dict(options, patient):
        connection.close()
        yield


def send(clock: Clock) -> None:
    """All senders at once, until the queue is empty."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            drain(clock, connections=1, compose=small)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors[0]


def invite_strangers(host: Host, count: int) -> None:
    """Parties with as many homes as may be, two addresses each; put into the tables directly."""
    homes = count // 2
    for first in range(0, homes, 500):
        party = make_party(host)
        _fill(party, range(first, min(first + 500, homes)))


def _fill(party: Party, numbers: range) -> None:
    reply_by_at = invitation_reply_by(
        party_reply_by=party.reply_by,
        zone=party.timezone,
        invited_at=NOW,
        starts_at=party.starts_at,
    )
    homes = Invitation.objects.bulk_create(
        Invitation(party=party, invited_at=NOW, reply_by_at=reply_by_at, next_mail_at=NOW)
        for _ in numbers
    )
    Guest.objects.bulk_create(Guest(invitation=home, name="Mia", position=0) for home in homes)
    emails = [f"parent{number}.{one}@example.com" for number in numbers for one in (1, 2)]
    addresses = Address.objects.bulk_create(Address(email=email) for email in emails)
    Contact.objects.bulk_create(
        Contact(
            invitation=homes[place // 2],
            address=address,
            email_as_typed=address.email,
            created_at=NOW,
        )
        for place, address in enumerate(addresses)
    )


def everything_is_ready(clock: Clock) -> None:
    """As if nobody had given the mails their days: the commit point is on its own."""
    OutgoingEmail.objects.filter(state=State.QUEUED).update(not_before=clock.moment)


def test_one_new_account_with_10000_addresses_invites_60_people_and_then_300_a_day(
    server: MailServer,
) -> None:
    host = make_host(date_joined=NOW)
    invite_strangers(host, 10_000)
    clock = Clock()
    sent: list[int] = []
    for _day in range(3):
        plan(clock.moment)
        send(clock)
        sent.append(len(server.mails) - sum(sent))
        clock.move(hours=12)
        plan(clock.moment)
        send(clock)
        clock.move(hours=12)
    assert sent == [NEW_ON_FIRST_DAY, NEW_A_DAY, NEW_A_DAY]
    assert len(server.mails) == sum(sent)
    assert max(Counter(mail.to for mail in server.mails).values()) == 1
    assert OutgoingEmail.objects.filter(kind=Kind.INVITATION.value).count() == 10_000


def test_where_everything_is_ready_at_once_the_commit_point_alone_keeps_to_the_limits(
    server: MailServer,
) -> None:
    host = make_host(date_joined=NOW)
    invite_strangers(host, 600)
    clock = Clock()
    plan(clock.moment)
    sent: list[int] = []
    for _day in range(2):
        everything_is_ready(clock)
        send(clock)
        sent.append(len(server.mails) - sum(sent))
        clock.move(hours=12)
        everything_is_ready(clock)
        send(clock)
        clock.move(hours=12)
    assert sent == [NEW_ON_FIRST_DAY, NEW_A_DAY]
    assert len(server.mails) == sum(sent)
    # Who was turned away has a day on which there is room, and stands there in the line.
    waiting = OutgoingEmail.objects.filter(state=State.QUEUED)
    days = Counter(waiting.values_list("not_before", flat=True))
    assert sum(days.values()) == 600 - sum(sent)
    assert all(at >= NOW + 2 * DAY for at in days)


def test_50_accounts_send_three_mails_a_day_to_one_address(server: MailServer) -> None:
    for _ in range(50):
        home = make_invitation(make_party(make_host(date_joined=NOW)), emails=(VICTIM,))
        make_mail(home.contacts.get())
    clock = Clock()
    sent: list[int] = []
    for _day in range(4):
        everything_is_ready(clock)
        send(clock)
        sent.append(len(server.mails) - sum(sent))
        clock.move(hours=23, minutes=59)
        everything_is_ready(clock)
        send(clock)
        clock.move(minutes=1)
    assert sent == [TO_ONE_ADDRESS] * 4
    assert len(server.mails) == sum(sent)
    assert OutgoingEmail.objects.filter(state=State.QUEUED).count() == 50 - sum(sent)


def test_a_paused_account_sends_nothing_and_costs_the_mail_server_nothing_more(
    server: MailServer,
) -> None:
    host = make_host(paused_at=NOW)
    invite_strangers(host, 100)
    clock = Clock()
    for _hour in range(3):
        tick(clock.moment)
        send(clock)
        clock.move(hours=1)
    assert server.mails == []
    assert server.ledger.commands.count("RCPT") <= 100
    assert OutgoingEmail.objects.filter(state=State.QUEUED).count() == 100
