"""What the templates of a mail to a family are told. Plain words and links, nothing of others.

Everything that somebody typed is tidied first: one line, no control or bidi characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext

from guests.links import (
    absolute,
    answer_path,
    calendar_path,
    forget_path,
    stop_path,
    stranger_path,
)
from guests.mails.look import FILLER, fits_above, look_of, name_size, two_lines
from guests.models import Contact, Invitation, OutgoingEmail
from guests.wording import (
    day_words,
    host_words,
    join_names,
    party_day,
    party_hours,
    party_when,
    party_where,
    phone_words,
    reply_by_day,
    reply_by_words,
    turns_words,
    weekday_words,
)
from parties.models import Party
from parties.names import tidy
from parties.words import Anchor, Answer, Kind

# A longer way to the place stands below the buttons.
PLACE_FIRST = 90

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    """One of the equal buttons: it opens the family's page with that answer at hand."""

    label: str
    lines: SafeString
    url: str


@dataclass(frozen=True, slots=True)
class Own:
    """What stands in one home's mail only: its names and its links, each shown as it is."""

    names: str
    page: str
    stop: str
    calendar: str
    forget: str
    stranger: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A party as it was read, in a language; two that hold the same are the same."""

    values: tuple[Any, ...]
    language: str
    party: Party = field(compare=False)


def party_facts(party: Party) -> Facts:
    """What mails to families and to hosts share, in the active language."""
    return dict(_party_facts(_Seen(row_values(party), get_language() or "en", party)))


def row_values(row: Party) -> tuple[Any, ...]:
    """All that the row holds."""
    return tuple(getattr(row, one.attname) for one in row._meta.concrete_fields)


@lru_cache(maxsize=256)
def _party_facts(seen: _Seen) -> Facts:
    party = seen.party
    look = look_of(party.theme)
    child = tidy(party.child_name)
    where = tidy(party_where(party))
    return {
        "lang": get_language() or "en",
        "dir": "rtl" if get_language_bidi() else "ltr",
        "filler": FILLER,
        "theme": look.theme,
        "ribbon": look.ribbon,
        "css": look.styles,
        "child": child,
        "name_size": name_size(child),
        "turns": turns_words(party),
        "host": tidy(party.host_name),
        "host_words": tidy(host_words(party)),
        "phone": phone_words(tidy(party.host_phone), party),
        "inviter": _inviter(tidy(party.host_name), tidy(party.host_is)),
        "day": party_day(party),
        "hours": party_hours(party),
        "when": party_when(party),
        "where": where if len(where) <= PLACE_FIRST else tidy(party.place),
        "where_more": "" if len(where) <= PLACE_FIRST else tidy(party.where_exactly),
    }


def own_facts(contact: Contact, invitation: Invitation) -> Own:
    """No query if `compose.for_composing` read the mail; the guests take one otherwise."""
    return Own(
        names=join_names([tidy(guest.name) for guest in invitation.guests.all()]),
        page=absolute(answer_path(contact)),
        stop=absolute(stop_path(contact)),
        calendar=absolute(calendar_path(contact)),
        forget=absolute(forget_path(contact)),
        stranger=absolute(stranger_path(contact)),
    )


def home_facts(
    mail: OutgoingEmail, invitation: Invitation, moment: datetime, names: str
) -> dict[str, str | bool]:
    """What a mail says as of `moment` (UTC), and most homes of a party have in common.

    Of `names` it depends on their length only.
    """
    party = mail.party
    today = moment.astimezone(party.zone).date()
    still_time = invitation.reply_by_at is None or moment < invitation.reply_by_at
    shared = party_facts(party)
    quoted = _quoted(mail, invitation, party, shared["host_words"])
    return {
        **quoted,
        "reply_by": reply_by_words(invitation, party) if still_time else "",
        "last_call": _is_last_call(mail, invitation, party, today),
        "reply_by_today": reply_by_day(invitation, party) <= today,
        "reply_by_weekday": weekday_words(reply_by_day(invitation, party)),
        "relative_day": _relative(party.day, today),
        "answered": invitation.answer != Answer.SILENT.value or invitation.disputed,
        "by_video": _by_video(invitation),
        "know_by": _know_by(invitation),
        "words_first": fits_above(quoted["quote"], shared["where"], shared["child"], names),
    }


def with_own(facts: Facts, kind: str, own: Own) -> Facts:
    """`facts` of a party and a home, with what is the home's own."""
    return facts | {
        "names": own.names,
        "page": own.page,
        "stop": own.stop,
        "calendar": own.calendar,
        "forget": own.forget,
        "stranger": own.stranger,
        "buttons": _buttons(kind, facts["by_video"], own.page),
    }


def _inviter(name: str, who: str) -> str:
    """The host as the subject of a sentence: "Rosa, Jamie’s mum," or the first name alone."""
    return gettext("%(name)s, %(who)s,") % {"name": name, "who": who} if who else name


def _quoted(mail: OutgoingEmail, invitation: Invitation, party: Party, cite: str) -> dict[str, str]:
    """The host's own words in this mail, if any, and whose they are."""
    words = ""
    if mail.kind == Kind.INVITATION.value:
        words = tidy(invitation.personal_line)
    elif mail.kind == Kind.CANCELLED.value:
        words = tidy(party.cancel_note)
    elif mail.rule is not None:
        words = tidy(mail.rule.words)
    return {"quote": words, "cite": cite if words else ""}


def _is_last_call(mail: OutgoingEmail, invitation: Invitation, party: Party, today: date) -> bool:
    """Whether no reminder follows: the day of reply-by has come, or its rule is the last one."""
    if mail.kind != Kind.REMINDER.value:
        return False
    rule = mail.rule
    if rule is not None and rule.anchor == Anchor.HALF_WAY.value:
        return True
    return reply_by_day(invitation, party) <= today


def _relative(day: date, today: date) -> str:
    """When the party is, as said on `today`: "today", "tomorrow", "on Saturday 12 June"."""
    ahead = (day - today).days
    if ahead == 0:
        return gettext("today")
    if ahead == 1:
        return gettext("tomorrow")
    return gettext("on %(day)s") % {"day": day_words(day)}


def _know_by(invitation: Invitation) -> str:
    return day_words(invitation.know_by) if invitation.know_by else ""


def _buttons(kind: str, by_video: bool, page: str) -> list[Button]:
    return [
        Button(label, two_lines(label), f"{page}?answer={answer.value}")
        for label, answer in _choices(kind, by_video)
    ]


def _choices(kind: str, by_video: bool) -> list[tuple[str, Answer]]:
    still_on = kind == Kind.STILL_ON.value
    yes, no = (gettext("We’re coming"), Answer.ACCEPTED), (gettext("Can’t come"), Answer.DECLINED)
    if still_on:
        yes = (gettext("We’ll be there"), Answer.ACCEPTED)
        no = (gettext("Can’t come after all"), Answer.DECLINED)
    if by_video:
        yes = (gettext("We’ll join by video"), Answer.VIDEO)
        no = (gettext("Can’t join after all"), Answer.DECLINED)
    return [yes, no] if still_on else [yes, no, (gettext("Not sure yet"), Answer.TENTATIVE)]


def _by_video(invitation: Invitation) -> bool:
    return invitation.answer == Answer.VIDEO.value and not invitation.disputed
