"""A family's page in each of its stages, from what was read. Nothing here asks the database."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from guests import wording
from guests.family import words
from guests.family.door import render
from guests.family.forms import QUESTIONS, DetailsForm
from guests.family.home import Home, Stage, stage_of
from guests.family.saying import Posted, details_form
from guests.links import Opened, calendar_path, forget_path, stop_path
from guests.models import Contact
from parties.words import Answer
from rsvp_site.trouble import may_be_saved


def show(
    opened: Opened, home: Home, now: datetime, *, asked: Answer | None = None, preview: bool = False
) -> HttpResponse:
    """The page as it stands. `asked`: the answer that a mail's button carried, at hand, not saved.

    `preview`: for the host, with buttons that rest.
    """
    stage = stage_of(opened, home, now)
    context = _context(opened, home, now, stage) | {"preview": preview}
    if stage in (Stage.CANCELLED, Stage.OVER):
        return render("guests/family/closed.html", context, opened=opened)
    if stage is Stage.ANSWERED and asked in (None, home.answer):
        form = details_form(opened, home, home.answer, now)
        context |= _thanks(opened, home, now) | _questions(form)
        return render("guests/family/answered.html", context, opened=opened)
    context["asked"] = asked.value if asked else ""
    return render("guests/family/asking.html", context, opened=opened)


def show_again(
    opened: Opened, home: Home, now: datetime, posted: Posted, error: Exception | None = None
) -> HttpResponse:
    """The page with what was typed: something is to be mended, or could not be stored yet."""
    context = _context(opened, home, now, stage_of(opened, home, now)) | {
        "submission_id": posted.submission_id,
        "revision": posted.revision or opened.party.revision,
        "unsaved": error is not None,
        "unsure": may_be_saved(error),
        "again": True,
    }
    if posted.form is not None:
        template = "guests/family/answered.html"
        context |= _questions(posted.form)
    else:
        template = "guests/family/asking.html"
        context["asked"] = posted.answer.value if posted.answer else ""
    return render(template, context, opened=opened, status=503 if error else 422)


def _context(opened: Opened, home: Home, now: datetime, stage: Stage) -> dict[str, Any]:
    party, invitation, contact = opened.party, opened.invitation, opened.contact
    has_answered = home.own is not None and home.is_answered
    return {
        "party": party,
        "invitation": invitation,
        "stage": stage.value,
        "names": home.names,
        "current": home.answer.value if has_answered else "",
        "day": wording.party_day(party),
        "hours": wording.party_hours(party),
        "reply_by": _reply_by(opened, now),
        "host": wording.host_words(party),
        "phone": wording.phone_words(party.host_phone, party),
        "phone_link": wording.phone_link(party.host_phone, party),
        "by_mail": contact is not None,
        "stopped": contact is not None and is_stopped(contact),
        "stop": stop_path(contact) if contact else "",
        "forget": forget_path(contact or invitation),
        "submission_id": uuid.uuid4(),
        "revision": party.revision,
    }


def _thanks(opened: Opened, home: Home, now: datetime) -> dict[str, Any]:
    """What is said to a stored answer."""
    return {
        "heading": words.heading(home),
        "lines": words.lines(opened, home, now),
        "changed": words.plan_has_changed(opened, home),
        "calendar": calendar_path(opened.contact or opened.invitation),
    }


def _questions(form: DetailsForm) -> dict[str, Any]:
    """What can be added to an answer."""
    return {
        "form": form,
        "answer": form.answer.value,
        "fields": [form[name] for name in QUESTIONS[form.answer] if name in form.fields],
    }


def is_stopped(contact: Contact) -> bool:
    """Whether this adult stopped the mails, of this party or all of them."""
    address = contact.address
    return contact.stopped_at is not None or (
        address is not None and address.stopped_at is not None
    )


def _reply_by(opened: Opened, now: datetime) -> str:
    """Until when we ask for an answer; empty once that has passed."""
    moment = opened.invitation.reply_by_at or opened.party.reply_by_at
    if now > moment:
        return ""
    return wording.reply_by_words(opened.invitation, opened.party)
