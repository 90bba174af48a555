"""A party by plain SMTP: what the mail server says at the door and afterwards, as the host sees it.

Everything is real: the conversation with the server, the return address that it saw, the command
that reads what comes back, the tick, the dashboard and the mail to the host.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings
from time_machine import Traveller

from guests.deliveries import marks
from guests.inviting import NewContact, correct_contact, invite
from guests.models import Address, Fate, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from guests.reasons import Reason
from parties.models import Party
from parties.words import Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party
from tests.guests.deliveries.samples import REPORTS, Sample, complaint
from tests.guests.outbox.conftest import use
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

Read = Callable[[str, str], str]


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as running:
        use(settings, running)
        settings.RETURN_ADDRESS = "bounces@party.example.org"
        yield running


@pytest.fixture
def party(time_machine: Traveller) -> Party:
    time_machine.move_to(NOW, tick=False)
    return make_party(make_host(email="dee@example.org"))


@pytest.fixture
def dashboard(party: Party, client: Client) -> Callable[[], str]:
    client.force_login(party.host)
    return lambda: client.get(f"/parties/{party.pk}/").content.decode()


@pytest.fixture
def comes_back(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Let a report on the mail to this address come in, as a mail server pipes it to us."""

    def pipe(report: str, email: str) -> str:
        seen = server.to(email)[-1]
        content = Sample(report, Fate.HARD, "").filled(
            verp=seen.sender, to=email, message_id=seen.message_id
        )
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        out = io.StringIO()
        call_command("read_bounces", stdout=out)
        return out.getvalue().strip()

    return pipe


def home(party: Party, guest: str, email: str) -> Invitation:
    return make_invitation(party, guests=(guest,), emails=(email,), invited_at=None)


def go(party: Party, at: datetime = NOW) -> None:
    """One tick, and all that is ready goes."""
    tick(at)
    drain(lambda: at, connections=1)


def to_host(server: MailServer) -> list[str]:
    return [str(mail.parsed["Subject"]) for mail in server.to("dee@example.org")]


def test_the_envelope_carries_the_return_address_and_the_letter_does_not(
    party: Party, server: MailServer
) -> None:
    home(party, "Mia", "anna@example.com")
    invite(party=party, now=NOW)
    go(party)
    (seen,) = server.to("anna@example.com")
    assert marks.returned(seen.sender) == OutgoingEmail.objects.get().pk
    assert parseaddr(str(seen.parsed["From"]))[1] == "hello@example.org"
    assert b"bounces+" not in seen.content


def test_without_a_return_address_the_envelope_is_as_ever(
    party: Party, server: MailServer, settings: Settings
) -> None:
    settings.RETURN_ADDRESS = ""
    home(party, "Mia", "anna@example.com")
    invite(party=party, now=NOW)
    go(party)
    (seen,) = server.to("anna@example.com")
    assert seen.sender == "hello@example.org"


