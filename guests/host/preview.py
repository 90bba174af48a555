"""The family's page and the mails as a family will see them, before anybody is invited."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from guests.family.home import Home
from guests.family.showing import show
from guests.host.door import host_page, open_party
from guests.links import Opened, Purpose
from guests.mails.compose import compose
from guests.models import Address, Contact, Guest, Invitation, OutgoingEmail
from guests.wording import guest_names
from parties.models import Party
from parties.schedule import invitation_reply_by
from parties.words import Kind

# The frame of a mail: its inline styles and nothing else. Its links lead nowhere.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
KINDS = {Kind.INVITATION.value, Kind.REMINDER.value}


@host_page("GET")
def party_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of the first home on the list, or of one made up; its buttons rest."""
    party = open_party(request, pk)
    invitation, guests = _household(party)
    opened = Opened(Purpose.FAMILY, invitation, None)
    response = show(opened, Home(guests=guests), timezone.now(), preview=True)
    response["Cache-Control"] = "private, no-store"
    return response


@host_page("GET")
def mail_preview(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A mail as it will look: its subject, and the mail itself in a frame."""
    party = open_party(request, pk)
    mail = _mail(party, kind)
    context = {
        "page": "invite",
        "party": party,
        "kind": kind,
        "subject": compose(mail, timezone.now()).subject if mail else "",
        "names": guest_names(mail.invitation) if mail and mail.invitation else "",
    }
    return render(request, "guests/host/mail_preview.html", context)


@host_page("GET")
def mail_preview_html(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The mail for that frame, under a policy of its own."""
    mail = _mail(open_party(request, pk), kind)
    if mail is None:
        raise Http404
    response = HttpResponse(str(compose(mail, timezone.now()).alternatives[0][0]))
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


def _mail(party: Party, kind: str) -> OutgoingEmail | None:
    """A mail to the first home on the list, never stored; None while nobody is on the list."""
    if kind not in KINDS:
        raise Http404
    invitation, guests = _household(party)
    if not guests or not invitation.pk:
        return None
    now = timezone.now()
    if invitation.reply_by_at is None:
        invitation.reply_by_at = invitation_reply_by(
            party_reply_by=party.reply_by,
            zone=party.timezone,
            invited_at=now,
            starts_at=party.starts_at,
        )
    # Number 0 belongs to nobody, so no link in this mail opens anything.
    contact = Contact(pk=0, invitation=invitation, language=party.language)
    return OutgoingEmail(
        contact=contact,
        address=Address(pk=0, email="anna@example.com"),
        invitation=invitation,
        party=party,
        kind=kind,
        occasion="preview",
        expires_at=party.starts_at,
        message_id=OutgoingEmail.new_message_id("example.com"),
    )


def _household(party: Party) -> tuple[Invitation, tuple[Guest, ...]]:
    found = (
        Invitation.objects.filter(party=party, forgotten_at=None)
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
