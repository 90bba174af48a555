"""A home in each stage that its page knows, and the address of that page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from guests.links import answer_path
from guests.models import Channel, Invitation
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer
from tests.factories import NOW, make_contact, make_invitation, make_response


def by_mail(invitation: Invitation) -> str:
    """The page of the household's first contact."""
    contact = invitation.contacts.order_by("pk").first()
    assert contact is not None
    return answer_path(contact)


def by_link(invitation: Invitation) -> str:
    """The page of whoever got the household's link."""
    return answer_path(invitation)


def invited(*guests: str) -> Invitation:
    return make_invitation(guests=guests or ("Nia", "Theo"), personal_line="Come and dig.")


def answered(answer: Answer, channel: Channel | None = None) -> Invitation:
    invitation = invited()
    make_response(invitation, answer, channel=channel)
    return invitation


def moved() -> Invitation:
    """Said yes; then the place changed."""
    invitation = answered(Answer.ACCEPTED)
    party = Party.objects.get(pk=invitation.party_id)
    party.place = "Larch Street Hall"
    revise_party(party=party, changed={"place"}, now=NOW)
    return invitation


def differing() -> Invitation:
    """Said yes; then told the host on the telephone that they cannot come."""
    invitation = answered(Answer.ACCEPTED)
    make_response(invitation, Answer.DECLINED, channel=Channel.HOST)
    return invitation


def disputed() -> Invitation:
    """One parent says yes, the other one no."""
    invitation = answered(Answer.ACCEPTED)
    other = make_contact(invitation, email="other-parent@example.com", name="Olaf")
    make_response(invitation, Answer.DECLINED, contact=other, message="Not at my weekend.")
    return invitation


def cancelled() -> Invitation:
    invitation = invited()
    cancel_party(party=invitation.party, note="JJ has chickenpox.", now=NOW)
    return invitation


def over() -> Invitation:
    """The party was yesterday."""
    invitation = invited()
    Party.objects.filter(pk=invitation.party_id).update(
        starts_at=NOW - timedelta(hours=28), ends_at=NOW - timedelta(hours=25)
    )
    return invitation


STAGES: dict[str, Callable[[], str]] = {
    "asking": lambda: by_mail(invited()),
    "asking by the link": lambda: by_link(invited()),
    "yes": lambda: by_mail(answered(Answer.ACCEPTED)),
    "yes by the link": lambda: by_link(answered(Answer.ACCEPTED, Channel.FAMILY)),
    "no": lambda: by_mail(answered(Answer.DECLINED)),
    "no by the link": lambda: by_link(answered(Answer.DECLINED, Channel.FAMILY)),
    "not sure": lambda: by_mail(answered(Answer.TENTATIVE)),
    "video": lambda: by_mail(answered(Answer.VIDEO)),
    "the other door answered": lambda: by_link(answered(Answer.ACCEPTED)),
    "moved": lambda: by_mail(moved()),
    "differing": lambda: by_mail(differing()),
    "disputed": lambda: by_mail(disputed()),
    "cancelled": lambda: by_mail(cancelled()),
    "over": lambda: by_mail(over()),
}
