"""What a family's page says once an answer is stored. Kind to those who say no; in the active
language. Promises a mail only where the plan has one and may send it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.family.home import Home
from guests.links import Opened
from guests.wording import day_words, join_names
from parties.words import Answer


def heading(home: Home) -> str:
    """The first line after an answer: "Lovely! Nia and Theo are coming."."""
    names = _named(home, (home.answer,))
    words = {"names": join_names(names)}
    if home.answer is Answer.ACCEPTED:
        return (
            ngettext("Lovely! %(names)s is coming.", "Lovely! %(names)s are coming.", len(names))
            % words
        )
    if home.answer is Answer.VIDEO:
        return (
            ngettext(
                "Lovely! %(names)s joins by video.", "Lovely! %(names)s join by video.", len(names)
            )
            % words
        )
    if home.answer is Answer.TENTATIVE:
        return _("That’s fine.")
    return _("Thank you for telling us.")


def lines(opened: Opened, home: Home, now: datetime) -> list[str]:
    """What follows it, a paragraph each."""
    said = {
        Answer.ACCEPTED: _after_yes,
        Answer.VIDEO: _after_yes,
        Answer.TENTATIVE: _after_not_sure,
    }.get(home.answer, _after_no)(opened, home, now)
    host = {"host": opened.party.host_name}
    if opened.invitation.disputed:
        said.append(_("%(host)s may ask you once more, to be sure.") % host)
    if plan_has_changed(opened, home):
        said.append(_("The plan has changed since you answered. This is how it is now:"))
    return said


def plan_has_changed(opened: Opened, home: Home) -> bool:
    """Whether when or where changed after this voice's answer."""
    return home.own is not None and home.own.revision < opened.party.revision


def _after_yes(opened: Opened, home: Home, now: datetime) -> list[str]:
    said = [_("Your answer is saved, and %(host)s can see it.") % {"host": opened.party.host_name}]
    if (
        home.writes_before
        and _is_written_to(opened)
        and _days_left(opened, now) > timedelta(days=1)
    ):
        said = [" ".join([*said, _("We’ll write once more, the day before.")])]
    absent = _named(home, (Answer.DECLINED,))
    if absent:
        said.append(_("%(names)s can’t come this time.") % {"names": join_names(absent)})
    return said


def _after_no(opened: Opened, home: Home, now: datetime) -> list[str]:  # noqa: ARG001
    said = _(
        "Now %(host)s knows how many places to set, and that is a real help. Your answer is saved."
    ) % {"host": opened.party.host_name}
    if opened.contact is not None:
        said = f"{said} {_('We won’t send you any more reminders.')}"
    return [said]


def _after_not_sure(opened: Opened, home: Home, now: datetime) -> list[str]:
    saved = _("Your answer is saved, and %(host)s can see it.") % {"host": opened.party.host_name}
    know_by = home.own.know_by if home.own else None
    today = now.astimezone(opened.party.zone).date()
    asks = home.asks_again and _is_written_to(opened)
    if know_by is not None and know_by > today:
        when = _("You’ll know by %(day)s.") % {"day": day_words(know_by)}
        then = _("We’ll ask once, that morning.") if asks else _("Please tell us here then.")
    elif know_by is None and asks and _days_left(opened, now) > timedelta(days=1):
        when, then = _("When will you know?"), _("We’ll ask once, that morning.")
    else:
        when, then = "", _("Please come back to this page as soon as you know.")
    return [" ".join(part for part in (when, then) if part), saved]


def _is_written_to(opened: Opened) -> bool:
    contact = opened.contact
    return contact is not None and contact.is_mailable and contact.stopped_at is None


def _days_left(opened: Opened, now: datetime) -> timedelta:
    return opened.party.day - now.astimezone(opened.party.zone).date()


def _named(home: Home, answers: Iterable[Answer]) -> list[str]:
    return [guest.name for guest in home.guests if home.said_of(guest) in answers]
