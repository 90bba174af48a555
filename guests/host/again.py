"""The invitation once more: to one home, or to all that it did not get to."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.deliveries.truth import RETURNED
from guests.host.door import host_page, open_home, open_party
from guests.host.remind import form_number, say_held
from guests.models import Invitation, OutgoingEmail
from guests.resending import invite_again
from guests.tasks import wake
from parties.models import Party
from parties.words import Kind


@host_page("POST")
def home_again(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Send it to one home again."""
    party = open_party(request, pk)
    invitation = open_home(party, home)
    _again(request, party, [invitation.pk], only_unreached=False)
    return redirect("home", pk=pk, home=home)


@host_page("POST")
def again_unreached(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it again to all silent homes that no invitation got to."""
    party = open_party(request, pk)
    arrived = (
        OutgoingEmail.objects.reached()
        .filter(invitation=OuterRef("pk"), kind=Kind.INVITATION.value)
        .exclude(fate__in=RETURNED)
    )
    homes = (
        Invitation.objects.filter(party=party, invited_at__isnull=False, forgotten_at=None)
        .standing()
        .silent()
        .filter(~Exists(arrived))
    )
    _again(request, party, list(homes.values_list("pk", flat=True)), only_unreached=True)
    return redirect("plan", pk=pk)


def _again(
    request: HttpRequest, party: Party, homes: Sequence[int], *, only_unreached: bool
) -> None:
    with transaction.atomic():
        outcomes = invite_again(
            party=party,
            invitation_ids=homes,
            form_uuid=form_number(request),
            now=timezone.now(),
            only_unreached=only_unreached,
        )
        transaction.on_commit(wake, robust=True)
    count = sum(one.queued for one in outcomes)
    if count:
        words = ngettext(
            "%(n)d invitation goes out again.", "%(n)d invitations go out again.", count
        )
        messages.success(request, words % {"n": count})
    say_held(request, outcomes)
    if not outcomes:
        messages.info(request, _("The invitation got to every home that is silent."))
