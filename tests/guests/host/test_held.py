"""What a limit keeps back, as the host reads of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from guests.models import State
from guests.reasons import Reason
from parties.models import Party
from parties.services import cancel_party
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_mail


def keep_back(party: Party, reason: str, **over: Any) -> None:
    for name in ("Mia", "Ben"):
        home = make_invitation(party, guests=(name,))
        at = NOW + timedelta(hours=23)
        make_mail(home.contacts.get(), **{"reason": reason, "at": at, **over})


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.NEW_ACCOUNT, "lets a new account invite 60 people on its first day"),
        (Reason.MANY_INVITED, "invites 300 people a day for one host"),
        (Reason.FULL_DAY, "had three mails from Full Table within a day"),
    ],
)
def test_the_host_reads_why_mail_waits_and_until_when(
    dee: Client, party: Party, reason: str, words: str
) -> None:
    keep_back(party, reason)
    text = dee.get(f"/parties/{party.pk}/").content.decode()
    assert "2 homes wait for their mail" in text
    assert words in text
    assert "The next mails go by themselves: Tomorrow" in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason.UNVERIFIED, "Please confirm your mail address first"),
        (Reason.PAUSED, "Your mails are on hold"),
    ],
)
def test_the_host_reads_what_mail_waits_for_where_nobody_knows_until_when(
    dee: Client, party: Party, reason: str, words: str
) -> None:
    keep_back(party, reason)
    text = dee.get(f"/parties/{party.pk}/").content.decode()
    assert words in text
    assert "The next mails go by themselves" not in text


def test_a_cancellation_for_which_there_was_no_room_is_for_the_host_to_tell(
    dee: Client, party: Party
) -> None:
    keep_back(party, Reason.FULL_DAY, kind=Kind.CANCELLED, occasion="once", state=State.SKIPPED)
    cancel_party(party=party, note="", now=NOW)
    text = dee.get(f"/parties/{party.pk}/").content.decode()
    assert "Mails to 2 homes could not go" in text
    assert "please call or share the link" in text
    assert "Who is silent" not in text
    assert ">Mia<" in text
