"""A home's own link in a ready text: for a text message, a chat, a mail, or to copy.

The text is for the family, so it is in the party's language. It is data wherever it goes: every
address here is encoded, and whoever shows the text escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.calling import Why
from guests.links import absolute, answer_path
from guests.models import Invitation
from guests.wording import host_words, party_day, party_hours, party_when, party_where
from parties.models import Party

_ASKING: dict[Why | None, Promise] = {
    Why.SILENT: gettext_lazy(
        "Hello, it’s %(host)s. %(child)s turns %(age)d and would love %(names)s to come: %(when)s. "
        "One tap here tells us. A no helps too:"
    ),
    Why.TO_CONFIRM: gettext_lazy(
        "Hello, it’s %(host)s. There is a new plan for %(child)s’s party: %(when)s, %(place)s. "
        "Can %(names)s come then? One tap here tells us. A no helps too:"
    ),
    Why.UNSURE: gettext_lazy(
        "Hello, it’s %(host)s. %(child)s’s party is coming closer: %(when)s. Do you know by now "
        "about %(names)s? One tap here tells us. A no helps too:"
    ),
    Why.DISPUTED: gettext_lazy(
        "Hello, it’s %(host)s. We got two answers for %(names)s, and they differ. "
        "%(child)s’s party is on %(when)s. Which one is right? One tap here tells us:"
    ),
    None: gettext_lazy(
        "Hello, it’s %(host)s. Here is all about %(child)s’s party with %(names)s, %(when)s:"
    ),
}
_SAYING = gettext_lazy(
    "Hello, I’m %(host)s. %(child)s turns %(age)d and would love %(names)s to come. "
    "It’s on %(day)s, %(hours)s, at %(where)s. Can you tell me? A no is fine too, then I know."
)


@dataclass(frozen=True, slots=True)
class Share:
    """The link of one home, with the words before it and a line for a mail's subject."""

    link: str
    words: str
    subject: str

    @property
    def text(self) -> str:
        return f"{self.words} {self.link}"

    def sms(self, number: str = "") -> str:
        """Opens a text message. `?&` is read by iPhones and by Androids."""
        return f"sms:{_dialled(number)}?&body={_encoded(self.text)}"

    def chat(self, number: str = "") -> str:
        """Opens WhatsApp, which asks for a contact where there is no number with its country."""
        dialled = _dialled(number)
        digits = dialled[1:] if dialled.startswith("+") else ""
        return f"https://wa.me/{digits}?text={_encoded(self.text)}"

    @property
    def mailto(self) -> str:
        return f"mailto:?subject={_encoded(self.subject)}&body={_encoded(self.text)}"


def share_of(party: Party, invitation: Invitation, names: str, why: Why | None) -> Share:
    """What to send to a home, by why it is called; None for one that has answered."""
    # Not reached or silent: to the family it is the same question.
    asking = _ASKING[Why.SILENT if why is Why.LOST else why]
    with translation.override(party.language):
        words = asking % {
            "host": host_words(party),
            "child": party.child_name,
            "age": party.turns,
            "names": names,
            "when": party_when(party),
            "place": party.place,
        }
        subject = _("%(child)s turns %(age)d") % {"child": party.child_name, "age": party.turns}
    return Share(link=absolute(answer_path(invitation)), words=words, subject=subject)


def saying(party: Party, names: str) -> str:
    """What one could say on the telephone."""
    with translation.override(party.language):
        return str(_SAYING) % {
            "host": host_words(party),
            "child": party.child_name,
            "age": party.turns,
            "names": names,
            "day": party_day(party),
            "hours": party_hours(party),
            "where": party_where(party),
        }


def _dialled(number: str) -> str:
    """What of a number can be dialled; numbers are stored with their country (E.164)."""
    return "".join(char for char in number if char in "+0123456789")


def _encoded(text: str) -> str:
    return quote(text, safe="")
