"""A confirmation: what one response says, and never another's."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from guests.mails.facts import Facts
from guests.models import Channel, OutgoingEmail, Response, ResponseGuest, Stays
from guests.standing import most_willing
from guests.wording import day_words, join_names
from parties.names import tidy
from parties.words import Answer


class NothingToSay(LookupError):
    """What the mail is about is not there (any more)."""


def confirmation_facts(mail: OutgoingEmail) -> Facts:
    """What the response says that `mail` confirms; one query.

    It is the contact's own response, or one for the whole household (its link, a slip, the host).
    Raises NothingToSay if there is no such response.
    """
    number = int(mail.occasion) if mail.occasion.isdecimal() else 0
    answers = list(
        ResponseGuest.objects.filter(
            Q(response__contact=mail.contact_id) | Q(response__contact=None),
            response_id=number,
            response__invitation=mail.invitation_id,
        )
        .select_related("response", "guest")
        .order_by("guest__position", "guest_id")
    )
    if not answers:
        raise NothingToSay
    response = answers[0].response
    said = {tidy(row.guest.name): Answer(row.answer) for row in answers}
    answer = most_willing(said.values())
    return {
        "answer": answer.value,
        "coming": join_names([name for name, one in said.items() if one is answer]),
        "how_many": sum(one is answer for one in said.values()),
        "each": each_words(said.items()) if len(set(said.values())) > 1 else [],
        "details": _details(response),
        # what somebody wrote through a link that others have too is for the host alone
        "message": tidy(response.message) if response.contact_id else "",
        "wrote_allergies": bool(response.allergies),
        "know_by": day_words(response.know_by) if response.know_by else "",
        "by_host": response.channel == Channel.HOST,
    }


def extras(response: Response) -> str:
    """Who comes along, as in "2 grown-ups and 1 brother or sister"; empty for nobody."""
    adults, siblings = response.adults or 0, response.siblings or 0
    parts = []
    if adults:
        parts.append(ngettext("%(n)d grown-up", "%(n)d grown-ups", adults) % {"n": adults})
    if siblings:
        words = ngettext("%(n)d brother or sister", "%(n)d brothers or sisters", siblings)
        parts.append(words % {"n": siblings})
    return join_names(parts)


def _details(response: Response) -> list[str]:
    lines = []
    if along := extras(response):
        lines.append(gettext("Also coming: %(who)s.") % {"who": along})
    if response.stays == Stays.STAY:
        lines.append(gettext("A grown-up stays."))
    elif response.stays == Stays.DROP_OFF:
        lines.append(gettext("You drop off."))
    return lines


def each_words(said: Iterable[tuple[str, Answer]]) -> list[str]:
    """A line for each child, where children of one household differ: "Nia: coming"."""
    words = {
        Answer.ACCEPTED: gettext("%(name)s: coming"),
        Answer.DECLINED: gettext("%(name)s: can’t come"),
        Answer.TENTATIVE: gettext("%(name)s: not sure yet"),
        Answer.VIDEO: gettext("%(name)s: joins by video"),
    }
    return [words[answer] % {"name": name} for name, answer in said]
