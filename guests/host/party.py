"""Changing and cancelling a party: the host's pages that other people get mail about."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.host.door import host_page, open_party
from guests.host.forms import CancelForm
from guests.host.reach import homes_to_tell
from guests.tasks import wake
from parties.forms import PartyForm
from parties.models import Party
from parties.services import REVISING, cancel_party, revise_party


@host_page("GET", "POST")
def party_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a party. When families get a mail about it, a second button says to how many."""
    now = timezone.now()
    party = open_party(request, pk)
    if party.is_cancelled or party.is_over(now):
        messages.warning(request, _("This party is over or cancelled, so nothing can change."))
        return redirect(party)
    form = PartyForm(request.POST or None, instance=party, now=now)
    context = {"form": form, "party": Party.objects.get(pk=pk), "page": "edit"}
    if request.method == "POST" and form.is_valid():
        homes = homes_to_tell(party) if form.altered() & REVISING else 0
        if not homes or "tell" in request.POST:
            _save(request, form, homes)
            return redirect(party)
        context["homes"] = homes
    return render(request, "guests/host/party_edit.html", context)


@host_page("GET", "POST")
def party_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a party: says how many homes get a mail, and takes a line to them."""
    now = timezone.now()
    party = open_party(request, pk)
    if party.is_cancelled or party.is_over(now):
        messages.warning(request, _("This party is over or cancelled already."))
        return redirect(party)
    homes = homes_to_tell(party, cancelled=True)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            cancel_party(party=party, note=form.cleaned_data["note"], now=now)
            transaction.on_commit(wake, robust=True)
        messages.success(request, _cancelled_words(homes))
        return redirect(party)
    context = {"party": party, "form": form, "homes": homes, "page": "edit"}
    return render(request, "guests/host/party_cancel.html", context)


def _save(request: HttpRequest, form: PartyForm, homes: int) -> None:
    with transaction.atomic():
        revise_party(party=form.save(commit=False), changed=form.altered(), now=timezone.now())
        transaction.on_commit(wake, robust=True)
    for note in form.clock_notes():
        messages.info(request, note)
    words = _("Your changes are saved.")
    if homes:
        words += " " + ngettext(
            "%(n)d home gets a mail about it.", "%(n)d homes get a mail about it.", homes
        ) % {"n": homes}
    messages.success(request, words)


def _cancelled_words(homes: int) -> str:
    words = _("The party is cancelled.")
    if homes:
        words += " " + ngettext(
            "%(n)d home gets a mail about it.", "%(n)d homes get a mail about it.", homes
        ) % {"n": homes}
    return words
