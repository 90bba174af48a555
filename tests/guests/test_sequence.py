"""Somebody who waited for a lock comes after the mail that held it, whatever the clock said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from guests.audit import audit
from guests.inviting import NewContact, correct_contact, withdraw
from guests.models import Contact, State
from guests.stopping import stop_everything, stop_party
from parties.services import cancel_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_response

pytestmark = pytest.mark.django_db

Act = Callable[[Contact, datetime], object]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(
            lambda contact, now: make_response(contact.invitation, Answer.DECLINED, now=now),
            id="an answer",
        ),
        pytest.param(lambda contact, now: stop_party(contact=contact, now=now), id="a stop"),
        pytest.param(
            lambda contact, now: stop_everything(contact=contact, now=now), id="a stop for good"
        ),
        pytest.param(
            lambda contact, now: correct_contact(
                contact=contact, corrected=NewContact(email="right@example.com"), now=now
            ),
            id="a correction",
        ),
        pytest.param(
            lambda contact, now: withdraw(invitation=contact.invitation, now=now),
            id="a withdrawal",
        ),
        pytest.param(
            lambda contact, now: cancel_party(party=contact.invitation.party, note="", now=now),
            id="a cancellation",
        ),
    ],
)
def test_whoever_waited_for_a_mail_comes_after_it(act: Act) -> None:
    home = make_invitation(emails=("anna@example.com",), reached=True)
    contact = home.contacts.get()
    went = NOW + timedelta(days=4, milliseconds=5)
    make_mail(
        contact, kind=Kind.REMINDER, occasion="1", state=State.SENT, at=went, composed_at=went
    )
    act(contact, went - timedelta(milliseconds=5))
    assert audit(went)["A4"] == []
