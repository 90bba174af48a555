from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parties.forms import PartyForm, first_values
from parties.models import Host, Party
from parties.services import MAX_OPEN, TooManyParties, make_party


@require_http_methods(["GET", "POST"])
@login_required
def party_new(request: HttpRequest) -> HttpResponse:
    """Make a party on one page; the homes come next."""
    host = cast("Host", request.user)
    now = timezone.now()
    form = PartyForm(
        request.POST or None,
        instance=Party(host=host, language=host.language),
        initial=first_values(host),
        now=now,
    )
    if request.method == "POST" and form.is_valid():
        try:
            party = make_party(party=form.save(commit=False), now=now)
        except TooManyParties:
            words = _("You have %(most)d parties to come, and that is as many as there can be.")
            form.add_error(None, words % {"most": MAX_OPEN})
        else:
            for note in form.clock_notes():
                messages.info(request, note)
            return redirect("homes_add", pk=party.pk)
    return render(request, "parties/new.html", {"form": form})
