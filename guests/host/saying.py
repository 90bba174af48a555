"""Lines of the dashboard in words: the timeline, and why a home was not reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from guests.host.reach import HomeLine, Stand
from guests.reasons import Reason, in_words
from guests.timeline import Line
from guests.wording import clock_words, day_words
from parties.models import Party
from parties.schedule import Anchor, RuleLine
from parties.words import Kind

STAND: dict[Stand, str | Promise] = {
    Stand.ACCEPTED: gettext_lazy("Coming"),
    Stand.VIDEO: gettext_lazy("By video"),
    Stand.TENTATIVE: gettext_lazy("Not sure"),
    Stand.SILENT: gettext_lazy("Silent"),
    Stand.LOST: gettext_lazy("Not reached"),
    Stand.DECLINED: gettext_lazy("Can’t come"),
    Stand.DISPUTED: gettext_lazy("Two answers"),
    Stand.NEW: gettext_lazy("Not invited yet"),
}

_TO: dict[Kind, tuple[str | Promise, Promise]] = {
    Kind.INVITATION: (
        gettext_lazy("Invitation"),
        ngettext_lazy("to %(n)d home", "to %(n)d homes", "n"),
    ),
    Kind.REMINDER: (
        gettext_lazy("Reminder"),
        ngettext_lazy("to %(n)d silent home", "to %(n)d silent homes", "n"),
    ),
    Kind.FOLLOW_UP: (
        gettext_lazy("“Do you know by now?”"),
        ngettext_lazy("to %(n)d home that is not sure", "to %(n)d homes that are not sure", "n"),
    ),
    Kind.STILL_ON: (
        gettext_lazy("“Still on?”"),
        ngettext_lazy(
            "to %(n)d home that comes or is not sure, with where to find you",
            "to %(n)d homes that come or are not sure, with where to find you",
            "n",
        ),
    ),
    Kind.CHANGED: (
        gettext_lazy("“The plan has changed”"),
        ngettext_lazy("to %(n)d home", "to %(n)d homes", "n"),
    ),
    Kind.CANCELLED: (
        gettext_lazy("“The party is cancelled”"),
        ngettext_lazy("to %(n)d home", "to %(n)d homes", "n"),
    ),
    Kind.CONFIRMATION: (
        gettext_lazy("Thank-you for an answer"),
        ngettext_lazy("to %(n)d home", "to %(n)d homes", "n"),
    ),
}
_SHORT: dict[str, str | Promise] = {
    Reason.NO_ADDRESS: gettext_lazy("No address."),
    Reason.BOUNCED: gettext_lazy("Mail came back."),
}
_LAST_CALL = gettext_lazy("Last call")


@dataclass(frozen=True, slots=True)
class TimeLine:
    """One line of the timeline, ready to show. `css` is done, next or empty."""

    at: datetime
    when: str
    what: str
    whom: str
    why: str
    css: str


def when_words(moment: datetime, party: Party, now: datetime) -> str:
    """ "Today, 9 am", "Tomorrow, 9 am", "Monday 7 June, 9 am"; in the party's zone."""
    local, today = moment.astimezone(party.zone), now.astimezone(party.zone).date()
    days = (local.date() - today).days
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    day = near.get(days) or day_words(local.date())
    return _("%(day)s, %(hour)s") % {"day": day, "hour": clock_words(local.time())}


def days_to_go(party: Party, now: datetime) -> str:
    """ "7 days to go.", "It is today."; empty once it is over."""
    days = (party.day - now.astimezone(party.zone).date()).days
    if days < 0 or party.is_over(now):
        return ""
    if days == 0:
        return _("It is today.")
    return ngettext("%(n)d day to go.", "%(n)d days to go.", days) % {"n": days}


def time_lines(
    lines: Iterable[Line], party: Party, rules: Iterable[RuleLine], now: datetime
) -> list[TimeLine]:
    """The timeline in words. The first line still to come is marked."""
    by_key = {rule.key: rule for rule in rules}
    said: list[TimeLine] = []
    marked = False
    for line in lines:
        rule = by_key.get(line.rule or "")
        what, whom = _TO[line.kind]
        is_next = not line.done and not line.why and not marked
        marked = marked or is_next
        said.append(
            TimeLine(
                at=line.at,
                when=_("Now")
                if not line.done and line.at <= now
                else when_words(line.at, party, now),
                what=str(_LAST_CALL if _is_last_call(rule) else what),
                whom=str(whom % {"n": line.homes}),
                why=in_words(line.why) if line.why else "",
                css="done" if line.done else "next" if is_next else "",
            )
        )
    return said


def mail_of_line(kind: Kind, rule: RuleLine | None, homes: int) -> tuple[str, str]:
    """What a mail of the plan is called, and to whom it goes: "Reminder", "to 3 silent homes"."""
    what, whom = _TO[kind]
    return str(_LAST_CALL if _is_last_call(rule) else what), str(whom % {"n": homes})


def lost_words(why: str) -> str:
    """Why a home was not reached, short."""
    return str(_SHORT[why]) if why in _SHORT else in_words(why)


def _is_last_call(rule: RuleLine | None) -> bool:
    return (
        rule is not None
        and rule.kind is Kind.REMINDER
        and rule.anchor is Anchor.BEFORE_REPLY_BY
        and rule.days == 0
    )


def stand_words(home: HomeLine) -> str:
    """What is known of a home beside its answer, in a few words."""
    if home.is_forgotten:
        return _("No mail goes there any more.") if home.stand is Stand.SILENT else _("It counts.")
    if home.stand is Stand.LOST:
        return lost_words(home.lost_why)
    if home.to_confirm:
        return _("Has not confirmed the new plan yet.")
    know_by = home.invitation.know_by
    if home.stand is Stand.TENTATIVE and know_by is not None:
        return _("Will know by %(day)s.") % {"day": day_words(know_by)}
    if home.stand is Stand.SILENT:
        return _("Mail sent.") if home.sent else _("Mail is on its way.")
    return ""
