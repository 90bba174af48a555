"""The lines of a plan in words: when they go, to whom, and what becomes of them."""

from __future__ import annotations

from datetime import time

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from guests.entries import Became, Part
from guests.reasons import TO_COME, Reason, in_words
from guests.wording import clock_words
from parties.models import Rule
from parties.planning import When
from parties.words import Anchor, Kind

TITLE: dict[Kind, str | Promise] = {
    Kind.REMINDER: gettext_lazy("Reminder"),
    Kind.FOLLOW_UP: gettext_lazy("“Do you know by now?”"),
    Kind.STILL_ON: gettext_lazy("“Still on?”"),
}
AUDIENCE: dict[Kind, str | Promise] = {
    Kind.REMINDER: gettext_lazy("To homes that are silent"),
    Kind.FOLLOW_UP: gettext_lazy("To homes that are not sure"),
    Kind.STILL_ON: gettext_lazy("To homes that come or are not sure"),
}
_HOMES: dict[Became, Promise] = {
    Became.SENT: ngettext_lazy("%(n)d home has it.", "%(n)d homes have it.", "n"),
    Became.HELD: ngettext_lazy(
        "We cannot tell for %(n)d home.", "We cannot tell for %(n)d homes.", "n"
    ),
    Became.FAILED: ngettext_lazy(
        "It did not get to %(n)d home.", "It did not get to %(n)d homes.", "n"
    ),
    Became.SKIPPED: ngettext_lazy("%(n)d home did not get it.", "%(n)d homes did not get it.", "n"),
}


def rule_when(rule: Rule) -> str:
    """The moment of a line: "4 days after the invitation, 6 pm"."""
    return when_words(When(Anchor(rule.anchor), rule.days, rule.at))


def when_words(when: When) -> str:
    """The same for a moment that no line has yet."""
    if when.anchor is Anchor.HALF_WAY:
        return _("Half-way between the invitation and reply-by")
    clock = clock_words(when.at or _own_clock(when.anchor))
    return _("%(day)s, %(hour)s") % {"day": _day(when), "hour": clock}


def band_words(rule: Rule) -> str:
    """Which homes a line speaks to, by how much time they have; empty for all."""
    least, most = rule.min_notice, rule.max_notice
    if least is not None and most is not None:
        return _("For homes that have %(least)d to %(most)d days to answer.") % {
            "least": least,
            "most": most,
        }
    if least is not None:
        return _("For homes that have %(n)d days or more to answer.") % {"n": least}
    if most is not None:
        return _("For homes that have less than %(n)d days to answer.") % {"n": most + 1}
    return ""


def to_come_words(part: Part) -> tuple[str, str]:
    """How many homes will not get a mail, and why."""
    count = len(part.homes)
    homes = ngettext("%(n)d home does not get it.", "%(n)d homes do not get it.", count)
    return homes % {"n": count}, str(TO_COME.get(part.why) or in_words(part.why))


def past_words(part: Part) -> tuple[str, str]:
    """What became of a mail for some homes, and why."""
    words = str(_HOMES[part.became] % {"n": len(part.homes)})
    if part.became is Became.HELD and part.why != Reason.RESTORED:
        return words, in_words(Reason.UNCLEAR)
    return words, in_words(part.why) if part.why else ""


def _own_clock(anchor: Anchor) -> time:
    return time(18) if anchor is Anchor.AFTER_INVITING else time(9)


def _day(when: When) -> str:
    days = when.days
    match when.anchor:
        case Anchor.AFTER_INVITING:
            words = ngettext(
                "%(n)d day after the invitation", "%(n)d days after the invitation", days
            )
        case Anchor.NAMED_DAY:
            words = _("The day they named")
        case Anchor.BEFORE_REPLY_BY if not days:
            words = _("The day of reply-by")
        case Anchor.BEFORE_REPLY_BY:
            words = ngettext("%(n)d day before reply-by", "%(n)d days before reply-by", days)
        case _ if not days:
            words = _("The day of the party")
        case _:
            words = ngettext("The day before the party", "%(n)d days before the party", days)
    return words % {"n": days}
