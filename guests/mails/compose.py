"""Composing a mail: from one row of the outbox to what a mail server takes."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.utils import translation

from guests.mails import headers, moulds
from guests.mails.confirming import NothingToSay, confirmation_facts
from guests.mails.facts import Own, home_facts, own_facts, party_facts, with_own
from guests.mails.letter import Letter
from guests.mails.rendering import render
from guests.mails.tohost import host_facts
from guests.models import Address, Contact, Invitation, OutgoingEmail
from parties.models import Host
from parties.words import Kind

__all__ = ["PREFETCHED", "NothingToSay", "compose", "for_composing"]

PREFETCHED = ("invitation__guests",)


def for_composing(mails: QuerySet[OutgoingEmail]) -> QuerySet[OutgoingEmail]:
    """`mails` with all that `compose` reads of them, in two queries for any number of mails.

    Composing then takes no query a mail; a confirmation one, news three at most.
    """
    return mails.select_related(
        "contact", "address", "host", "invitation", "party__host", "rule"
    ).prefetch_related(*PREFETCHED)


def compose(mail: OutgoingEmail, now: datetime) -> EmailMultiAlternatives:
    """The mail as it is sent: one recipient, HTML and plain text, all headers.

    It speaks as of `mail.composed_at`, else `now` (UTC), in the reader's language; for the same
    rows and the same moment the bytes are the same. Raises NothingToSay if the response that it
    confirms is gone, the family asked to be forgotten, or what a host was to hear is settled.
    """
    moment = mail.composed_at or now
    if mail.host is not None:
        return _to_host(mail, mail.host, moment)
    if mail.contact is None or mail.address is None or mail.invitation is None:
        raise NothingToSay  # the database's constraints rule it out
    if mail.invitation.forgotten_at is not None:
        raise NothingToSay  # and nobody to say it to
    return _to_family(mail, mail.contact, mail.address, mail.invitation, moment)


def _to_family(
    mail: OutgoingEmail,
    contact: Contact,
    address: Address,
    invitation: Invitation,
    moment: datetime,
) -> Letter:
    with translation.override(_language(contact.language)):
        own = own_facts(contact, invitation)
        subject, text, html = _words(mail, invitation, moment, own)
    return _letter(
        mail,
        moment,
        subject=subject,
        text=text,
        html=html,
        to=headers.mailbox(headers.display_name(contact.name), address.email),
        reply_to=mail.party.host.email,
        more=headers.unsubscribing(own.stop),
    )


def _words(
    mail: OutgoingEmail, invitation: Invitation, moment: datetime, own: Own
) -> tuple[str, str, str]:
    """Subject, text and HTML, in the active language; from a mould where homes share one."""
    home = home_facts(mail, invitation, moment, own.names)
    if mail.kind == Kind.CONFIRMATION.value:
        facts = with_own(party_facts(mail.party) | home, mail.kind, own)
        return render(mail.kind, facts | confirmation_facts(mail))
    return moulds.words(mail.kind, mail.party, home, own)


def _to_host(mail: OutgoingEmail, host: Host, moment: datetime) -> Letter:
    with translation.override(_language(host.language)):
        subject, text, html = render(mail.kind, host_facts(mail, moment))
    return _letter(
        mail,
        moment,
        subject=subject,
        text=text,
        html=html,
        to=headers.mailbox(headers.display_name(host.name), host.email),
    )


def _letter(
    mail: OutgoingEmail,
    moment: datetime,
    *,
    subject: str,
    text: str,
    html: str,
    to: str,
    reply_to: str = "",
    more: dict[str, str] | None = None,
) -> Letter:
    return Letter(
        subject=subject,
        body=text,
        from_email=headers.sender(mail.party.host_name if mail.contact_id else ""),
        to=[to],
        reply_to=[reply_to] if reply_to else None,
        headers=headers.standard(mail.message_id, moment) | (more or {}),
        alternatives=[(html, "text/html")],
    )


@cache
def _language(code: str) -> str:
    """A language that the site speaks; its own where it does not speak `code`."""
    try:
        return translation.get_supported_language_variant(code)
    except LookupError:
        return settings.LANGUAGE_CODE
