"""The family's page as a family will see it, before anybody is invited."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.family.home import Home
from guests.family.showing import show
from guests.host.door import host_page, open_party
from guests.links import Opened, Purpose
from guests.models import Guest, Invitation
from parties.models import Party


@host_page("GET")
def party_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of the first home on the list, or of one made up; its buttons rest."""
    party = open_party(request, pk)
    invitation, guests = _household(party)
    opened = Opened(Purpose.FAMILY, invitation, None)
    response = show(opened, Home(guests=guests), timezone.now(), preview=True)
    response["Cache-Control"] = "private, no-store"
    return response


def _household(party: Party) -> tuple[Invitation, tuple[Guest, ...]]:
    found = (
        Invitation.objects.filter(party=party)
        .standing()
        .order_by("-personal_line", "pk")
        .prefetch_related("guests")
        .first()
    )
    if found is None:
        # Number 0 belongs to nobody: its links lead nowhere, and it is never saved.
        return Invitation(pk=0, party=party), (Guest(pk=0, name=_("Mia")),)
    found.party = party
    return found, tuple(found.guests.all())
