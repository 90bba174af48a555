"""The party as a calendar file.

It carries no link: a calendar is often shared with others, and the door to an answer is not.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from guests import wording
from guests.family.door import RETRY_AFTER, TROUBLE, family_door, language_of, missing, render
from guests.links import CALENDARS, Opened, open_token
from guests.models import Invitation
from parties.models import Party
from rsvp_site.trouble import note

# A lone carriage return would end a line early, and let a name write properties of its own.
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(r"[\x00-\x09\x0e-\x1f\x7f-\x9f]")


@family_door("GET", "HEAD")
def calendar(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    now = timezone.now()
    try:
        opened = open_token(token, CALENDARS, now)
    except TROUBLE as error:
        note("calendar_unread", error)
        later = render("guests/family/later.html", {}, status=503)
        later["Retry-After"] = RETRY_AFTER
        return later
    if opened is None:
        return missing()
    with translation.override(language_of(opened)):
        body = calendar_file(opened, now)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    name = slugify(opened.party.child_name) or "party"
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.ics") or ""
    return response


def calendar_file(opened: Opened, now: datetime) -> bytes:
    """RFC 5545, one event: one UID a home for ever, a higher SEQUENCE when the plan changes."""
    party = opened.party
    event = Event()
    event.add("uid", uid_of(opened.invitation))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", party.revision + (1 if party.is_cancelled else 0))
    event.add("status", "CANCELLED" if party.is_cancelled else "CONFIRMED")
    event.add("dtstart", party.starts_at.astimezone(UTC))
    event.add("dtend", party.ends_at.astimezone(UTC))
    event.add("summary", _plain(_title(party)))
    event.add("location", _plain(wording.party_where(party)))
    event.add("description", _plain(_description(party)))
    event.add("class", "PRIVATE")
    whole = Calendar()
    whole.add("prodid", "-//Full Table//Full Table//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    whole.add_component(event)
    return bytes(whole.to_ical())


def uid_of(invitation: Invitation) -> str:
    """The event's own name in every calendar that it is put into."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"invitation-{invitation.pk}@{host}"


def _title(party: Party) -> str:
    words = {"name": party.child_name, "turns": wording.turns_words(party)}
    if party.is_cancelled:
        return _("Off: %(name)s %(turns)s") % words
    return f"{words['name']} {words['turns']}"


def _description(party: Party) -> str:
    host = wording.host_words(party)
    if party.host_phone:
        return _("Questions? Call %(host)s, on %(phone)s.") % {
            "host": host,
            "phone": wording.phone_words(party.host_phone, party),
        }
    return _("Questions? Ask %(host)s.") % {"host": host}


def _plain(text: str) -> str:
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))
