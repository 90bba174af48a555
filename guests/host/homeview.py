"""What the page of one home shows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.calling import Why
from guests.deliveries.truth import TROUBLE, Delivery
from guests.host import saying
from guests.host.calllist import why_of
from guests.host.forms import AnswerForm, ContactForm, LineForm
from guests.host.reach import HomeLine, Stand, home_line
from guests.host.sharing import share_of
from guests.lists import display_email
from guests.models import Channel, Contact, Fate, Invitation, OutgoingEmail, Response, State
from guests.models.contact import MAX_CONTACTS
from guests.reasons import Reason, in_words
from guests.wording import day_words, home_names, mail_words
from parties.models import Party
from parties.words import Answer
from parties.zones import country

_STATE: dict[str, str | Promise] = {
    State.QUEUED: gettext_lazy("waits"),
    State.CLAIMED: gettext_lazy("is on its way"),
    State.HANDING: gettext_lazy("is on its way"),
    State.SENT: gettext_lazy("accepted by their mail server"),
    State.UNCERTAIN: gettext_lazy("most likely sent"),
    State.FAILED: gettext_lazy("did not get there"),
    State.SKIPPED: gettext_lazy("was not sent"),
}
_MAYBE = gettext_lazy("may have been sent")
_FATE: dict[str, str | Promise] = {
    Fate.DELIVERED: gettext_lazy("delivered"),
    Fate.SOFT: gettext_lazy("came back"),
    Fate.HARD: gettext_lazy("came back"),
    Fate.POLICY: gettext_lazy("came back"),
    Fate.COMPLAINT: gettext_lazy("marked as spam"),
}
_WHY_BACK = {Fate.SOFT: Reason.CAME_BACK, Fate.POLICY: Reason.REFUSED}


@dataclass(frozen=True, slots=True)
class MailLine:
    """One mail to a contact, in words."""

    when: str
    what: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class ContactCard:
    """One contact with the form that corrects it and the mails that went to it."""

    contact: Contact
    email: str
    delivery: Delivery
    mails: tuple[MailLine, ...]
    form: ContactForm

    @property
    def words(self) -> dict[str, str]:
        """How far our mail came: the tag, what it means, and the colour of the tag."""
        tag, means, colour = saying.DELIVERY[self.delivery]
        return {"tag": str(tag), "means": str(means), "colour": colour}

    @property
    def needs_help(self) -> bool:
        """Whether there is an address, and mail does not get there."""
        return self.contact.address is not None and self.delivery in TROUBLE


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was given, in words."""

    when: str
    who: str
    answers: tuple[tuple[str, str], ...]  # child, and the tag of the answer
    details: tuple[str, ...]


