"""One home in a mail to a host: who it is, what is wrong, and what helps."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from guests.links import absolute
from guests.models import Contact, Invitation
from guests.wording import guest_names, phone_link, phone_words
from parties.models import Party
from parties.names import tidy


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that helps: what to tap, and where it leads. `spelled`: the text says it all."""

    label: str
    url: str
    spelled: bool = False


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A home with what happened there, line by line, and the ways that help."""

    names: str
    who: str
    lines: tuple[str, ...]
    ways: tuple[Way, ...]


def home_card(
    party: Party, invitation: Invitation, contact: Contact, lines: tuple[str, ...], *, correct: bool
) -> HomeCard:
    """The card of one home; no query if guests and contacts were read beforehand.

    `correct`: the address does not work, so correcting it comes first.
    """
    page = absolute(reverse("home", args=[party.pk, invitation.pk]))
    ways = []
    if correct:
        at = f"{page}?correct={contact.pk}#contact{contact.pk}"
        ways.append(Way(gettext("Correct the address"), at))
    ways.append(Way(gettext("Share their link"), f"{page}#link"))
    if phone := _phone(invitation, contact):
        label = gettext("Call %(number)s") % {"number": phone_words(tidy(phone), party)}
        ways.append(Way(label, f"tel:{phone_link(phone, party)}", spelled=True))
    return HomeCard(tidy(guest_names(invitation)), tidy(contact.name), lines, tuple(ways))


def _phone(invitation: Invitation, contact: Contact) -> str:
    """The contact's own number, else that of another grown-up of the home."""
    current = [one for one in invitation.contacts.all() if one.is_current and one.phone]
    return contact.phone or next((one.phone for one in current), "")
