"""Whoever does not know a host is heard by the operators, by number and once."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from guests.models import OutgoingEmail, State
from guests.operators.notices import NEWS_FOR, notices
from guests.operators.rounds import go_round
from guests.outbox.drain import drain
from guests.strangers import report
from parties.models import Host, Party
from tests.factories import NOW, make_invitation, make_mail, make_party

pytestmark = pytest.mark.django_db
OPERATOR = "operator@example.org"


def strangers(party: Party, count: int) -> None:
    for number in range(count):
        home = make_invitation(party, emails=(f"nobody{number}@example.com",))
        report(contact=home.contacts.get(), now=NOW)


@pytest.fixture(autouse=True)
def _told(settings: Settings) -> None:
    settings.OPERATOR_EMAIL = OPERATOR


def test_one_mail_tells_of_the_first_and_one_of_the_pause() -> None:
    party = make_party()
    strangers(party, 1)
    for second in range(3):
        go_round(NOW + timedelta(seconds=second), beat=True)
    strangers(party, 3)
    for second in range(3, 6):
        go_round(NOW + timedelta(seconds=second), beat=True)

    told = [str(message.body) for message in django_mail.outbox if message.to == [OPERATOR]]
    assert len(told) == 2
    assert told[0].startswith(f"1 of those who got mail from account {party.host_id}")
    assert told[1].startswith(f"Account {party.host_id} is paused")
    assert "nobody" not in "".join(told)


def test_it_is_seen_by_whoever_watches_and_makes_nothing_unready() -> None:
    strangers(make_party(), 3)
    go_round(NOW, beat=True)

    with time_machine.travel(NOW, tick=False):
        response = Client().get("/readyz")

    assert response.status_code == 200
    assert list(response.json()["notices"]) == [f"paused-{Host.objects.get().pk}"]
    assert "@" not in response.content.decode()


def test_after_a_while_it_is_no_news_and_a_pause_stays_one() -> None:
    strangers(make_party(), 1)
    strangers(make_party(), 3)

    assert len(notices(NOW)) == 2
    assert [name.partition("-")[0] for name in notices(NOW + NEWS_FOR)] == ["paused"]


def test_a_paused_account_writes_to_no_family_until_the_operator_has_looked() -> None:
    party = make_party()
    strangers(party, 3)
    mail = make_mail(make_invitation(party, emails=("anna@example.com",)).contacts.get())
    drain(now=lambda: NOW, connections=1)
    mail.refresh_from_db()
    assert (mail.state, django_mail.outbox) == (State.QUEUED, [])

    out = io.StringIO()
    call_command("strangers", stdout=out)
    assert f"{party.host.email}\t3 strangers\tpaused since 2027-05-24 11:00 UTC" in out.getvalue()
    call_command("strangers", "--lift", str(party.host_id), stdout=io.StringIO())
    go_round(NOW + timedelta(minutes=1), beat=True)
    drain(now=lambda: NOW + timedelta(minutes=1), connections=1)

    assert OutgoingEmail.objects.get(pk=mail.pk).state == State.SENT
    with pytest.raises(CommandError):
        call_command("strangers", "--lift", str(party.host_id))
