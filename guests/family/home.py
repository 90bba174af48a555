"""What a family's page knows of its own home, and nothing of anybody else's answer.

A voice is one contact, or whoever holds the household's link, or its slip. Each sees only what it
said itself: parents of two homes do not read each other's answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from guests.links import Opened, Purpose
from guests.models import Channel, Contact, Guest, Response, ResponseGuest
from guests.standing import most_willing
from guests.wording import join_names
from parties.models import Rule
from parties.words import Answer, Kind

CHANNELS = {
    Purpose.MAIL: Channel.MAIL,
    Purpose.FAMILY: Channel.FAMILY,
    Purpose.PAPER: Channel.PAPER,
}

# What a page shows of an answer.
_SHOWN = (
    "id", "revision", "adults", "siblings", "allergies", "stays", "message", "know_by",
)  # fmt: skip


class Stage(StrEnum):
    """What a page is about."""

    CANCELLED = "cancelled"
    OVER = "over"
    ASKING = "asking"  # this voice has not answered for all children yet
    CONFIRMING = "confirming"  # it has, but when or where has changed since
    DIFFERING = "differing"  # it has, but the home's answer is another one by now
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Home:
    """The invited children, and what this voice said last (`own`, `said` by a guest's number).

    `asks_again`, `writes_before`: whether the plan has a follow-up, and a mail the day before.
    """

    guests: tuple[Guest, ...]
    own: Response | None = None
    said: Mapping[int, Answer] = field(default_factory=dict)
    asks_again: bool = False
    writes_before: bool = False

    @property
    def answer(self) -> Answer:
        """What this voice says for its most willing child."""
        return most_willing(self.said.values())

    @property
    def is_answered(self) -> bool:
        return bool(self.guests) and all(guest.pk in self.said for guest in self.guests)

    @property
    def names(self) -> str:
        return join_names([guest.name for guest in self.guests])

    def said_of(self, guest: Guest) -> Answer:
        return self.said.get(guest.pk, Answer.SILENT)


def read_home(opened: Opened) -> Home:
    """The children of the household with this voice's newest answer; one query."""
    guests = Guest.objects.filter(invitation_id=opened.invitation.pk)
    said, columns = _by_contact(opened.contact) if opened.contact else _by_household(opened)
    if said is None:
        return Home(tuple(guests))
    rows = list(
        guests.annotate(
            said=said,
            asks_again=_rule(opened, Kind.FOLLOW_UP),
            writes_before=_rule(opened, Kind.STILL_ON),
            **columns,
        )
    )
    own = opened.contact.newest if opened.contact else _response(rows)
    return Home(
        guests=tuple(rows),
        own=own,
        said={row.pk: Answer(row.said) for row in rows if row.said is not None},
        asks_again=any(row.asks_again for row in rows),
        writes_before=any(row.writes_before for row in rows),
    )


def stage_of(opened: Opened, home: Home, now: datetime) -> Stage:
    """What the page is about at `now`."""
    if opened.party.is_cancelled:
        return Stage.CANCELLED
    if opened.party.is_over(now):
        return Stage.OVER
    if home.own is None or not home.is_answered:
        return Stage.ASKING
    if home.own.revision < opened.party.revision and home.answer is not Answer.DECLINED:
        return Stage.CONFIRMING
    if not opened.invitation.disputed and any(
        guest.answer != home.said_of(guest).value for guest in home.guests
    ):
        return Stage.DIFFERING
    return Stage.ANSWERED


def _by_contact(contact: Contact) -> tuple[Subquery | None, dict[str, Subquery]]:
    """The column for what a contact says of each guest; its response was read with its link."""
    return (_said(contact.newest_id) if contact.newest_id else None), {}


def _by_household(opened: Opened) -> tuple[Subquery | None, dict[str, Subquery]]:
    """The columns for what came in by this link of the whole household, and for that response.

    They stand beside each guest, so that the page needs no third query.
    """
    if opened.invitation.answered_at is None:
        return None, {}
    newest = Response.objects.filter(
        invitation_id=opened.invitation.pk, channel=CHANNELS[opened.purpose], contact=None
    ).order_by("-pk")
    columns = {f"own_{name}": Subquery(newest.values(name)[:1]) for name in _SHOWN}
    return _said(newest.values("pk")[:1]), columns


def _said(response: Any) -> Subquery:
    """What that response says for the guest at hand."""
    return Subquery(
        ResponseGuest.objects.filter(guest=OuterRef("pk"), response_id=response).values("answer")[
            :1
        ]
    )


def _response(rows: Sequence[Any]) -> Response | None:
    """The response that those columns hold."""
    if not rows or rows[0].own_id is None:
        return None
    return Response(**{name: getattr(rows[0], f"own_{name}") for name in _SHOWN})


def _rule(opened: Opened, kind: Kind) -> Exists:
    return Exists(Rule.objects.filter(party_id=opened.party.pk, kind=kind.value, enabled=True))
