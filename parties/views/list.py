from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from parties.models import Party


@require_safe
@login_required
def party_list(request: HttpRequest) -> HttpResponse:
    """The host's parties: those to come with the soonest first, then those that were."""
    now = timezone.now()
    parties = Party.objects.for_host(request.user)
    context = {
        "upcoming": parties.upcoming(now),
        "past": parties.past(now),
    }
    return render(request, "parties/list.html", context)
