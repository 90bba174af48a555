""" "I don't know this host": no more mail from anybody, and the operators hear of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from guests import strangers
from guests.family.acting import later, posted
from guests.family.door import TROUBLE, family_door, missing, render
from guests.links import Opened, Purpose, forget_path, open_token, stop_path
from guests.models import Contact
from rsvp_site.trouble import note


@family_door("GET", "HEAD", "POST")
def stranger(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    posts = request.method == "POST"
    again = posts and posted(request, "what") == "again"
    opened: Opened | None = None
    try:
        opened = open_token(token, {Purpose.STRANGER}, now)
        if opened is None or opened.contact is None:
            return _page(None, None, "done") if posts else missing()
        contact = opened.contact
        if not posts:
            return _page(opened, contact, "done" if strangers.is_stranger(contact) else "")
        if again:
            strangers.take_back(contact=contact, now=now)
        else:
            strangers.report(contact=contact, now=now)
    except TROUBLE as error:
        note("stranger_unsaved", error)
        kept = [("what", "again")] if again else []
        button = _("Start again") if again else _("Stop all mail to me")
        return later(opened, posts=posts, button=button, kept=kept)
    return _page(opened, contact, "again" if again else "done")


def _page(opened: Opened | None, contact: Contact | None, state: str) -> HttpResponse:
    context = {
        "party": opened.party if opened else None,
        "state": state,
        "stop": stop_path(contact) if contact else "",
        "forget": forget_path(contact) if contact else "",
    }
    return render("guests/family/stranger.html", context, opened=opened)
