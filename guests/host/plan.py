"""The host's timeline: what went, what is coming and to whom, and the lines of the plan."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.host import planmail, planwords
from guests.host.door import host_page, open_party
from guests.host.planforms import RuleForm
from guests.host.planview import PlanView
from guests.host.preview import FRAME_POLICY
from guests.replanning import TooManyRules, add_rule, change_rule, drop_rule, switch_rule
from guests.tasks import wake
from guests.wording import party_when
from parties.models import Party, Rule
from parties.planning import ANCHORS
from parties.words import Kind


@host_page("GET")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole timeline, and the lines to change."""
    now = timezone.now()
    view = PlanView(open_party(request, pk), now)
    party = view.party
    context = {
        "page": "plan",
        "party": party,
        "when": party_when(party),
        "over": party.is_over(now),
        "open": not (party.is_cancelled or party.has_started(now)),
        "view": view,
        "may_add": [(kind.value, planwords.TITLE[kind]) for kind in view.may_add],
        "form_uuid": uuid.uuid4(),
    }
    return render(request, "guests/host/plan.html", context)


@host_page("GET", "POST")
def plan_rule(request: HttpRequest, pk: int, rule: int) -> HttpResponse:
    """One line: move it, word it, see the mail before it is saved."""
    party = open_party(request, pk)
    found = get_object_or_404(Rule, pk=rule, party=party)
    if closed := _closed(request, party):
        return closed
    kind = Kind(found.kind)
    form = RuleForm(request.POST or None, kind=kind, party=party, rule=found)
    if request.method == "POST" and form.is_valid() and "look" not in request.POST:
        try:
            with transaction.atomic():
                words = form.cleaned_data["words"]
                change_rule(rule=found, when=form.when, words=words, now=timezone.now())
                transaction.on_commit(wake, robust=True)
        except Rule.DoesNotExist:
            return _gone(request, pk)
        messages.success(request, _("Your change is saved."))
        return _to_line(pk, rule)
    return _form_page(request, party, form, kind, found)


@host_page("GET", "POST")
def plan_add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One more line of that kind."""
    party = open_party(request, pk)
    if kind not in {one.value for one in ANCHORS}:
        raise Http404
    if closed := _closed(request, party):
        return closed
    form = RuleForm(request.POST or None, kind=Kind(kind), party=party, rule=None)
    if request.method == "POST" and form.is_valid() and "look" not in request.POST:
        try:
            with transaction.atomic():
                made = add_rule(
                    party=party,
                    kind=Kind(kind),
                    when=form.when,
                    words=form.cleaned_data["words"],
                    now=timezone.now(),
                )
                transaction.on_commit(wake, robust=True)
        except TooManyRules:
            messages.warning(request, _("The plan has this mail already, or ten mails in all."))
            return redirect("plan", pk=pk)
        messages.success(request, _("The new mail is in the plan."))
        return _to_line(pk, made.pk)
    return _form_page(request, party, form, Kind(kind), None)


@host_page("POST")
def plan_switch(request: HttpRequest, pk: int, rule: int) -> HttpResponse:
    """Switch a line off, or on again."""
    party = open_party(request, pk)
    found = get_object_or_404(Rule, pk=rule, party=party)
    if closed := _closed(request, party):
        return closed
    enabled = request.POST.get("to") == "on"
    try:
        with transaction.atomic():
            switch_rule(rule=found, enabled=enabled, now=timezone.now())
            transaction.on_commit(wake, robust=True)
    except Rule.DoesNotExist:
        return _gone(request, pk)
    words = _("It is on again.") if enabled else _("It is off. Nobody gets this mail.")
    messages.success(request, words)
    return _to_line(pk, rule)


@host_page("POST")
def plan_drop(request: HttpRequest, pk: int, rule: int) -> HttpResponse:
    """Take a line away for good."""
    party = open_party(request, pk)
    found = Rule.objects.filter(pk=rule, party=party).first()
    if closed := _closed(request, party):
        return closed
    if found is not None:
        with transaction.atomic():
            drop_rule(rule=found, now=timezone.now())
            transaction.on_commit(wake, robust=True)
    messages.success(request, _("The mail is out of the plan."))
    return redirect(f"{reverse('plan', args=[pk])}#lines")


@host_page("GET")
def plan_mail(request: HttpRequest, pk: int, token: str) -> HttpResponse:
    """The mail for the frame, under a policy of its own."""
    party = open_party(request, pk)
    try:
        content = planmail.html(party, token, timezone.now())
    except BadSignature:
        raise Http404 from None
    response = HttpResponse(content)
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


def _form_page(
    request: HttpRequest, party: Party, form: RuleForm, kind: Kind, rule: Rule | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "page": "plan",
        "party": party,
        "form": form,
        "rule": rule,
        "title": planwords.TITLE[kind],
        "audience": planwords.AUDIENCE[kind],
        "band": planwords.band_words(rule) if rule else "",
        "looking": request.method == "POST" and not form.errors,
    }
    draft = _draft(form, kind, rule)
    if draft is not None:
        context["mail"] = planmail.show(party, draft, timezone.now())
    return render(request, "guests/host/plan_rule.html", context)


def _draft(form: RuleForm, kind: Kind, rule: Rule | None) -> planmail.Draft | None:
    """The mail as the form has it; as it is stored before anybody typed; none with mistakes."""
    if form.is_bound:
        if form.errors:
            return None
        return planmail.Draft(kind, form.when, form.cleaned_data["words"])
    return planmail.Draft(kind, form.before, rule.words if rule else "")


def _closed(request: HttpRequest, party: Party) -> HttpResponse | None:
    if not (party.is_cancelled or party.has_started(timezone.now())):
        return None
    messages.warning(request, _("The party has begun or is cancelled, so the plan stays as it is."))
    return redirect("plan", pk=party.pk)


def _gone(request: HttpRequest, pk: int) -> HttpResponse:
    messages.warning(request, _("This mail is not in the plan any more."))
    return redirect("plan", pk=pk)


def _to_line(pk: int, rule: int) -> HttpResponse:
    return redirect(f"{reverse('plan', args=[pk])}#line{rule}")
