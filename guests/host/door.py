"""The one door of all host pages: signed in, one of the allowed methods, one's own party."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from guests.models import Invitation
from parties.models import Party

View = Callable[..., HttpResponse]


def host_page(*methods: str) -> Callable[[View], View]:
    """Makes a view a host's page. Another method is refused before anybody is asked to sign in."""

    def make(view: View) -> View:
        guarded: View = login_required(view)
        door: View = require_http_methods(methods)(guarded)
        return door

    return make


def open_party(request: HttpRequest, pk: int) -> Party:
    """The host's party of that number; 404 for a stranger's, as for one that is not there."""
    return get_object_or_404(Party.objects.for_host(request.user), pk=pk)


def open_home(party: Party, home: int) -> Invitation:
    """The household of that number on this party's list; 404 if it stands on another's.

    Nothing can be done with one that asked to be forgotten, so that is not there either.
    """
    homes = Invitation.objects.filter(party=party, forgotten_at=None).standing()
    return get_object_or_404(homes, pk=home)
