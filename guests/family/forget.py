""" "Delete what you hold about us": what goes and what stays, and one button."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guests import forgetting
from guests.family.acting import later, posted
from guests.family.door import TROUBLE, family_door, language_of, missing, render
from guests.links import FORGETTING, Opened, answer_path, open_token, stop_path
from guests.wording import join_names, party_day
from rsvp_site.trouble import note


@family_door("GET", "HEAD", "POST")
def forget(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    posts = request.method == "POST"
    never_again = posts and posted(request, "never") == "yes"
    opened: Opened | None = None
    try:
        opened = open_token(token, FORGETTING, now)
        if opened is None:
            # Whoever taps twice finds that it is done.
            return render("guests/family/forgotten.html", {}) if posts else missing()
        if not posts:
            return _page(opened, now)
        with translation.override(language_of(opened)):
            held = forgetting.held(invitation=opened.invitation, contact=opened.contact)
        forgetting.forget(
            invitation_id=opened.invitation.pk,
            contact=opened.contact,
            never_again=never_again,
            now=now,
        )
    except TROUBLE as error:
        note("forget_unsaved", error)
        kept = [("never", "yes")] if never_again else []
        return later(opened, posts=posts, button=_("Delete it now"), kept=kept)
    context = {
        "party": opened.party,
        "children": len(held.children),
        "never_again": never_again,
        "counts": _counts(opened, now),
    }
    return render("guests/family/forgotten.html", context, opened=opened)


def _page(opened: Opened, now: datetime) -> HttpResponse:
    with translation.override(language_of(opened)):
        held = forgetting.held(invitation=opened.invitation, contact=opened.contact)
        context: dict[str, Any] = {
            "party": opened.party,
            "day": party_day(opened.party),
            "names": join_names(held.children),
            "children": len(held.children),
            "others": held.others,
            "answered": opened.invitation.answered_at is not None,
            "counts": _counts(opened, now),
            "page": answer_path(opened.contact or opened.invitation),
            "stop": stop_path(opened.contact) if opened.contact else "",
            "has_address": opened.contact is not None and opened.contact.address_id is not None,
        }
    return render("guests/family/forget.html", context, opened=opened)


def _counts(opened: Opened, now: datetime) -> bool:
    """Whether an answer is still of use."""
    return not opened.party.is_cancelled and not opened.party.is_over(now)
