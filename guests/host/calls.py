"""The call list: whom to call, and what came of it. Each tap is a POST of its own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from guests import calling
from guests.answering import Closed
from guests.host.calllist import CallList, CallRow, Details
from guests.host.door import host_page, open_home, open_party
from guests.models import Channel, Invitation
from guests.models.contact import ContactQuerySet
from guests.tasks import wake
from guests.wording import guest_names, party_when, phone_words
from parties.models import Host, Party
from parties.words import Answer

# So many homes are shown in full after the one on top; the others are one tap away.
SHOWN = 20
_LONGEST = 19  # digits of a number that a database holds
_ANSWERS = {"accepted": Answer.ACCEPTED, "declined": Answer.DECLINED}
_MESSAGE = "message"
_WRONG = "wrong"


@host_page("GET")
def calls(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to call, the first one in full; `?home=` puts another on top, `?show=` lists more."""
    now = timezone.now()
    party = open_party(request, pk)
    closed = party.is_cancelled or party.is_over(now)
    found = CallList(party, _host(request), now)
    rows = [] if closed else found.rows
    top = _number(request.GET.get("home", ""))
    first = next((row for row in rows if row.pk == top), rows[0] if rows else None)
    others = [row for row in rows if row is not first]
    shown = max(SHOWN, _number(request.GET.get("show", "")))
    context = {
        "page": "calls",
        "party": party,
        "when": party_when(party),
        "closed": closed,
        "over": party.is_over(now),
        "invited": bool(found.homes),
        "rows": rows,
        "first": _in_full(found, first) if first else None,
        "others": [_in_full(found, row) for row in others[:shown]],
        "more": len(others) - shown,
        "show": shown + SHOWN,
        "done": found.done,
        "numbers": any(row.home.phones for row in rows),
    }
    return render(request, "guests/host/calls.html", context)


