"""Parties whose reminders are due at this very moment, whatever the hour on the machine's clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from guests.links import answer_path
from guests.models import Invitation, OutgoingEmail, State
from parties.models import Party
from parties.words import Kind
from tests.factories import make_invitation, make_party
from tests.faults.rig import Rig

#: The invitations went out so long ago, and the party is so far off: the first reminder of the
#: default plan was due yesterday at the latest, the next one comes in a week.
INVITED_BEFORE = timedelta(days=6)
DAYS_AHEAD = 14


def zone_where_it_is(hour: int, now: datetime | None = None) -> str:
    """A zone in which it is about this hour now, so that no reminder waits for the morning."""
    now = now or timezone.now()
    east = (hour - now.astimezone(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def party_soon(*, days: int = DAYS_AHEAD, hour: int = 11, **over: Any) -> Party:
    """A party some days ahead, in a zone where it is about `hour` now."""
    zone = over.pop("timezone", zone_where_it_is(hour))
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    return make_party(day=today + timedelta(days=days), timezone=zone, **over)


def due_homes(
    rig: Rig,
    count: int,
    *,
    party: Party | None = None,
    email: Callable[[int], str] = "parent{}@example.com".format,
    now: datetime | None = None,
) -> list[Invitation]:
    """Silent homes that were invited in time and whose first reminder is due.

    Their invitations stand in the journal as well, as if the mail server had taken them.
    """
    now = now or timezone.now()
    party = party or party_soon()
    invited_at = now - INVITED_BEFORE
    with transaction.atomic():
        homes = [
            make_invitation(
                party,
                guests=(f"Child{number}",),
                emails=(email(number),),
                invited_at=invited_at,
                reached=True,
                next_mail_at=now - timedelta(seconds=1),
            )
            for number in range(count)
        ]
    note_invitations(rig, homes)
    return homes


def note_invitations(rig: Rig, homes: Sequence[Invitation]) -> None:
    """The invitations of these homes stand in the journal, as if the mail server had taken them."""
    invitations = OutgoingEmail.objects.filter(
        invitation__in=homes, kind=Kind.INVITATION, state=State.SENT
    )
    with rig.journal.open("a", encoding="utf-8") as file:
        for mail in invitations.select_related("address"):
            file.write(_journal_line(mail) + "\n")


def reminders(*states: State) -> Sequence[OutgoingEmail]:
    """All reminders, or those in these states, oldest first."""
    found = OutgoingEmail.objects.filter(kind=Kind.REMINDER).order_by("pk")
    return list(found.filter(state__in=states) if states else found)


def page_of(home: Invitation) -> str:
    """The path of the page on which the home's first contact answers."""
    return answer_path(home.contacts.get())


def _journal_line(mail: OutgoingEmail) -> str:
    return json.dumps(
        {
            "at": (mail.handed_at or mail.created_at).isoformat(),
            "message_id": mail.message_id,
            "to": mail.address.email if mail.address else "",
            "sha256": "",
        }
    )