class HomeView:
    """One home at one moment."""

    def __init__(self, party: Party, invitation: Invitation, now: datetime) -> None:
        self.party = party
        self.invitation = invitation
        self.now = now
        invitation.party = party
        self.guests = list(invitation.guests.all())
        self.names = home_names(invitation, self.guests)

    def answer_form(self, data: Any = None) -> AnswerForm:
        today = self.now.astimezone(self.party.zone).date()
        return AnswerForm(
            data,
            guests=self.guests,
            disputed=self.invitation.disputed,
            today=today,
            last=self.party.day,
        )

    def context(
        self,
        *,
        correcting: str = "",
        answer_form: AnswerForm | None = None,
        contact_form: tuple[int, ContactForm] | None = None,
        new_contact: ContactForm | None = None,
        line_form: LineForm | None = None,
    ) -> dict[str, Any]:
        contacts = list(self.invitation.contacts.current().select_related("address"))
        mails = list(self.invitation.mails.defer("body").order_by("pk"))
        home = home_line(self.party, self.invitation, self.guests, contacts, mails)
        region = country(self.party.timezone)
        problem = answer_form or new_contact or line_form or (contact_form and contact_form[1])
        return {
            "page": "home",
            "party": self.party,
            "home": home,
            "stand_words": saying.stand_words(home),
            "is_silent": home.stand in (Stand.SILENT, Stand.LOST)
            and any(one.is_mailable for one in contacts),
            "can_answer": not (self.party.is_cancelled or self.party.is_over(self.now)),
            "cards": [
                self._card(one, delivery, mails, region, contact_form)
                for one, delivery in home.deliveries
            ],
            "history": self._history(),
            "answer_form": answer_form or self.answer_form(),
            "new_contact": new_contact or ContactForm(prefix="new", region=region),
            "has_room": len(contacts) < MAX_CONTACTS,
            "line_form": line_form or LineForm(initial={"line": self.invitation.personal_line}),
            "form": problem,
            "correcting": correcting,
            "form_uuid": uuid.uuid4(),
            **self._share(home),
        }

    def _card(
        self,
        contact: Contact,
        delivery: Delivery,
        mails: list[OutgoingEmail],
        region: str,
        bound: tuple[int, ContactForm] | None,
    ) -> ContactCard:
        own = tuple(self._mail_line(mail) for mail in mails if mail.contact_id == contact.pk)
        is_bound = bound is not None and bound[0] == contact.pk
        return ContactCard(
            contact=contact,
            email=display_email(contact.email_as_typed) if contact.email_as_typed else "",
            delivery=delivery,
            mails=own,
            form=bound[1] if bound and is_bound else ContactForm.of(contact, region=region),
        )

    def _mail_line(self, mail: OutgoingEmail) -> MailLine:
        at = mail.sent_at or mail.handed_at or mail.not_before
        why = mail.reason or ("unclear" if mail.state == State.UNCERTAIN else "")
        state = _MAYBE if why == Reason.RESTORED else _FATE.get(mail.fate) or _STATE[mail.state]
        why = why or _WHY_BACK.get(Fate(mail.fate) if mail.fate else Fate.DELIVERED, "")
        return MailLine(
            when=saying.when_words(at, self.party, self.now),
            what=mail_words(mail.kind),
            state=str(state),
            why=in_words(why) if why else "",
        )

    def _history(self) -> list[Said]:
        responses = (
            self.invitation.responses.select_related("contact")
            .prefetch_related("answers__guest")
            .order_by("-pk")
        )
        return [self._said(response) for response in responses]

    def _said(self, response: Response) -> Said:
        who = str(Channel(response.channel).label)
        if response.contact is not None:
            contact = response.contact
            name = contact.name or display_email(contact.email_as_typed)
            who = _("%(name)s, by mail") % {"name": name}
            if not contact.is_current:
                who = _("%(who)s (a contact you corrected since; this does not count)") % {
                    "who": who
                }
        return Said(
            when=saying.when_words(response.created_at, self.party, self.now),
            who=who,
            answers=tuple((row.guest.name, row.answer) for row in response.answers.all()),
            details=tuple(_details(response)),
        )

    def _share(self, home: HomeLine) -> dict[str, Any]:
        """The family's link, and links that put it into a text message, a chat or a mail."""
        why = why_of(home, self.party, self.now) if home.invitation.invited_at else Why.SILENT
        share = share_of(self.party, home.invitation, home.names, why)
        phones = [one.phone for one in home.phones]
        number = {"sms": share.sms(phones[0]), "chat": share.chat(phones[0])} if phones else None
        return {"link": share.link, "share": share, "number": number}


def _details(response: Response) -> list[str]:
    """What a family added to its answer."""
    parts = []
    if response.adults is not None:
        parts.append(_("Grown-ups: %(n)d") % {"n": response.adults})
    if response.siblings is not None:
        parts.append(_("Brothers and sisters: %(n)d") % {"n": response.siblings})
    if response.stays:
        parts.append(str(response.get_stays_display()))
    if response.allergies:
        parts.append(_("Food: %(text)s") % {"text": response.allergies})
    if response.know_by is not None and any(
        row.answer == Answer.TENTATIVE.value for row in response.answers.all()
    ):
        parts.append(_("Will know by %(day)s") % {"day": day_words(response.know_by)})
    if response.message:
        parts.append(_("“%(text)s”") % {"text": response.message})
    return parts