def test_all_that_can_become_of_a_mail_is_on_the_dashboard_within_one_tick(
    party: Party, server: MailServer, comes_back: Read, dashboard: Callable[[], str]
) -> None:
    homes = {
        guest: home(party, guest, email)
        for guest, email in {
            "Mia": "anna@example.com",  # accepted
            "Leo": "452rcpt+katrin@example.com",  # full for now
            "Ava": "550rcpt+nobody@example.com",  # refused at the door
            "Ben": "tessa@example.com",  # comes back later
            "Zoe": "cross@example.com",  # complains
        }.items()
    }
    invite(party=party, now=NOW)
    go(party)
    text = dashboard()
    assert "1 home was not reached" in text
    assert "550rcpt+nobody@example.com" in text
    assert text.count("Mail accepted.") == 3
    assert "On its way." in text

    hard = REPORTS["Gmail, no such account"].text
    assert comes_back(hard, "tessa@example.com") == "understood"
    assert comes_back(complaint(), "cross@example.com") == "understood"
    go(party, NOW + timedelta(minutes=1))
    text = dashboard()
    assert "3 homes were not reached" in text
    assert "Mail came back. tessa@example.com" in text
    assert "They marked our mail as spam. cross@example.com" in text
    assert text.count("Mail accepted.") == 1
    mail = OutgoingEmail.objects.get(kind=Kind.BOUNCED.value)
    assert mail.not_before <= NOW + timedelta(minutes=11)

    go(party, NOW + timedelta(minutes=20))
    assert to_host(server) == ["JJ's party on Saturday 12 June: mail came back"]
    body = server.to("dee@example.org")[0].parsed.get_body(("plain",))
    told = str(body.get_content()) if body else ""
    for words in ("550rcpt+nobody", "tessa@example.com does not work", "cross@example.com as spam"):
        assert words in told

    made = correct_contact(
        contact=homes["Ben"].contacts.get(),
        corrected=NewContact("Tessa", "tessa.right@example.com"),
        now=NOW + timedelta(minutes=30),
    )
    go(party, NOW + timedelta(minutes=31))
    (seen,) = server.to("tessa.right@example.com")
    assert marks.returned(seen.sender) == OutgoingEmail.objects.get(contact=made).pk
    assert "2 homes were not reached" in dashboard()
    # Days later the reminder goes to those whom mail reaches, and to nobody else.
    go(party, NOW + timedelta(days=4, hours=7))
    reminded = OutgoingEmail.objects.filter(kind=Kind.REMINDER.value, state=State.SENT)
    assert set(reminded.values_list("address__email", flat=True)) == {
        "anna@example.com",
        "tessa.right@example.com",
    }


def test_a_mailbox_that_is_full_is_tried_again_and_counted_once_a_mail(
    party: Party, server: MailServer
) -> None:
    email = "katrin@example.com"
    server.script(email, ["452rcpt", "452rcpt", "ok"])
    home(party, "Leo", email)
    invite(party=party, now=NOW)
    for minutes in (0, 10, 40):
        go(party, NOW + timedelta(minutes=minutes))
    assert len(server.to(email)) == 1
    address = Address.objects.get(email=email)
    assert [(one.fate, one.status, one.final) for one in address.reports.all()] == [
        (Fate.SOFT, "4.2.2", False)
    ]
    assert address.bounced_at is None


@pytest.mark.usefixtures("party")
def test_three_full_mailboxes_in_a_month_and_the_address_counts_as_dead(
    server: MailServer, comes_back: Read
) -> None:
    email, full = "katrin@example.com", REPORTS["Exchange, quota"].text
    Address.objects.create(email=email)
    for number in range(3):
        assert Address.objects.get(email=email).bounced_at is None
        with_it = make_invitation(make_party(), emails=(email,))
        make_mail(with_it.contacts.get())
        drain(lambda: NOW, connections=1)
        report = full.replace("7f2f01ae", f"7f2f01a{number}")
        assert comes_back(report, email) == "understood"
    assert Address.objects.get(email=email).bounced_at is not None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (REPORTS["Postfix, nobody of that name"].text, Reason.BOUNCED),
        (complaint(), Reason.COMPLAINED),
    ],
    ids=["bounce", "complaint"],
)
def test_a_mail_that_was_claimed_already_is_stopped_between_its_address_and_its_content(
    party: Party, server: MailServer, comes_back: Read, report: str, reason: Reason
) -> None:
    email = "anna@example.com"
    one = home(party, "Mia", email)
    invite(party=party, now=NOW)
    go(party)
    second = make_mail(one.contacts.get(), kind=Kind.CHANGED, occasion=str(party.revision))

    def hear(_recipient: str) -> None:
        try:
            assert comes_back(report, email) == "understood"
        finally:
            connection.close()

    server.on_rcpt(hear)
    drain(lambda: NOW + timedelta(minutes=1), connections=1)
    second.refresh_from_db()
    assert (second.state, second.reason) == (State.SKIPPED, reason)
    assert len(server.to(email)) == 1
    assert "DATA" not in server.ledger.commands[-2:]
