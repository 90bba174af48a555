"""The last look before invitations go out: to how many, with which personal line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.host.door import host_page, open_party
from guests.host.forms import LineForm
from guests.inviting import PartyClosed, invite
from guests.links import absolute, answer_path
from guests.models import Contact, Invitation
from guests.models.invitation import mailable
from guests.tasks import wake
from guests.wording import guest_names, moment_words
from parties.models import Party
from parties.schedule import invitation_reply_by


@dataclass(frozen=True, slots=True)
class Waiting:
    """A home that is not invited yet, with the form of its personal line."""

    invitation: Invitation
    names: str
    contacts: tuple[Contact, ...]
    mails: int
    form: LineForm
    link: str


@host_page("GET", "POST")
def invite_homes(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is to be invited. A POST keeps the personal lines; "send" invites the homes it showed."""
    party = open_party(request, pk)
    waiting = _waiting(party, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not any(one.form.errors for one in waiting):
            return _keep(request, party, waiting)
        messages.error(request, _("A personal line needs a look. Nothing was sent."))
    context = _context(party, waiting, timezone.now())
    return render(request, "guests/host/invite.html", context)


def _context(party: Party, waiting: Sequence[Waiting], now: datetime) -> dict[str, Any]:
    reply_by_at = invitation_reply_by(
        party_reply_by=party.reply_by,
        zone=party.timezone,
        invited_at=now,
        starts_at=party.starts_at,
    )
    return {
        "page": "invite",
        "party": party,
        "closed": party.is_cancelled or party.has_started(now),
        "by_mail": [one for one in waiting if one.mails],
        "by_hand": [one for one in waiting if not one.mails],
        "mails": sum(one.mails for one in waiting),
        "count": len(waiting),
        "reply_by": moment_words(reply_by_at, party) if reply_by_at > now else "",
        "bad": any(one.form.errors for one in waiting),
    }


def _waiting(party: Party, data: QueryDict | None) -> list[Waiting]:
    """The homes to invite; from a POST only those that its page showed."""
    homes = (
        Invitation.objects.filter(party=party, invited_at__isnull=True, forgotten_at=None)
        .standing()
        .order_by("pk")
        .prefetch_related(
            "guests", Prefetch("contacts", Contact.objects.current().select_related("address"))
        )
    )
    if data is not None:
        homes = homes.filter(pk__in=[int(one) for one in data.getlist("home") if _is_number(one)])
    return [_one(home, data) for home in homes]


def _one(home: Invitation, data: QueryDict | None) -> Waiting:
    contacts = tuple(home.contacts.all())
    return Waiting(
        invitation=home,
        names=guest_names(home),
        contacts=contacts,
        mails=len(mailable(contacts)),
        form=LineForm(data, prefix=f"h{home.pk}", initial={"line": home.personal_line}),
        link=absolute(answer_path(home)),
    )


def _keep(request: HttpRequest, party: Party, waiting: Sequence[Waiting]) -> HttpResponse:
    sending = "send" in request.POST
    try:
        with transaction.atomic():
            _store_lines(waiting)
            ids = [one.invitation.pk for one in waiting]
            sent = invite(party=party, invitation_ids=ids, now=timezone.now()) if sending else 0
            transaction.on_commit(wake, robust=True)
    except PartyClosed:
        messages.error(request, _("The party is over or cancelled, so nobody was invited."))
        return redirect(party)
    if not sending:
        messages.success(request, _("Your personal lines are saved. Nothing is sent yet."))
        return redirect("invite", pk=party.pk)
    messages.success(request, sent_words(sent))
    return redirect(party)


def _store_lines(waiting: Sequence[Waiting]) -> None:
    changed = []
    for one in waiting:
        line = one.form.cleaned_data["line"]
        if line != one.invitation.personal_line:
            one.invitation.personal_line = line
            changed.append(one.invitation)
    Invitation.objects.bulk_update(changed, ["personal_line"])


def sent_words(sent: int) -> str:
    """What a host reads after the tap; the second of two taps finds nobody left."""
    if not sent:
        return _("These homes are invited already. Nothing goes out twice.")
    return ngettext(
        "%(n)d home is invited. The mail goes out now.",
        "%(n)d homes are invited. The mails go out now.",
        sent,
    ) % {"n": sent}


def _is_number(raw: str) -> bool:
    return raw.isascii() and raw.isdigit() and len(raw) < 19
