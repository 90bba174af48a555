"""One mail of every kind that the product sends, as it arrives after a real hop by SMTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.test import Client

from guests.bouncing import mark_bounced
from guests.looking import look
from guests.mails.compose import compose, for_composing
from guests.models import Channel, Contact, OutgoingEmail, State
from guests.outbox.handover import Sender
from guests.outbox.outcome import Result
from guests.outbox.smtp import SmtpTransport
from guests.reasons import Reason
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import make_host, make_invitation, make_mail, make_party, make_response
from tests.smtp import MailServer

SITE = {
    "SITE_URL": "https://fulltable.example",
    "DEFAULT_FROM_EMAIL": "Full Table <hello@fulltable.example>",
    "MAIL_DOMAIN": "fulltable.example",
}
ACCOUNT = ("sign up", "sign up again", "sign in", "sign in unknown", "another address")


def full_party(now: datetime, days: int = 20) -> Party:
    """A party of which the host said all that can be said, in so many days from `now`."""
    return make_party(
        host=make_host(name="Dee"),
        day=now.date() + timedelta(days=days),
        host_phone="+44 7700 900100",
        about_child="Loves the long slide, and stories about dragons. Needs a little time to talk.",
        stay_note="Parents are welcome to stay.",
        food_note="There will be cake, and something without nuts.",
    )


def to_family(kind: Kind) -> Callable[[Party, datetime], OutgoingEmail]:
    """A mail of this kind to Anna, whose Mia and Ben are invited."""

    def make(party: Party, now: datetime) -> OutgoingEmail:
        home = make_invitation(
            party,
            guests=("Mia", "Ben"),
            emails=(f"anna.{kind.value}@mail.example",),
            invited_at=now - timedelta(days=2),
            personal_line="JJ talks about you two all the time.",
        )
        rule = party.rules.filter(kind=kind.value).first()
        if kind is Kind.CANCELLED:
            party.cancelled_at, party.cancel_note = now, "JJ has the chickenpox. We are so sorry."
            party.save()
        occasion = "1"
        if kind is Kind.CONFIRMATION:
            occasion = str(make_response(home, Answer.ACCEPTED, now=now).pk)
        return make_mail(home.contacts.get(), kind=kind, occasion=occasion, rule=rule, at=now)

    return make


def news(party: Party, now: datetime) -> OutgoingEmail:
    home = make_invitation(
        party, guests=("Mia",), emails=("anna.news@mail.example",), invited_at=now
    )
    said = make_response(
        home, Answer.ACCEPTED, message="We are so happy to come!", channel=Channel.FAMILY, now=now
    )
    return make_mail(host=party.host, party=party, kind=Kind.NEWS, occasion=str(said.pk), at=now)


def bounced(party: Party, now: datetime) -> OutgoingEmail:
    home = make_invitation(
        party, guests=("Mia",), emails=("anna.bounced@mail.example",), reached=True, invited_at=now
    )
    mark_bounced(address_id=_contact(home.contacts.first()).address_id or 0, now=now)
    look(now)
    return OutgoingEmail.objects.get(kind=Kind.BOUNCED.value)


def missed(party: Party, now: datetime) -> OutgoingEmail:
    home = make_invitation(
        party, guests=("Mia",), emails=("anna.missed@mail.example",), reached=True, invited_at=now
    )
    make_mail(
        _contact(home.contacts.first()),
        kind=Kind.REMINDER,
        occasion="by hand",
        state=State.SKIPPED,
        reason=Reason.EXPIRED,
        at=now,
    )
    look(now)
    return OutgoingEmail.objects.get(kind=Kind.MISSED.value)


def alarm(_party: Party, now: datetime) -> OutgoingEmail:
    """Four days before a party to which nobody has said yes."""
    party = full_party(now, days=4)
    for number in range(5):
        make_invitation(
            party,
            guests=(f"Child{number}",),
            emails=(f"parent{number}@mail.example",),
            reached=True,
            invited_at=now - timedelta(days=9),
        )
    Party.objects.filter(pk=party.pk).update(next_look_at=now)
    look(now)
    return OutgoingEmail.objects.get(kind=Kind.ALARM.value)


MAKERS: dict[Kind, Callable[[Party, datetime], OutgoingEmail]] = {
    **{
        kind: to_family(kind)
        for kind in (
            Kind.INVITATION,
            Kind.REMINDER,
            Kind.FOLLOW_UP,
            Kind.STILL_ON,
            Kind.CHANGED,
            Kind.CANCELLED,
            Kind.CONFIRMATION,
        )
    },
    Kind.NEWS: news,
    Kind.BOUNCED: bounced,
    Kind.MISSED: missed,
    Kind.ALARM: alarm,
}


def arrives(server: MailServer, kind: Kind, now: datetime) -> bytes:
    """The mail of this kind, from its row to what the server took."""
    row = MAKERS[kind](full_party(now), now)
    stored = for_composing(OutgoingEmail.objects.filter(pk=row.pk)).get()
    transport = SmtpTransport()
    _prepared, parcel = Sender(transport, compose, lambda: now)._prepare(stored)
    assert transport.deliver(parcel, lambda: True).result is Result.SENT
    transport.close()
    return server.mails[-1].content


def account_mail_arrives(server: MailServer, sort: str, client: Client) -> bytes:
    """A mail about the account, asked for on the pages of the site."""
    _ask(sort, client)
    return server.mails[-1].content


def _ask(sort: str, client: Client) -> None:
    rosa = f"{sort.replace(' ', '.')}@mail.example"
    mine = {"email": rosa, "login": rosa}
    match sort:
        case "sign up":
            client.post("/accounts/signup/", mine)
        case "sign up again":
            make_host(email=rosa)
            client.post("/accounts/signup/", mine)
        case "sign in":
            make_host(email=rosa)
            client.post("/accounts/login/", mine)
        case "sign in unknown":
            client.post("/accounts/login/", mine)
        case "another address":
            client.force_login(make_host(email=rosa))
            client.post("/accounts/email/", {"email": "new@mail.example", "action_add": ""})


def _contact(found: Contact | None) -> Contact:
    assert found is not None
    return found
