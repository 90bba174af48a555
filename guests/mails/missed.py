"""To a host: mails to these homes could not go out in time, or nobody took them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from guests.links import absolute
from guests.mails.confirming import NothingToSay
from guests.mails.facts import Facts, party_facts
from guests.mails.homecard import HomeCard, home_card
from guests.models import OutgoingEmail
from guests.reasons import Reason, in_words
from guests.wording import mail_words, span_words
from parties.models import Party
from parties.words import Answer, Kind

_COMING = frozenset({Answer.ACCEPTED, Answer.VIDEO, Answer.TENTATIVE})


def missed_facts(mail: OutgoingEmail, moment: datetime) -> Facts:
    """The mails that did not go and are still missed at `moment` (UTC); a handful of queries.

    Raises NothingToSay if each of these homes has answered, was corrected or taken off the list.
    """
    found = [missed for missed in _mails(mail) if _is_missed(missed, mail.party)]
    if not found:
        raise NothingToSay
    party = mail.party
    may_remind = any(_may_remind(missed, moment) for missed in found)
    return party_facts(party) | {
        "title": _title(found),
        "only_reminders": _only_reminders(found),
        "count": len(found),
        "tried": _tried(found, party, moment),
        "cards": _cards(found, party),
        "may_remind": may_remind,
        "give_time": "" if may_remind else _edit_page(found, party),
        "page": absolute(party.get_absolute_url()),
    }


def _mails(mail: OutgoingEmail) -> list[OutgoingEmail]:
    return list(
        OutgoingEmail.objects.filter(party=mail.party_id, told=mail.occasion)
        .defer("body")
        .select_related("contact", "address", "invitation")
        .prefetch_related("invitation__guests", "invitation__contacts")
        .order_by("invitation_id", "pk")
    )


def _is_missed(mail: OutgoingEmail, party: Party) -> bool:
    """Whether the home would still be told the same."""
    contact, invitation, address = mail.contact, mail.invitation, mail.address
    if contact is None or invitation is None or address is None:
        return False
    if invitation.withdrawn_at is not None or not contact.is_current:
        return False
    if party.is_cancelled != (mail.kind == Kind.CANCELLED):
        return False
    # No other mail tells of an address that does not work, once the party is cancelled.
    dead = address.refuses == Reason.BOUNCED and party.is_cancelled
    if address.refuses and not dead:
        return False
    answer = Answer(invitation.answer)
    match Kind(mail.kind):
        case Kind.REMINDER | Kind.INVITATION:
            return answer is Answer.SILENT and not invitation.disputed
        case Kind.FOLLOW_UP:
            return answer is Answer.TENTATIVE and not invitation.disputed
        case Kind.STILL_ON:
            return answer in _COMING or invitation.disputed
    # A change or a cancellation: whoever cannot come need not know.
    return answer is not Answer.DECLINED or invitation.disputed


def _only_reminders(found: Iterable[OutgoingEmail]) -> bool:
    return all(mail.kind == Kind.REMINDER for mail in found)


def _title(found: Sequence[OutgoingEmail]) -> str:
    count = len(found)
    if _only_reminders(found):
        words = ngettext("A reminder could not go out", "%(n)d reminders could not go out", count)
    else:
        words = ngettext("A mail could not go out", "%(n)d mails could not go out", count)
    return words % {"n": count}


def _tried(found: Iterable[OutgoingEmail], party: Party, moment: datetime) -> str:
    """From when the first of them was due until the last of them was of no use any more."""
    since = min(min(mail.created_at, mail.not_before) for mail in found)
    until = max(min(mail.expires_at, moment) for mail in found)
    return span_words(since, max(since, until), party)


def _cards(found: Sequence[OutgoingEmail], party: Party) -> list[HomeCard]:
    """One card a home, with a line for each of its mails where the title does not say it all."""
    alike = _only_reminders(found) and all(mail.reason == Reason.EXPIRED for mail in found)
    by_home: dict[int, list[OutgoingEmail]] = defaultdict(list)
    for mail in found:
        by_home[mail.invitation_id or 0].append(mail)
    cards = []
    for mails in by_home.values():
        invitation, contact = mails[0].invitation, mails[0].contact
        if invitation is not None and contact is not None:
            lines = () if alike else tuple(dict.fromkeys(_line(mail) for mail in mails))
            cards.append(home_card(party, invitation, contact, lines, correct=False))
    return cards


def _line(mail: OutgoingEmail) -> str:
    return gettext("%(mail)s: %(why)s") % {
        "mail": mail_words(mail.kind),
        "why": in_words(mail.reason),
    }


def _may_remind(mail: OutgoingEmail, moment: datetime) -> bool:
    """Whether the host can still send this home a reminder by hand."""
    invitation = mail.invitation
    if mail.kind != Kind.REMINDER or invitation is None or invitation.reply_by_at is None:
        return False
    return moment < invitation.reply_by_at


def _edit_page(found: Iterable[OutgoingEmail], party: Party) -> str:
    """Where reply-by can be moved, if that is what keeps a reminder from going."""
    if not any(mail.kind == Kind.REMINDER for mail in found):
        return ""
    return absolute(reverse("party_edit", args=[party.pk]))
