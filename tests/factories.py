"""Plain factories: keyword overrides, sensible defaults, no magic."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from allauth.account.models import EmailAddress

from guests import answering
from guests.models import (
    Address,
    Channel,
    Contact,
    Guest,
    Invitation,
    OutgoingEmail,
    Response,
    State,
)
from parties.models import Host, Party
from parties.schedule import FIRST, invitation_reply_by
from parties.services import make_party as _make_party
from parties.words import Answer, Kind

_counter = itertools.count(1)

# The clock of most tests: a Monday noon in London, three weeks before the party.
NOW = datetime(2027, 5, 24, 11, 0, tzinfo=UTC)


def make_host(*, verified: bool = True, **over: Any) -> Host:
    """A host whose account is old enough for the limits of every day, unless told otherwise."""
    email = over.pop("email", f"host{next(_counter)}@example.org")
    settled = {"name": "Rosa", "date_joined": datetime.now(UTC) - timedelta(days=60)}
    host = Host.objects.create_user(email, **{**settled, **over})
    if verified:
        EmailAddress.objects.create(user=host, email=host.email, verified=True, primary=True)
    return host


def make_party(host: Host | None = None, **over: Any) -> Party:
    """JJ's sixth in the park: Saturday 12 June 2027, 2 pm to 4:30 pm, London, reply by the 7th."""
    day = over.get("day", date(2027, 6, 12))
    fields: dict[str, Any] = {
        "host": host or make_host(),
        "child_name": "JJ",
        "turns": 6,
        "host_name": "Dee",
        "host_is": "JJ’s mum",
        "day": day,
        "starts": time(14),
        "ends": time(16, 30),
        "timezone": "Europe/London",
        "place": "Victoria Park",
        "where_exactly": "the blue shelter behind the playground",
        "reply_by": day - timedelta(days=5),
    }
    return _make_party(party=Party(**{**fields, **over}))


def make_invitation(
    party: Party | None = None,
    *,
    guests: Sequence[str] = ("Mia",),
    emails: Sequence[str] | None = None,
    invited_at: datetime | None = NOW,
    reached: bool = False,
    answer: Answer = Answer.SILENT,
    now: datetime = NOW,
    **over: Any,
) -> Invitation:
    """A household with one contact an address; `reached`: its invitations were handed over.

    `emails=()` makes a household without any address; an `answer` comes in from the first contact.
    """
    party = party or make_party()
    if invited_at is not None:
        over.setdefault(
            "reply_by_at",
            invitation_reply_by(
                party_reply_by=party.reply_by,
                zone=party.timezone,
                invited_at=invited_at,
                starts_at=party.starts_at,
            ),
        )
        over.setdefault("next_mail_at", invited_at)
    invitation = Invitation.objects.create(party=party, invited_at=invited_at, **over)
    for position, name in enumerate(guests):
        Guest.objects.create(invitation=invitation, name=name, position=position)
    Party.objects.filter(pk=party.pk).ask_to_look(invited_at or now)
    if emails is None:
        emails = (f"parent{next(_counter)}@example.com",)
    for email in emails:
        contact = make_contact(invitation, email=email, created_at=invited_at or now)
        if reached:
            make_mail(contact, state=State.SENT, at=invited_at or now)
    if answer is not Answer.SILENT:
        make_response(invitation, answer, now=now)
        invitation.refresh_from_db()
    return invitation


def make_contact(invitation: Invitation, email: str = "", **over: Any) -> Contact:
    address = Address.objects.get_or_create(email=email.lower())[0] if email else None
    return Contact.objects.create(
        invitation=invitation, address=address, email_as_typed=email, **{"name": "Anna", **over}
    )


def make_response(
    invitation: Invitation,
    answer: Answer | dict[int, Answer],
    *,
    contact: Contact | None = None,
    channel: Channel | None = None,
    now: datetime = NOW,
    **details: Any,
) -> Response:
    """An answer through the real service: the first contact's, unless a channel says otherwise."""
    if contact is None and channel is None:
        contact = invitation.contacts.current().first()
    if channel is None:
        channel = Channel.MAIL if contact else Channel.FAMILY
    if isinstance(answer, Answer):
        answer = {guest.pk: answer for guest in invitation.guests.all()}
    return answering.record_response(
        invitation_id=invitation.pk,
        contact=contact,
        channel=channel,
        submission_id=details.pop("submission_id", uuid.uuid4()),
        seen=details.pop("seen", None),
        answers=answer,
        details=answering.Details(**details),
        now=now,
    )


def make_mail(
    contact: Contact | None = None,
    *,
    host: Host | None = None,
    party: Party | None = None,
    kind: Kind = Kind.INVITATION,
    occasion: str = FIRST,
    state: State = State.QUEUED,
    at: datetime = NOW,
    **over: Any,
) -> OutgoingEmail:
    """A mail to a contact (or to a host about `party`) in a state that the database accepts."""
    if contact is not None:
        party = contact.invitation.party
        over.setdefault("invitation", contact.invitation)
        over.setdefault("address", contact.address)
    assert party is not None
    fields: dict[str, Any] = {
        "contact": contact,
        "host": host,
        "recipient_key": f"c:{contact.pk}" if contact else f"h:{host.pk if host else 0}",
        "party": party,
        "kind": kind.value,
        "occasion": occasion,
        "revision": party.revision,
        "state": state,
        "not_before": at,
        "expires_at": party.starts_at,
        "message_id": OutgoingEmail.new_message_id("fulltable.example"),
        "created_at": at,
    }
    if state in (State.CLAIMED, State.HANDING):
        fields |= {"claim_token": uuid.uuid4(), "lease_until": at + timedelta(minutes=10)}
    if state in (State.HANDING, State.SENT, State.UNCERTAIN):
        fields["handed_at"] = at
    if state == State.SENT:
        fields["sent_at"] = at
    if state in (State.SKIPPED, State.FAILED):
        fields["reason"] = "expired"
    return OutgoingEmail.objects.create(**{**fields, **over})
