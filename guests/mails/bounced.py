"""To a host: mail to these homes came back."""

from __future__ import annotations

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
    """The homes whose address does not work, as they are now; a handful of queries.

    Raises NothingToSay if each of them was corrected, taken off the list or has said no meanwhile.
    """
    found = [contact for contact in _contacts(mail) if _still_matters(contact)]
    if not found:
        raise NothingToSay
    party = mail.party
    homes = len({contact.invitation_id for contact in found})
    return party_facts(party) | {
        "title": ngettext("Mail to a home came back", "Mail to %(n)d homes came back", homes)
        % {"n": homes},
        "cards": [
            home_card(party, contact.invitation, contact, tuple(_lines(contact)), correct=True)
            for contact in found
        ],
        "page": absolute(party.get_absolute_url()),
    }


def _contacts(mail: OutgoingEmail) -> list[Contact]:
    return list(
        Contact.objects.current()
        .filter(
            invitation__party=mail.party_id,
            invitation__withdrawn_at=None,
            address__bounced_at__isnull=False,
            bounce_told=mail.occasion,
        )
        .select_related("address", "invitation")
        .prefetch_related("invitation__guests", "invitation__contacts__address")
        .order_by("invitation_id", "pk")
    )


def _still_matters(contact: Contact) -> bool:
    invitation = contact.invitation
    return invitation.answer != Answer.DECLINED.value or invitation.disputed


def _lines(contact: Contact) -> list[str]:
    """What happened, what was probably meant, and who was reached nevertheless."""
    lines = [gettext("%(email)s does not work.") % {"email": _shown(contact.email_as_typed)}]
    if better := suggest_email(contact.email_as_typed):
        lines.append(gettext("Is it %(email)s?") % {"email": _shown(better)})
    reached = [one for one in contact.invitation.contacts.all() if one.is_mailable]
    if reached:
        other = tidy(reached[0].name) or _shown(reached[0].email_as_typed)
        lines.append(gettext("Mail to %(name)s still gets there.") % {"name": other})
    elif contact.invitation.is_silent:
        lines.append(gettext("They may not know about the party."))
    else:
        lines.append(gettext("They answered, but our next mail will not get there."))
    return lines


def _shown(email: str) -> str:
    return tidy(display_email(email))
