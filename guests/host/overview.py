"""All that the dashboard shows, in the same few queries for any number of homes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from guests import timeline
from guests.deliveries.truth import RETURNED
from guests.host.reach import HomeLine, Stand, home_line
from guests.household import Gathered, gather
from guests.models import Contact, Guest, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from parties.models import Party
from parties.words import PLAN_KINDS, Answer

# In the order of the filter links.
STANDS = (
    Stand.ACCEPTED,
    Stand.VIDEO,
    Stand.TENTATIVE,
    Stand.SILENT,
    Stand.LOST,
    Stand.DECLINED,
    Stand.DISPUTED,
    Stand.NEW,
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A newest mail to somebody that failed, or that nobody knows of whether it arrived.

    Also one to an address that does not work any more, whatever became of it.
    """

    home: HomeLine
    contact: Contact
    mail: OutgoingEmail


class Overview:
    """One party at one moment: its homes, where each stands, and what goes out."""

    def __init__(self, party: Party, now: datetime) -> None:
        self.party = party
        self.now = now
        guests: dict[int, list[Guest]] = defaultdict(list)
        invitations: dict[int, Invitation] = {}
        # One query for both: every home has a child.
        for guest in Guest.objects.filter(invitation__party=party).select_related("invitation"):
            guest.invitation.party = party
            invitations.setdefault(guest.invitation_id, guest.invitation)
            guests[guest.invitation_id].append(guest)
        in_order = [invitations[pk] for pk in sorted(invitations)]
        # Also those taken off the list: their reminders count for an address that others share.
        self.gathered: list[Gathered] = [
            one for one in gather(in_order, whole=True) if one.invitation.withdrawn_at is None
        ]
        self.homes = [self._line(one.invitation, guests) for one in self.gathered]

    def standing(self, stand: Stand) -> list[HomeLine]:
        """The homes that stand there, without those that asked to be forgotten."""
        return [home for home in self.homes if home.stand is stand and not home.is_forgotten]

    @cached_property
    def seats(self) -> dict[str, int]:
        """Children by where they stand: the counts of the `seats` tag. Only invited homes count."""
        counts = Counter(
            _seat(home, guest, self.party)
            for home in self.homes
            if home.stand is not Stand.NEW
            for guest in home.guests
        )
        return dict(counts)

    @property
    def coming(self) -> int:
        """How many children have a standing yes."""
        return self.seats.get("coming", 0)

    @property
    def counts(self) -> list[tuple[Stand, int]]:
        """(where homes stand, how many of them), for the filter links; none that are empty."""
        found = Counter(home.stand for home in self.homes)
        return [(stand, found[stand]) for stand in STANDS if found[stand]]

    @property
    def to_confirm(self) -> list[HomeLine]:
        """Answers from before the party moved; those in dispute are asked about that first."""
        return [
            home
            for home in self.homes
            if home.to_confirm and not home.invitation.disputed and not home.is_forgotten
        ]

    @cached_property
    def troubles(self) -> list[Trouble]:
        """Mails that failed or are unclear, as long as no newer one went to the same contact."""
        found = []
        for home in self.homes:
            mails: Sequence[OutgoingEmail] = home.invitation.mails.all()  # type: ignore[assignment]
            newest = {mail.contact_id: mail for mail in mails}
            for contact in home.contacts:
                mail = newest.get(contact.pk)
                if mail is not None and _is_trouble(mail, contact) and home.stand is not Stand.LOST:
                    found.append(Trouble(home, contact, mail))
        return found

    @property
    def done(self) -> list[timeline.Line]:
        return timeline.done(self.gathered)

    @property
    def upcoming(self) -> list[timeline.Line]:
        return timeline.upcoming(self.gathered, self.now)

    def _line(self, invitation: Invitation, guests: dict[int, list[Guest]]) -> HomeLine:
        return home_line(
            self.party,
            invitation,
            guests[invitation.pk],
            invitation.contacts.all(),
            list(invitation.mails.all()),
        )


def _is_trouble(mail: OutgoingEmail, contact: Contact) -> bool:
    if contact.address is not None and (
        contact.address.bounced_at or contact.address.complained_at
    ):
        return True  # the home was reached, or answered, and yet no mail gets to this grown-up
    if mail.fate in RETURNED:
        return True
    if mail.state == State.UNCERTAIN:
        return mail.kind in PLAN_KINDS or mail.reason == Reason.RESTORED
    return mail.state == State.FAILED and mail.reason != Reason.BOUNCED


_SEATS = {
    Answer.VIDEO: "video",
    Answer.TENTATIVE: "tentative",
    Answer.DECLINED: "declined",
}


def _seat(home: HomeLine, guest: Guest, party: Party) -> str:
    """The plate of one child. Who differs, or has not confirmed the new plan, is not sure."""
    answer = Answer(guest.answer)
    if home.invitation.disputed:
        return "tentative"
    if answer is Answer.SILENT:
        return "lost" if home.stand is Stand.LOST else "silent"
    if answer is Answer.DECLINED:
        return "declined"
    if home.invitation.answered_revision != party.revision:
        return "tentative"
    return "coming" if answer is Answer.ACCEPTED else _SEATS[answer]
