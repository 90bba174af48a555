"""The page of one home, and what a host can do there. Each act is a POST of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.answering import Closed, Details, record_response
from guests.host.door import host_page, open_home, open_party
from guests.host.forms import ContactForm, LineForm
from guests.host.homeview import HomeView
from guests.inviting import (
    AskedToBeForgotten,
    add_contact,
    correct_contact,
    new_family_link,
    withdraw,
)
from guests.models import Channel, Invitation
from guests.standing import WILLING
from guests.tasks import wake
from guests.wording import guest_names
from parties.models import Party
from parties.words import Answer
from parties.zones import country

_ASKED_TO_BE_FORGOTTEN = gettext_lazy(
    "Nothing was saved. Whoever reads that address asked to be forgotten, so no mail about this "
    "party goes there."
)


@host_page("GET")
def home(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Everything about one home; `?correct=` opens the form of that contact."""
    party = open_party(request, pk)
    invitation = get_object_or_404(Invitation.objects.filter(party=party).standing(), pk=home)
    if invitation.forgotten_at is not None:
        return _forgotten(request, party, invitation)
    view = HomeView(party, invitation, timezone.now())
    return _page(request, view, correcting=request.GET.get("correct", ""))


@host_page("POST")
def home_answer(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Keep an answer that was given by phone or at the school gate. It settles a dispute."""
    party = open_party(request, pk)
    view = HomeView(party, open_home(party, home), timezone.now())
    form = view.answer_form(request.POST)
    if not form.is_valid():
        return _page(request, view, answer_form=form)
    try:
        with transaction.atomic():
            record_response(
                invitation_id=view.invitation.pk,
                contact=None,
                channel=Channel.HOST,
                submission_id=form.number,
                answers=form.answers(),
                details=Details(know_by=form.know_by),
                now=view.now,
            )
            transaction.on_commit(wake, robust=True)
    except Closed:
        messages.error(request, _("The party is over or cancelled, so no answer was saved."))
    else:
        messages.success(request, _("The answer for %(names)s is saved.") % {"names": view.names})
    return _back(party, view.invitation)


@host_page("POST")
def home_contact(request: HttpRequest, pk: int, home: int, contact: int) -> HttpResponse:
    """Correct one contact. Another address means a new link; the old one dies."""
    party = open_party(request, pk)
    view = HomeView(party, open_home(party, home), timezone.now())
    found = get_object_or_404(view.invitation.contacts.current(), pk=contact)
    form = ContactForm.of(found, region=country(party.timezone), data=request.POST)
    if not form.is_valid():
        return _page(request, view, contact_form=(found.pk, form))
    try:
        with transaction.atomic():
            correct_contact(contact=found, corrected=form.contact(), now=view.now)
            transaction.on_commit(wake, robust=True)
    except AskedToBeForgotten:
        messages.error(request, _ASKED_TO_BE_FORGOTTEN)
    else:
        messages.success(request, _("The contact is saved."))
    return _back(party, view.invitation)


@host_page("POST")
def home_contact_add(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """One more grown-up for this home, at most three."""
    party = open_party(request, pk)
    view = HomeView(party, open_home(party, home), timezone.now())
    form = ContactForm(request.POST, prefix="new", region=country(party.timezone))
    if not form.is_valid():
        return _page(request, view, new_contact=form)
    try:
        with transaction.atomic():
            add_contact(invitation=view.invitation, contact=form.contact(), now=view.now)
            transaction.on_commit(wake, robust=True)
    except ValueError:
        messages.error(request, _("Three contacts are the most for one home."))
    except AskedToBeForgotten:
        messages.error(request, _ASKED_TO_BE_FORGOTTEN)
    else:
        messages.success(request, _("The contact is saved."))
    return _back(party, view.invitation)


@host_page("POST")
def home_line(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Change the personal line that stands on this home's page and in its mails."""
    party = open_party(request, pk)
    view = HomeView(party, open_home(party, home), timezone.now())
    form = LineForm(request.POST)
    if not form.is_valid():
        return _page(request, view, line_form=form)
    Invitation.objects.filter(pk=view.invitation.pk).update(personal_line=form.cleaned_data["line"])
    messages.success(request, _("The personal line is saved."))
    return _back(party, view.invitation)


@host_page("POST")
def home_link(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Make a new link for this home; the one that was shared before opens nothing any more."""
    party = open_party(request, pk)
    invitation = open_home(party, home)
    new_family_link(invitation=invitation)
    messages.success(request, _("This home has a new link. The old one opens nothing now."))
    return _back(party, invitation)


@host_page("POST")
def home_withdraw(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Take a home off the list."""
    party = open_party(request, pk)
    view = HomeView(party, open_home(party, home), timezone.now())
    withdraw(invitation=view.invitation, now=view.now)
    words = _("%(names)s: off the list. No more mail goes there.")
    messages.success(request, words % {"names": view.names})
    return redirect(party)


def _page(request: HttpRequest, view: HomeView, **more: Any) -> HttpResponse:
    """The home's page, with the forms that came back with something to fix."""
    return render(request, "guests/host/home.html", view.context(**more))


def _forgotten(request: HttpRequest, party: Party, invitation: Invitation) -> HttpResponse:
    """What is left of a home that asked to be forgotten: numbers."""
    said = {guest.answer for guest in invitation.guests.all()} - {Answer.SILENT.value}
    context = {
        "page": "home",
        "party": party,
        "names": guest_names(invitation),
        "count": invitation.guests.count(),
        "answers": [answer.value for answer in WILLING if answer.value in said],
    }
    return render(request, "guests/host/home_forgotten.html", context)


def _back(party: Party, invitation: Invitation) -> HttpResponse:
    return redirect("home", pk=party.pk, home=invitation.pk)
