"""Mails that a limit makes wait, or kept from going, as the host reads of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.host.overview import Overview
from guests.host.reach import HomeLine
from guests.host.saying import when_words
from guests.limits import WAITS
from guests.models import OutgoingEmail, State
from guests.reasons import Reason, in_words

# These wait for the host, or for us, and not for another day.
_UNTIL_WE_KNOW = (Reason.UNVERIFIED, Reason.PAUSED)


@dataclass(frozen=True, slots=True)
class Held:
    """Homes whose mail waits, or did not go, for the same reason."""

    heading: str
    words: str
    homes: tuple[HomeLine, ...]
    lost: bool


def held(view: Overview) -> list[Held]:
    """What the limits keep back in this party; asks nothing of the database."""
    homes: dict[tuple[str, bool], dict[int, HomeLine]] = defaultdict(dict)
    soonest: dict[tuple[str, bool], datetime] = {}
    for home, mail in _mails(view):
        lost = mail.state == State.SKIPPED
        key = (mail.reason, lost)
        homes[key][home.pk] = home
        soonest[key] = min(soonest.get(key, mail.not_before), mail.not_before)
    return [
        _said(view, reason, lost, tuple(found.values()), soonest[reason, lost])
        for (reason, lost), found in sorted(homes.items(), key=lambda one: one[0][1], reverse=True)
    ]


def _mails(view: Overview) -> Iterator[tuple[HomeLine, OutgoingEmail]]:
    for home in view.homes:
        for mail in home.invitation.mails.all():
            if mail.reason in WAITS and mail.state in (State.QUEUED, State.SKIPPED):
                yield home, mail


def _said(
    view: Overview, reason: str, lost: bool, homes: tuple[HomeLine, ...], at: datetime
) -> Held:
    count = len(homes)
    words = in_words(reason)
    if lost:
        heading = ngettext(
            "A mail to %(n)d home could not go", "Mails to %(n)d homes could not go", count
        )
        words += " " + _("There was no room before the party, so please call or share the link.")
    else:
        heading = ngettext(
            "%(n)d home waits for its mail", "%(n)d homes wait for their mail", count
        )
        if reason not in _UNTIL_WE_KNOW:
            when = when_words(max(at, view.now), view.party, view.now)
            words += " " + _("The next mails go by themselves: %(when)s.") % {"when": when}
    return Held(heading % {"n": count}, words, homes, lost)
