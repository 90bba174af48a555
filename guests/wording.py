"""How names, days and hours read, in mails and on pages alike. Pure; in the active language.

Days and hours are the party's own, in its zone, whoever reads them and wherever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import lru_cache

import phonenumbers
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, pgettext

from guests.models import Guest, Invitation
from parties.models import Party
from parties.words import Kind
from parties.zones import country

_END_OF_DAY = time(23, 59)
_MAILS: dict[str, str | Promise] = {
    Kind.INVITATION.value: gettext_lazy("Invitation"),
    Kind.REMINDER.value: gettext_lazy("Reminder"),
    Kind.FOLLOW_UP.value: gettext_lazy("“Do you know by now?”"),
    Kind.STILL_ON.value: gettext_lazy("“Still on?”"),
    Kind.CHANGED.value: gettext_lazy("“The plan has changed”"),
    Kind.CANCELLED.value: gettext_lazy("“The party is cancelled”"),
    Kind.CONFIRMATION.value: gettext_lazy("Thank-you for an answer"),
}


def join_names(names: Sequence[str]) -> str:
    """Read as "Nia", "Nia and Theo", "Nia, Theo and Ben"; the empty string for nobody."""
    if len(names) < 2:
        return "".join(names)
    first = pgettext("between names", ", ").join(names[:-1])
    return gettext("%(names)s and %(last)s") % {"names": first, "last": names[-1]}


def guest_names(invitation: Invitation) -> str:
    """The invited children of a household, joined. One query unless they are prefetched."""
    return home_names(invitation, invitation.guests.all())


def home_names(invitation: Invitation, guests: Iterable[Guest]) -> str:
    """What a home is called, by the children that were read: their names, if they still have any.

    One that asked to be forgotten is told by its number of children alone.
    """
    names = [guest.name for guest in guests]
    return join_names(names) if invitation.forgotten_at is None else forgotten_words(len(names))


def forgotten_words(children: int) -> str:
    """What a home is called of which only the number of children is left."""
    return ngettext(
        "A family that asked to be forgotten (%(n)d child)",
        "A family that asked to be forgotten (%(n)d children)",
        children,
    ) % {"n": children}


def day_words(day: date) -> str:
    """A day as in "Saturday 12 December"."""
    return _date(day, pgettext("a day, as a date format", "l j F"), get_language() or "en")


def weekday_words(day: date) -> str:
    """The name of the day alone: "Saturday"."""
    return _date(day, "l", get_language() or "en")


@lru_cache(maxsize=1024)
def _date(day: date, pattern: str, _language: str) -> str:
    return formats.date_format(day, pattern)


def clock_words(clock: time) -> str:
    """A time as in "2 pm", "4:30 pm", "12 noon"; in other languages in their own way."""
    if not (get_language() or "en").startswith("en"):
        return formats.time_format(clock, "TIME_FORMAT")
    if (clock.hour, clock.minute) == (12, 0):
        return gettext("12 noon")
    minutes = f":{clock.minute:02}" if clock.minute else ""
    return f"{clock.hour % 12 or 12}{minutes} {'am' if clock.hour < 12 else 'pm'}"


def hours_words(starts: time, ends: time) -> str:
    """From when to when: "2 pm to 4:30 pm"."""
    return gettext("%(starts)s to %(ends)s") % {
        "starts": clock_words(starts),
        "ends": clock_words(ends),
    }


def party_day(party: Party) -> str:
    """The day of the party: "Saturday 12 December"."""
    return day_words(party.day)


def party_hours(party: Party) -> str:
    """The hours of the party: "2 pm to 4:30 pm"."""
    return hours_words(party.starts, party.ends)


def party_when(party: Party) -> str:
    """Day and hours: "Saturday 12 December, 2 pm to 4:30 pm"."""
    return gettext("%(day)s, %(hours)s") % {"day": party_day(party), "hours": party_hours(party)}


def party_where(party: Party) -> str:
    """The place, and where exactly: "Victoria Park, the blue shelter"."""
    return pgettext("between parts of an address", ", ").join(
        part for part in (party.place, party.where_exactly) if part
    )


def moment_words(moment: datetime, party: Party) -> str:
    """An instant in the party's zone: the day, and the hour unless it is the end of that day."""
    local = moment.astimezone(party.zone)
    if local.time().replace(second=0, microsecond=0) == _END_OF_DAY:
        return day_words(local.date())
    return gettext("%(day)s, %(hour)s") % {
        "day": day_words(local.date()),
        "hour": clock_words(local.time()),
    }


def span_words(since: datetime, until: datetime, party: Party) -> str:
    """Between two instants, in the party's zone: "on Monday 7 June between 9 am and 3 pm"."""
    local, end = since.astimezone(party.zone), until.astimezone(party.zone)
    if local.date() != end.date():
        return gettext("between %(since)s and %(until)s") % {
            "since": moment_words(since, party),
            "until": moment_words(until, party),
        }
    return gettext("on %(day)s between %(since)s and %(until)s") % {
        "day": day_words(local.date()),
        "since": clock_words(local.time()),
        "until": clock_words(end.time()),
    }


def mail_words(kind: str) -> str:
    """What a kind of mail to families is called: "Reminder"."""
    return str(_MAILS.get(kind, kind))


def reply_by_day(invitation: Invitation, party: Party) -> date:
    """The local day of this household's own reply-by; the party's while it is not invited."""
    if invitation.reply_by_at is None:
        return party.reply_by
    return invitation.reply_by_at.astimezone(party.zone).date()


def reply_by_words(invitation: Invitation, party: Party) -> str:
    """Until when this household is asked to answer."""
    if invitation.reply_by_at is None:
        return day_words(party.reply_by)
    return moment_words(invitation.reply_by_at, party)


def turns_words(party: Party) -> str:
    """What stands beside the large name: "turns 7"."""
    return gettext("turns %(age)d") % {"age": party.turns}


def host_words(party: Party) -> str:
    """Who invites: "Rosa, Jamie’s mum", or the first name alone."""
    return pgettext("between a name and who that is", ", ").join(
        part for part in (party.host_name, party.host_is) if part
    )


def phone_words(phone: str, party: Party) -> str:
    """A number as people write it: "07700 900118" in the party's country, else "+49 30 123456".

    What is no number stays as it was typed. Spaces do not break, so a number is never cut in two.
    """
    region = country(party.timezone)
    return _phone(phone, region).replace(" ", "\N{NO-BREAK SPACE}")


def phone_link(phone: str, party: Party) -> str:
    """A number as a `tel:` link wants it: E.164; only its digits where it cannot be read."""
    number = _read_phone(phone, country(party.timezone))
    if number is None:
        return "".join(char for char in phone if char.isdigit())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=1024)
def _phone(phone: str, region: str) -> str:
    number = _read_phone(phone, region)
    if number is None:
        return phone
    home = number.country_code == phonenumbers.country_code_for_region(region)
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if home else style.INTERNATIONAL)


def _read_phone(phone: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
