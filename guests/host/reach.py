"""Where each home stands, as the host sees it: its answer, or whether it was reached at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q

from guests.deliveries.truth import RETURNED, Delivery, delivery_of, got_there
from guests.models import Contact, Fate, Guest, Invitation, OutgoingEmail, State
from guests.models.mail import OPEN, REACHED
from guests.reasons import Reason
from guests.wording import home_names, join_names
from parties.models import Party
from parties.words import Answer, Kind


class Stand(StrEnum):
    """One word for each home. The answers are those of `Answer`."""

    NEW = "new"  # on the list, not invited yet
    DISPUTED = "disputed"
    ACCEPTED = "accepted"
    VIDEO = "video"
    TENTATIVE = "tentative"
    SILENT = "silent"
    LOST = "lost"  # silent, and no mail reached anybody there
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class HomeLine:
    """One home with what a page shows of it."""

    invitation: Invitation
    guests: tuple[Guest, ...]
    contacts: tuple[Contact, ...]
    stand: Stand
    lost_why: str = ""  # a `Reason`, for those that were not reached
    to_confirm: bool = False
    sent: bool = False  # a mail was handed over (or may have been)
    deliveries: tuple[tuple[Contact, Delivery], ...] = ()

    @property
    def names(self) -> str:
        return home_names(self.invitation, self.guests)

    @property
    def is_forgotten(self) -> bool:
        """Whether only numbers are left of it, and nothing can be done about it."""
        return self.invitation.forgotten_at is not None

    @property
    def adults(self) -> str:
        return join_names([contact.name for contact in self.contacts if contact.name])

    @property
    def phones(self) -> list[Contact]:
        """Who can be called: has a number that nobody found to be wrong."""
        return [one for one in self.contacts if one.phone and one.phone_wrong_at is None]

    @property
    def pk(self) -> int:
        return self.invitation.pk


def home_line(
    party: Party,
    invitation: Invitation,
    guests: Iterable[Guest],
    contacts: Iterable[Contact],
    mails: Sequence[OutgoingEmail],
) -> HomeLine:
    """Where one home stands, from its rows; asks nothing of the database."""
    current = tuple(contact for contact in contacts if contact.is_current)
    # Nobody is to look for those who asked to be forgotten.
    why = "" if invitation.forgotten_at else unreached(current, mails)
    invited = invitation.invited_at is not None
    return HomeLine(
        invitation=invitation,
        guests=tuple(guests),
        contacts=current,
        stand=_stand(invitation, why),
        lost_why=why,
        to_confirm=invitation.needs_confirming(party),
        sent=any(mail.state in REACHED for mail in mails),
        deliveries=tuple((one, delivery_of(one, mails, invited=invited)) for one in current),
    )


def unreached(contacts: Sequence[Contact], mails: Iterable[OutgoingEmail]) -> str:
    """Why no mail reaches anybody of this home (a `Reason`); empty if one does, or still may."""
    with_address = [contact for contact in contacts if contact.address is not None]
    if not with_address:
        return Reason.NO_ADDRESS
    open_to = [contact for contact in with_address if contact.is_mailable]
    if not open_to:
        return next(one.address.refuses for one in with_address if one.address is not None)
    lost = _lost(mails)
    if all(lost.get(one.pk) for one in open_to):
        return lost[open_to[0].pk]
    return ""


def _lost(mails: Iterable[OutgoingEmail]) -> dict[int | None, str]:
    """Why nothing reached a contact that was written to, by its number; empty if something did."""
    found: dict[int | None, str] = {}
    arrived = set()
    for mail in mails:
        is_invitation = mail.kind == Kind.INVITATION.value
        if got_there(mail) or (is_invitation and mail.state in OPEN):
            arrived.add(mail.contact_id)
        elif is_invitation and mail.state == State.FAILED:
            found[mail.contact_id] = mail.reason
        elif mail.fate in RETURNED:
            is_policy = mail.fate == Fate.POLICY
            found[mail.contact_id] = Reason.REFUSED if is_policy else Reason.CAME_BACK
    return {contact: why for contact, why in found.items() if contact not in arrived}


def homes_to_tell(party: Party, *, cancelled: bool = False) -> int:
    """How many homes get a mail when the party is changed, or cancelled: those that know of it."""
    reachable = Contact.objects.current().filter(
        invitation=OuterRef("pk"),
        address__isnull=False,
        address__stopped_at=None,
        address__bounced_at=None,
        address__complained_at=None,
    )
    homes = (
        Invitation.objects.filter(party=party, invited_at__isnull=False)
        .standing()
        .filter(Exists(reachable))
        .filter(
            ~Q(answer=Answer.SILENT.value)
            | Q(disputed=True)
            | Exists(OutgoingEmail.objects.reached().filter(invitation=OuterRef("pk")))
        )
    )
    if not cancelled:
        homes = homes.exclude(answer=Answer.DECLINED.value, disputed=False)
    return homes.count()


def _stand(invitation: Invitation, why: str) -> Stand:
    if invitation.disputed:
        return Stand.DISPUTED
    if not invitation.is_silent:
        return Stand(invitation.answer)
    if invitation.invited_at is None:
        return Stand.NEW
    return Stand.LOST if why else Stand.SILENT
