"""What the clerk can be asked: to look into the product's database, and to bring it to a state.

Everything goes in and comes out as JSON. The doors of families are opened with the product's own
links, answers are given through its own services.
"""

from __future__ import annotations

import uuid
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q
from django.utils import timezone

from guests import answering, forgetting, inviting, stopping
from guests.links import answer_path, calendar_path, forget_path, stop_path, stranger_path
from guests.models import Address, Channel, Contact, Invitation, OutgoingEmail, Response, State
from parties.models import Host, Party
from parties.services import cancel_party, make_party, revise_party
from parties.words import Answer
from tests.factories import make_host
from tests.shift import shift as _shift


def shift(*, days: int = 0, minutes: int = 0) -> None:
    """Lets that much time pass."""
    _shift(days=days, minutes=minutes)


def unfinished() -> dict[str, int]:
    """What plan and outbox have to do at this moment; empty when there is nothing."""
    now = timezone.now()
    waiting = Q(state=State.QUEUED, not_before__lte=now)
    found = {
        "mails": OutgoingEmail.objects.filter(
            waiting | Q(state__in=[State.CLAIMED, State.HANDING])
        ).count(),
        "plans": Invitation.objects.due(now).count(),
        "looks": Party.objects.to_look_at(now).count(),
    }
    return {what: count for what, count in found.items() if count}


def party(*, pk: int) -> dict[str, str]:
    """A party's own dates."""
    found = Party.objects.get(pk=pk)
    return {"day": found.day.isoformat(), "reply_by": found.reply_by.isoformat()}


def homes(*, party: int) -> list[dict[str, Any]]:
    """Every home of a party: its children, addresses, answer, and how many responses it gave."""
    return [
        {
            "pk": home.pk,
            "guests": [guest.name for guest in home.guests.all()],
            "emails": [
                contact.address.email
                for contact in home.contacts.current().select_related("address")
                if contact.address is not None
            ],
            "answer": home.answer,
            "responses": home.responses.count(),
            "link": answer_path(home),
        }
        for home in Invitation.objects.filter(party_id=party).order_by("pk")
    ]


def responses(*, home: int) -> list[dict[str, Any]]:
    """What a home said, the oldest first."""
    return [
        {
            "channel": response.channel,
            "answers": sorted({row.answer for row in response.answers.all()}),
            "adults": response.adults,
            "message": response.message,
            "know_by": response.know_by and response.know_by.isoformat(),
        }
        for response in Response.objects.filter(invitation_id=home)
    ]


def host(*, name: str = "Rosa") -> dict[str, str]:
    """A host who is signed in: the address, and the cookie of a browser."""
    made = make_host(email=f"{uuid.uuid4().hex[:12]}@example.org", name=name)
    session = SessionStore()
    session[SESSION_KEY] = str(made.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = made.get_session_auth_hash()
    session.create()
    return {
        "email": made.email,
        "name": settings.SESSION_COOKIE_NAME,
        "value": str(session.session_key),
    }


def make(
    *,
    host: str,
    days: int = 30,
    homes: list[dict[str, Any]],
    sent: bool = True,
    zone: str = "Europe/London",
) -> int:
    """JJ's party in so many days with these homes, invited when `sent`.

    A home is its `guests`, with `emails` and with `phones` (name and number) of its grown-ups.
    """
    day = timezone.now().astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    made = make_party(
        party=Party(
            host=Host.objects.get(email=host),
            child_name="JJ", turns=6, host_name="Dee", host_is="JJ’s mum",
            host_phone="+44 7700 900100",
            about_child="Loves the long slide, and stories about dragons.",
            day=day, starts=time(14), ends=time(16, 30), timezone=zone,
            place="Victoria Park", where_exactly="the blue shelter behind the playground",
            reply_by=day - timedelta(days=5),
            stay_note="Stay for a coffee, or be back at half past four.",
            food_note="Cake and fruit, nothing with nuts.",
            theme="dinosaurs",
        )
    )  # fmt: skip
    now = timezone.now()
    inviting.add_households(
        party=made,
        households=[
            inviting.NewHousehold(
                guests=tuple(home["guests"]),
                contacts=(
                    *(inviting.NewContact(email=email) for email in home.get("emails", ())),
                    *(
                        inviting.NewContact(name, "", phone)
                        for name, phone in home.get("phones", ())
                    ),
                ),
                personal_line=home.get("line", ""),
            )
            for home in homes
        ],
        now=now,
    )
    if sent:
        inviting.invite(party=made, now=now)
    return made.pk


def links(*, home: int) -> dict[str, str]:
    """The doors of a home's first contact, and the one of the whole household."""
    invitation = Invitation.objects.get(pk=home)
    found = {"household": answer_path(invitation)}
    contact = invitation.contacts.current().exclude(address=None).first()
    if contact is not None:
        found |= {
            "family": answer_path(contact),
            "stop": stop_path(contact),
            "calendar": calendar_path(contact),
            "forget": forget_path(contact),
            "stranger": stranger_path(contact),
        }
    return found


def answer(*, home: int, answer: str, by: str = "mail") -> None:
    """An answer of a home for all its children: by `mail`, from its `last` contact, by its
    household's link (`family`), or through the `host`.
    """
    invitation = Invitation.objects.get(pk=home)
    contacts = {"mail": invitation.contacts.current().first, "last": invitation.contacts.last}
    contact: Contact | None = contacts[by]() if by in contacts else None
    answering.record_response(
        invitation_id=home,
        contact=contact,
        channel=Channel.MAIL if contact else Channel(by),
        submission_id=uuid.uuid4(),
        answers={guest.pk: Answer(answer) for guest in invitation.guests.all()},
        details=answering.Details(),
        now=timezone.now(),
    )


def stop(*, home: int) -> None:
    """The first contact of a home wants no reminders of this party."""
    contact = Contact.objects.filter(invitation_id=home).first()
    assert contact is not None
    stopping.stop_party(contact=contact, now=timezone.now())


def forget(*, home: int) -> None:
    """The first contact of a home asks to be forgotten."""
    contact = Contact.objects.filter(invitation_id=home).first()
    forgetting.forget(invitation_id=home, contact=contact, never_again=False, now=timezone.now())


def bounce(*, home: int) -> None:
    """The first address of a home does not exist any more."""
    Address.objects.filter(contacts__invitation_id=home).update(bounced_at=timezone.now())


def move(*, party: int, days: int) -> None:
    """The host moves a party by so many days, and its homes are told."""
    found = Party.objects.get(pk=party)
    found.day += timedelta(days=days)
    revise_party(party=found, changed={"day"}, now=timezone.now())


def cancel(*, party: int, note: str = "") -> None:
    """The host cancels a party."""
    cancel_party(party=Party.objects.get(pk=party), note=note, now=timezone.now())


def end(*, party: int) -> None:
    """The party was yesterday."""
    found = Party.objects.get(pk=party)
    found.day = timezone.now().date() - timedelta(days=1)
    found.reply_by = found.day
    found.save()
