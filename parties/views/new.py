from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from parties.forms import PartyForm, first_values
from parties.models import Host, Party
from parties.services import make_party


@require_http_methods(["GET", "POST"])
@login_required
def party_new(request: HttpRequest) -> HttpResponse:
    """Make a party on one page; the homes come next."""
    host = cast("Host", request.user)
    form = PartyForm(
        request.POST or None,
        instance=Party(host=host, language=host.language),
        initial=first_values(host),
        now=timezone.now(),
    )
    if request.method == "POST" and form.is_valid():
        party = make_party(party=form.save(commit=False))
        for note in form.clock_notes():
            messages.info(request, note)
        return redirect("homes_add", pk=party.pk)
    return render(request, "parties/new.html", {"form": form})
