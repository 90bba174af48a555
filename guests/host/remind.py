"""A reminder now: to one home, or to all that are silent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.host.door import host_page, open_home, open_party
from guests.host.saying import when_words
from guests.models import Invitation
from guests.reasons import in_words
from guests.reminding import Outcome, remind_now
from guests.tasks import wake
from guests.wording import guest_names
from parties.models import Party


@host_page("POST")
def home_remind(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Remind one home."""
    party = open_party(request, pk)
    invitation = open_home(party, home)
    _remind(request, party, [invitation.pk])
    return redirect("home", pk=pk, home=home)


@host_page("POST")
def remind_silent(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind all homes that are silent now."""
    party = open_party(request, pk)
    invited = Invitation.objects.filter(party=party, invited_at__isnull=False, forgotten_at=None)
    silent = invited.standing().silent()
    _remind(request, party, list(silent.values_list("pk", flat=True)))
    return back(request, party)


def _remind(request: HttpRequest, party: Party, homes: Sequence[int]) -> None:
    """Queue the reminders and tell the host what became of each."""
    now = timezone.now()
    with transaction.atomic():
        outcomes = remind_now(
            party=party, invitation_ids=homes, form_uuid=form_number(request), now=now
        )
        transaction.on_commit(wake, robust=True)
    queued = [one for one in outcomes if one.at is not None]
    count = len(queued)
    if queued:
        at = max(one.at for one in queued if one.at is not None)
        if at <= now:
            words = ngettext("%(n)d reminder goes out now.", "%(n)d reminders go out now.", count)
        else:
            words = ngettext(
                "%(n)d reminder goes out: %(when)s.", "%(n)d reminders go out: %(when)s.", count
            )
        when = when_words(at, party, now)
        messages.success(request, words % {"n": count, "when": when})
    say_held(request, outcomes)
    if not outcomes:
        messages.info(request, _("Nobody is silent, so there is nobody to remind."))


def say_held(request: HttpRequest, outcomes: Sequence[Outcome]) -> None:
    """Tell the host why some homes do not get the mail."""
    for why, names in _held(outcomes).items():
        messages.warning(request, f"{', '.join(names)}: {in_words(why)}")


def back(request: HttpRequest, party: Party) -> HttpResponse:
    """To the page of the plan if its button was tapped, else to the party's."""
    return redirect("plan", pk=party.pk) if request.POST.get("back") == "plan" else redirect(party)


def _held(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Why a mail does not go, with the names of the homes."""
    held: dict[str, list[str]] = {}
    for one in outcomes:
        if not one.queued:
            names = guest_names(one.invitation)
            if names not in held.setdefault(one.why, []):
                held[one.why].append(names)
    return held


def form_number(request: HttpRequest) -> uuid.UUID:
    """The form's own number, so that a second tap reminds nobody twice."""
    try:
        return uuid.UUID(request.POST.get("form_uuid", ""))
    except ValueError:
        return uuid.uuid4()
