"""Lines of the dashboard in words: the timeline, and why a home was not reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from guests.deliveries.truth import Delivery
from guests.host.reach import HomeLine, Stand
from guests.lists import display_email
from guests.models import Contact
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

# What a host should see of a home that has answered.
_NEWS = frozenset({Delivery.BOUNCED, Delivery.COMPLAINED})
# How far our mail to somebody came: the tag, what that means, and the colour of the tag.
DELIVERY: dict[Delivery, tuple[str | Promise, str | Promise, str]] = {
    Delivery.NO_ADDRESS: (
        gettext_lazy("No address"),
        gettext_lazy("No mail goes there. Share their link, or call."),
        "lost",
    ),
    Delivery.COMPLAINED: (
        gettext_lazy("Marked as spam"),
        gettext_lazy("Somebody there marked our mail as spam, so we send nothing more."),
        "lost",
    ),
    Delivery.STOPPED_ALL: (
        gettext_lazy("Wants no mail"),
        gettext_lazy("They want no mail from us, about any party."),
        "lost",
    ),
    Delivery.STOPPED: (
        gettext_lazy("Reminders stopped"),
        gettext_lazy("They want no more mails about this party."),
        "",
    ),
    Delivery.BOUNCED: (
        gettext_lazy("Mail came back"),
        gettext_lazy("This address does not work, so no more mail goes there."),
        "lost",
    ),
    Delivery.ANSWERED: (gettext_lazy("Answered"), gettext_lazy("By the link in our mail."), ""),
    Delivery.NOT_INVITED: (
        gettext_lazy("Not invited yet"),
        gettext_lazy("Nothing has gone out."),
        "",
    ),
    Delivery.QUEUED: (gettext_lazy("On its way"), gettext_lazy("Mail waits to go out."), "silent"),
    Delivery.ACCEPTED: (
        gettext_lazy("Mail accepted"),
        gettext_lazy("Their mail server took it. Whether it was read, nobody can tell."),
        "silent",
    ),
    Delivery.DELIVERED: (
        gettext_lazy("Mail delivered"),
        gettext_lazy("It is in their mailbox. Whether it was read, nobody can tell."),
        "silent",
    ),
    Delivery.UNCLEAR: (
        gettext_lazy("Most likely sent"),
        gettext_lazy("The line broke at the last moment."),
        "silent",
    ),
    Delivery.CAME_BACK: (
        gettext_lazy("Last mail came back"),
        gettext_lazy("Their mailbox may be full. The next mail may get there."),
        "lost",
    ),
    Delivery.REFUSED: (
        gettext_lazy("Mail refused"),
        gettext_lazy("Their mail server did not take it."),
        "lost",
    ),
    Delivery.NOT_SENT: (gettext_lazy("No mail went"), gettext_lazy("See why below."), "lost"),
}


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
        return _how_far(home.deliveries)
    return _how_far([one for one in home.deliveries if one[1] in _NEWS])


def _how_far(deliveries: Sequence[tuple[Contact, Delivery]]) -> str:
    """How far our mail came, with names where there are several grown-ups."""
    if len(deliveries) == 1:
        return f"{DELIVERY[deliveries[0][1]][0]}."
    parts = []
    for contact, delivery in deliveries:
        who = contact.name or display_email(contact.email_as_typed) or contact.phone
        words = {"who": who, "mail": DELIVERY[delivery][0]}
        parts.append(_("%(who)s: %(mail)s.") % words)
    return " ".join(parts)
