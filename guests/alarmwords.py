"""The alarm in words, for the dashboard and for the mail alike: how it stands, and what helps.

Calm and plain, never pity, and never that nobody comes (design, section 7). In the active language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.wording import day_words, party_day
from parties.alarm import Level
from parties.models import Party


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that helps: its heading, a sentence, and a button. `path` is on this site."""

    icon: str
    heading: str
    words: str
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """What a host reads at a level: always with the same three ways."""

    level: Level
    word: str
    title: str
    lead: str
    counts: str
    help: str
    ways: tuple[Way, Way, Way]


def alarm_words(
    found: Level, party: Party, seats: Mapping[str, int], new: int, now: datetime
) -> AlarmWords:
    """`seats`: children by where they stand (`Overview.seats`); `new`: those not invited yet."""
    return AlarmWords(
        level=found,
        word=_word(found),
        title=_title(found, party, seats),
        lead=f"{_so_far(party, seats)} {_what_now(found, party, now)}",
        counts=" ".join(_counts(seats, new)),
        help=_("Three things help:"),
        ways=(_calling(party, seats), _more(party), _changing(party)),
    )


def _word(found: Level) -> str:
    """The level in a word or two, so that no colour has to say it."""
    words = {
        Level.AMBER: _("Act soon"),
        Level.RED: _("Act now"),
        Level.BLACK: _("Act today"),
    }
    return words.get(found, "")


def _title(found: Level, party: Party, seats: Mapping[str, int]) -> str:
    if found is Level.BLACK:
        return _("There is still time to fill the table")
    if found is Level.RED:
        return _("A call helps most now")
    missing = max(party.enough - seats.get("coming", 0), 1)
    return ngettext(
        "One more would make it a good party",
        "%(n)d more would make it a good party",
        missing,
    ) % {"n": missing}


def _so_far(party: Party, seats: Mapping[str, int]) -> str:
    hoped = ngettext(
        "You hoped for %(n)d child.", "You hoped for %(n)d children.", party.enough
    ) % {"n": party.enough}
    coming = seats.get("coming", 0)
    if not coming:
        return hoped + " " + _("The first yes is still to come.")
    said = ngettext("So far %(n)d says yes.", "So far %(n)d say yes.", coming) % {"n": coming}
    return f"{hoped} {said}"


def _what_now(found: Level, party: Party, now: datetime) -> str:
    if found is Level.AMBER and now < party.reply_by_at:
        return _("Families have until %(day)s to answer.") % {"day": day_words(party.reply_by)}
    return _("The party is on %(day)s.") % {"day": party_day(party)}


def _counts(seats: Mapping[str, int], new: int) -> list[str]:
    """How many are silent, not reached, not sure and not invited; none is not said."""
    silent, lost = seats.get("silent", 0), seats.get("lost", 0)
    unsure = seats.get("tentative", 0)
    found = (
        (silent, ngettext("%(n)d child is silent.", "%(n)d children are silent.", silent)),
        (lost, ngettext("%(n)d was not reached.", "%(n)d were not reached.", lost)),
        (unsure, ngettext("%(n)d is not sure.", "%(n)d are not sure.", unsure)),
        (new, ngettext("%(n)d is not invited yet.", "%(n)d are not invited yet.", new)),
    )
    return [words % {"n": count} for count, words in found if count]


def _calling(party: Party, seats: Mapping[str, int]) -> Way:
    if seats.get("lost"):
        words = _("Some were never reached, and may not know about the party.")
    elif seats.get("silent") or seats.get("tentative"):
        words = _("Many just forgot to answer. A call is quickest.")
    else:
        words = _("Everybody has answered, so the other two help more.")
    return Way("phone", _("Call a few homes"), words, _("Call list"), _calls(party))


def _more(party: Party) -> Way:
    return Way(
        "plus",
        _("Ask others too"),
        _("Cousins, neighbours, friends from sport. Nobody is told who was asked first."),
        _("Invite more homes"),
        reverse("homes_add", args=[party.pk]),
    )


def _changing(party: Party) -> Way:
    return Way(
        "calendar",
        _("Change the plan"),
        _("Pick another day or hour, or say that fewer make it a good party."),
        _("Edit the party"),
        reverse("party_edit", args=[party.pk]),
    )


def _calls(party: Party) -> str:
    return reverse("calls", args=[party.pk])
