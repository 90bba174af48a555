"""A mail of the plan as a parent will see it, with words and a moment that nobody has saved yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from guests.household import facts_of
from guests.mails.compose import compose
from guests.models import Address, Contact, Guest, Invitation, OutgoingEmail
from guests.wording import guest_names
from parties.models import Party, Rule
from parties.planning import When
from parties.schedule import invitation_reply_by, rule_moment
from parties.words import Anchor, Answer, Kind

_SALT = "parties.plan.preview"
_FOR = 24 * 60 * 60  # seconds
_ANSWERS = {Kind.FOLLOW_UP: Answer.TENTATIVE, Kind.STILL_ON: Answer.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says of the mail: its subject, for whom it is, where its HTML is."""

    subject: str
    names: str
    token: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A line of the plan that is not saved."""

    kind: Kind
    when: When
    words: str


def show(party: Party, draft: Draft, now: datetime) -> Shown:
    """The mail's subject, and a token that opens its HTML for a day."""
    home = _home(party, draft.kind, now)
    mail, moment = _mail(party, draft, home, now)
    return Shown(str(compose(mail, moment).subject), guest_names(home), _sign(party, draft))


def html(party: Party, token: str, now: datetime) -> str:
    """The mail itself. Raises BadSignature for a token that is not ours, old, or of another party.

    The words are in the token and in no address that somebody else could make up.
    """
    draft = _read(party, token)
    mail, moment = _mail(party, draft, _home(party, draft.kind, now), now)
    return str(compose(mail, moment).alternatives[0][0])


def _sign(party: Party, draft: Draft) -> str:
    when = draft.when
    said = [
        party.pk, draft.kind.value, when.anchor.value, when.days,
        when.at.isoformat() if when.at else "", draft.words,
    ]  # fmt: skip
    return signing.dumps(said, salt=_SALT, compress=True)


def _read(party: Party, token: str) -> Draft:
    said: list[Any] = signing.loads(token, salt=_SALT, max_age=_FOR)
    of, kind, anchor, days, at, words = said
    if of != party.pk:
        raise signing.BadSignature
    when = When(Anchor(anchor), days, time.fromisoformat(at) if at else None)
    return Draft(Kind(kind), when, words)


def _mail(
    party: Party, draft: Draft, invitation: Invitation, now: datetime
) -> tuple[OutgoingEmail, datetime]:
    """A mail to one home, never stored, and the moment as of which it speaks."""
    rule = Rule(
        party=party,
        kind=draft.kind.value,
        anchor=draft.when.anchor.value,
        days=draft.when.days,
        at=draft.when.at,
        words=draft.words,
    )
    moment = rule_moment(rule.line, facts_of(invitation), party.dates)
    # Number 0 belongs to nobody, so no link in this mail opens anything.
    contact = Contact(pk=0, invitation=invitation, language=party.language)
    mail = OutgoingEmail(
        contact=contact,
        address=Address(pk=0, email="anna@example.com"),
        invitation=invitation,
        party=party,
        rule=rule,
        kind=draft.kind.value,
        occasion="preview",
        expires_at=party.starts_at,
        message_id=OutgoingEmail.new_message_id("example.com"),
    )
    return mail, max(now, moment or now)


def _home(party: Party, kind: Kind, now: datetime) -> Invitation:
    """The first home that this mail is for, else the first one, else one made up."""
    homes = Invitation.objects.filter(party=party, forgotten_at=None).standing().order_by("pk")
    homes = homes.prefetch_related("guests")
    answer = _ANSWERS.get(kind, Answer.SILENT).value
    found = homes.filter(answer=answer).first()
    if found is None:
        found = homes.first() or _made_up(party)
        found.answer = answer
    found.party = party
    found.invited_at = found.invited_at or now
    found.reply_by_at = found.reply_by_at or invitation_reply_by(
        party_reply_by=party.reply_by,
        zone=party.timezone,
        invited_at=found.invited_at,
        starts_at=party.starts_at,
    )
    return found


def _made_up(party: Party) -> Invitation:
    made = Invitation(pk=0, party=party)
    cache: dict[str, Any] = {"guests": [Guest(pk=0, name=_("Mia"))]}
    made._prefetched_objects_cache = cache  # type: ignore[attr-defined]
    return made