@host_page("POST")
def home_call(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """What came of a call: an answer, a message, or a wrong number."""
    party = open_party(request, pk)
    invitation = open_home(party, home)
    outcome, _space, number = request.POST.get("outcome", "").partition(" ")
    names = guest_names(invitation)
    if outcome in _ANSWERS:
        _answered(request, invitation, names, _ANSWERS[outcome])
    elif outcome == _MESSAGE:
        _left_a_message(request, invitation, names)
    elif outcome == _WRONG:
        _was_wrong(request, invitation, number)
        return _to_list(party, invitation.pk)
    else:
        messages.error(request, _("Please tap one of the four buttons."))
        return _to_list(party, invitation.pk)
    return _to_list(party, _number(request.POST.get("next", "")))


@host_page("POST")
def home_call_back(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """Something was tapped by mistake: an answer, a message or a wrong number."""
    party = open_party(request, pk)
    invitation = open_home(party, home)
    try:
        with transaction.atomic():
            _take_back(request, invitation)
            transaction.on_commit(wake, robust=True)
    except calling.TooLate:
        page = reverse("home", args=[party.pk, invitation.pk])
        words = _("They were told already. Please enter what is right instead.")
        messages.warning(
            request, format_html('{} <a href="{}#answer">{}</a>', words, page, _("Change it"))
        )
    else:
        words = _("%(names)s: taken back, as if you had not tapped it.")
        messages.success(request, words % {"names": guest_names(invitation)})
    return _to_list(party, invitation.pk)


def _take_back(request: HttpRequest, invitation: Invitation) -> None:
    if "response" in request.POST:
        number = _number(request.POST["response"])
        response = get_object_or_404(invitation.responses, pk=number, channel=Channel.HOST)
        calling.take_back_answer(response=response, now=timezone.now())
    else:
        number = _number(request.POST.get("call", ""))
        calling.take_back(call=get_object_or_404(invitation.calls, pk=number))


@host_page("POST")
def home_favourite(request: HttpRequest, pk: int, home: int) -> HttpResponse:
    """The star of a home: one of those that the birthday child would miss most."""
    party = open_party(request, pk)
    invitation = open_home(party, home)
    calling.set_favourite(invitation=invitation, favourite=request.POST.get("favourite") == "yes")
    if "list" in request.POST:
        return _to_list(party, invitation.pk)
    return redirect("home", pk=party.pk, home=invitation.pk)


def _answered(request: HttpRequest, invitation: Invitation, names: str, answer: Answer) -> None:
    try:
        with transaction.atomic():
            calling.answer_by_phone(
                invitation_id=invitation.pk,
                answer=answer,
                submission_id=_submission(request),
                now=timezone.now(),
            )
            transaction.on_commit(wake, robust=True)
    except Closed:
        messages.error(request, _("The party is over or cancelled, so no answer was saved."))
        return
    words = (
        _("%(names)s: coming. Saved as by phone, and their reminders stop.")
        if answer is Answer.ACCEPTED
        else _("%(names)s: can’t come. Saved as by phone, and their reminders stop.")
    )
    page = reverse("home", args=[invitation.party_id, invitation.pk])
    messages.success(
        request,
        format_html(
            '{} <a href="{}#answer">{}</a>', words % {"names": names}, page, _("Change it")
        ),
    )


def _left_a_message(request: HttpRequest, invitation: Invitation, names: str) -> None:
    numbers = list(_callable(invitation)[:2])
    calling.note_message(
        invitation_id=invitation.pk,
        # With two numbers nobody can tell which one it was.
        contact=numbers[0] if len(numbers) == 1 else None,
        host=_host(request),
        submission_id=_submission(request),
        now=timezone.now(),
    )
    words = _("%(names)s: you left a message. They are back on this list tomorrow.")
    messages.success(request, words % {"names": names})


def _was_wrong(request: HttpRequest, invitation: Invitation, said: str) -> None:
    """`said`: whose number, and the number as the page showed it."""
    pk, _space, number = said.partition(" ")
    contact = get_object_or_404(invitation.contacts.current(), pk=_number(pk))
    try:
        calling.note_wrong_number(
            contact=contact,
            number=number,
            host=_host(request),
            submission_id=_submission(request),
            now=timezone.now(),
        )
    except calling.NumberChanged:
        messages.warning(request, _("Somebody has corrected this number. Please try the new one."))
        return
    words = _("%(number)s is marked as wrong.") % {"number": phone_words(number, invitation.party)}
    if _callable(invitation).exists():
        words += " " + _("Here is another one.")
    else:
        words += " " + _("Is there another one? Else share their link.")
    messages.success(request, words)


def _callable(invitation: Invitation) -> ContactQuerySet:
    found: ContactQuerySet = invitation.contacts.current().exclude(phone="")
    return found.filter(phone_wrong_at=None)


@dataclass(frozen=True, slots=True)
class InFull:
    """One home with everything that helps to reach it, and whose turn comes after it."""

    row: CallRow
    details: Details
    after: int


def _in_full(found: CallList, row: CallRow) -> InFull:
    following = found.rows[found.rows.index(row) + 1 :][:1]
    return InFull(row, found.details(row), following[0].pk if following else 0)


def _to_list(party: Party, home: int) -> HttpResponse:
    """Back to the list, with that home on top; it is only not there if it was done meanwhile."""
    query = f"?{urlencode({'home': home})}" if home else ""
    return redirect(f"{reverse('calls', args=[party.pk])}{query}#now")


def _submission(request: HttpRequest) -> uuid.UUID:
    """The form's own number, so that a second tap stores nothing new."""
    try:
        return uuid.UUID(request.POST.get("submission_id", ""))
    except ValueError:
        return uuid.uuid4()


def _host(request: HttpRequest) -> Host:
    assert isinstance(request.user, Host)  # noqa: S101 - the door lets nobody else in
    return request.user


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < _LONGEST else 0
