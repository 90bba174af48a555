"""A mail that went out, and the address that it comes back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings

from guests.deliveries import marks
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_mail


@dataclass(frozen=True, slots=True)
class Went:
    """A mail to one family, with all that a report may name."""

    mail: OutgoingEmail

    @property
    def contact(self) -> Contact:
        assert self.mail.contact is not None
        return self.mail.contact

    @property
    def invitation(self) -> Invitation:
        return self.contact.invitation

    @property
    def verp(self) -> str:
        return marks.return_address(self.mail.pk)

    def fresh(self) -> OutgoingEmail:
        return OutgoingEmail.objects.get(pk=self.mail.pk)

    def address(self) -> Address:
        assert self.mail.address_id is not None
        return Address.objects.get(pk=self.mail.address_id)

    def fills(self) -> dict[str, str]:
        return {
            "verp": self.verp,
            "to": self.address().email,
            "message_id": self.mail.message_id,
        }


@pytest.fixture(autouse=True)
def return_address(settings: Settings) -> None:
    settings.RETURN_ADDRESS = "bounces@party.example.org"


@pytest.fixture
def went() -> Went:
    return send("anna@example.com")


def send(email: str, state: State = State.SENT, **over: Any) -> Went:
    """An invitation to this address that was handed over."""
    contact = make_invitation(emails=(email,)).contacts.get()
    return Went(make_mail(contact, kind=Kind.INVITATION, state=state, at=NOW, **over))
