"""From a pasted list to homes: paste, check, add. Nothing is stored before the last step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from guests.host.check import Check
from guests.host.door import host_page, open_party
from guests.inviting import MAX_HOUSEHOLDS, TooManyHouseholds, add_households
from parties.models import Party


@host_page("GET", "POST")
def homes_add(request: HttpRequest, pk: int) -> HttpResponse:
    """The field to paste into; a POST brings back what was pasted, to change it."""
    party = open_party(request, pk)
    context = {"party": party, "raw": request.POST.get("list", ""), "page": "homes"}
    return render(request, "guests/host/homes_add.html", context)


@host_page("GET", "POST")
def homes_check(request: HttpRequest, pk: int) -> HttpResponse:
    """What was understood of the list, to be corrected; "add" puts it on the party's list."""
    party = open_party(request, pk)
    raw = request.POST.get("list", "")
    adding = "add" in request.POST
    if not raw.strip() and not adding:
        if request.method == "POST":
            messages.warning(request, _("The list is empty. Paste or type at least one name."))
        return redirect("homes_add", pk=pk)
    check = Check(raw, party=party, data=request.POST if adding else None)
    if adding and check.is_valid and _add(request, party, check):
        return redirect("invite", pk=pk)
    context = {"party": party, "check": check, "groups": check.groups, "page": "homes"}
    return render(request, "guests/host/homes_check.html", context)


def _add(request: HttpRequest, party: Party, check: Check) -> bool:
    """Put the homes on the list and say so; False if there is no room for them."""
    households = check.households()
    try:
        added = len(add_households(party=party, households=households, now=timezone.now()))
    except TooManyHouseholds:
        words = _("One party has room for %(most)d homes. Nothing was added.")
        messages.error(request, words % {"most": MAX_HOUSEHOLDS})
        return False
    known = len(households) - added
    messages.success(request, added_words(added, known))
    return True


def added_words(added: int, known: int) -> str:
    """How many homes are new on the list, and how many were on it before."""
    words = ngettext(
        "%(n)d home is on the list. Nothing is mailed yet.",
        "%(n)d homes are on the list. Nothing is mailed yet.",
        added,
    ) % {"n": added}
    if known:
        words += " " + ngettext("%(n)d was on it already.", "%(n)d were on it already.", known) % {
            "n": known
        }
    return words
