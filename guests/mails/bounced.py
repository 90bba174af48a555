"""To a host: mail to these homes came back, or somebody there wants no more of it."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from guests.links import absolute
from guests.lists import display_email, suggest_email
from guests.mails.confirming import NothingToSay
from guests.mails.facts import Facts, party_facts
from guests.mails.homecard import home_card
from guests.models import Contact, OutgoingEmail
from parties.names import tidy
from parties.words import Answer


def bounced_facts(mail: OutgoingEmail) -> Facts:
    """The homes whose address takes no mail from us, as they are now; a handful of queries.

    Raises NothingToSay if each of them was corrected, taken off the list or has said no meanwhile.
    """
    found = [contact for contact in _contacts(mail) if _still_matters(contact)]
    if not found:
        raise NothingToSay
    party = mail.party
    only_complaints = all(map(_complained, found))
    return party_facts(party) | {
        "title": _title(found, only_complaints),
        "only_complaints": only_complaints,
        "cards": [
            home_card(party, contact.invitation, contact, tuple(_lines(contact)), correct=True)
            for contact in found
        ],
        "page": absolute(party.get_absolute_url()),
    }


def _title(found: list[Contact], only_complaints: bool) -> str:
    homes = len({contact.invitation_id for contact in found})
    if only_complaints:
        words = ngettext(
            "A home takes no more mail from us", "%(n)d homes take no more mail from us", homes
        )
    elif any(map(_complained, found)):
        words = ngettext(
            "Our mail does not reach a home", "Our mail does not reach %(n)d homes", homes
        )
    else:
        words = ngettext("Mail to a home came back", "Mail to %(n)d homes came back", homes)
    return words % {"n": homes}


def _complained(contact: Contact) -> bool:
    return contact.address is not None and contact.address.complained_at is not None


def _contacts(mail: OutgoingEmail) -> list[Contact]:
    return list(
        Contact.objects.current()
        .filter(
            invitation__party=mail.party_id,
            invitation__withdrawn_at=None,
            bounce_told=mail.occasion,
        )
        .filter(Q(address__bounced_at__isnull=False) | Q(address__complained_at__isnull=False))
        .select_related("address", "invitation")
        .prefetch_related("invitation__guests", "invitation__contacts__address")
        .order_by("invitation_id", "pk")
    )


def _still_matters(contact: Contact) -> bool:
    invitation = contact.invitation
    return invitation.answer != Answer.DECLINED.value or invitation.disputed


def _lines(contact: Contact) -> list[str]:
    """What happened, what was probably meant, and who was reached nevertheless."""
    email = {"email": _shown(contact.email_as_typed)}
    if _complained(contact):
        return [
            gettext("Somebody marked our mail to %(email)s as spam.") % email,
            gettext("So we send nothing more to that address, from any host."),
            *_who_is_reached(contact),
        ]
    lines = [gettext("%(email)s does not work.") % email]
    if better := suggest_email(contact.email_as_typed):
        lines.append(gettext("Is it %(email)s?") % {"email": _shown(better)})
    return lines + _who_is_reached(contact)


def _who_is_reached(contact: Contact) -> list[str]:
    """Who of this home gets our mail nevertheless; if nobody, what that means."""
    reached = [one for one in contact.invitation.contacts.all() if one.is_mailable]
    if reached:
        other = tidy(reached[0].name) or _shown(reached[0].email_as_typed)
        return [gettext("Mail to %(name)s still gets there.") % {"name": other}]
    if contact.invitation.is_silent and not _complained(contact):
        return [gettext("They may not know about the party.")]
    if contact.invitation.is_silent:
        return [gettext("They have not answered. A call or a word at the school gate helps.")]
    return [gettext("They answered, but our next mail will not get there.")]


def _shown(email: str) -> str:
    return tidy(display_email(email))
