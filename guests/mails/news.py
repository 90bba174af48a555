"""News for a host: what families answered since the last mail of this kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from guests.links import absolute
from guests.mails.confirming import NothingToSay, each_words, extras
from guests.mails.facts import Facts, party_facts
from guests.models import Channel, OutgoingEmail, Response, ResponseGuest, State, Stays
from guests.wording import day_words, forgotten_words, join_names
from parties.models import Party
from parties.names import tidy
from parties.schedule import LAST_DAYS
from parties.words import Answer, Kind

_NEVER_WENT = (State.SKIPPED, State.FAILED)


@dataclass(slots=True)
class Said:
    """One response, as the host reads it."""

    response: Response
    answers: dict[int, Answer] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    withdrawn: bool = False

    @property
    def who(self) -> str:
        if self.response.invitation.forgotten_at is not None:
            return forgotten_words(len(self.names))
        return join_names(self.names)

    @property
    def mixed(self) -> list[str]:
        """An answer for each child, where they differ."""
        answers = list(self.answers.values())
        if len(set(answers)) < 2:
            return []
        return each_words(zip(self.names, answers, strict=True))

    @property
    def answer(self) -> str:
        return "" if self.mixed else next(iter(self.answers.values())).value

    @property
    def along(self) -> str:
        return extras(self.response)

    @property
    def stays(self) -> str:
        words = {
            Stays.STAY: gettext("A grown-up stays."),
            Stays.DROP_OFF: gettext("They drop off."),
        }
        return words.get(Stays(self.response.stays), "") if self.response.stays else ""

    @property
    def message(self) -> str:
        return tidy(self.response.message)

    @property
    def know_by(self) -> str:
        return day_words(self.response.know_by) if self.response.know_by else ""

    @property
    def contact_name(self) -> str:
        contact = self.response.contact
        return tidy(contact.name) if contact is not None else ""


def news_facts(mail: OutgoingEmail) -> Facts:
    """The answers since the host's last news of this party; three queries at most.

    Of one voice only the newest answer. What the host entered is no news to the host. Raises
    NothingToSay if no answer of these counts any more.
    """
    since = _told_until(mail)
    until = int(mail.occasion) if mail.occasion.isdecimal() else 0
    said = _said(mail.party_id, since, until)
    if not said:
        raise NothingToSay
    if _is_close(mail.party, said):
        _mark_withdrawn(mail.party_id, said, since)
    said.sort(key=lambda one: (not one.withdrawn, one.response.pk))
    return party_facts(mail.party) | {
        "said": said,
        "count": len(said),
        "withdrawn": any(one.withdrawn for one in said),
        "page": absolute(mail.party.get_absolute_url()),
    }


def _told_until(mail: OutgoingEmail) -> int:
    """The newest response that this host was told of before `mail`."""
    before = (
        OutgoingEmail.objects.filter(
            host=mail.host_id, party=mail.party_id, kind=Kind.NEWS.value, pk__lt=mail.pk
        )
        .exclude(state__in=_NEVER_WENT)
        .values_list("occasion", flat=True)
    )
    return max((int(occasion) for occasion in before if occasion.isdecimal()), default=0)


def _rows(party: int) -> QuerySet[ResponseGuest]:
    return (
        ResponseGuest.objects.filter(
            response__invitation__party=party, response__invitation__withdrawn_at=None
        )
        .exclude(response__contact__retired_at__isnull=False)
        .order_by("response_id", "guest__position", "guest_id")
    )


def _said(party: int, since: int, until: int) -> list[Said]:
    newest: dict[tuple[int, object], Said] = {}
    rows = (
        _rows(party)
        .filter(response_id__gt=since, response_id__lte=until)
        .exclude(response__channel=Channel.HOST)
        .select_related("response__contact", "response__invitation", "guest")
    )
    for row in rows:
        response = row.response
        voice = (response.invitation_id, response.contact_id or response.channel)
        if voice not in newest or newest[voice].response.pk != response.pk:
            newest[voice] = Said(response)
        newest[voice].answers[row.guest_id] = Answer(row.answer)
        gone = response.invitation.forgotten_at is not None
        newest[voice].names.append(gettext("A child") if gone else tidy(row.guest.name))
    return list(newest.values())


def _is_close(party: Party, said: Iterable[Said]) -> bool:
    return any(party.starts_at - one.response.created_at < LAST_DAYS for one in said)


def _mark_withdrawn(party: int, said: Iterable[Said], since: int) -> None:
    """Mark the answers that take back a yes which the host had been told of, or had entered."""
    earlier = list(
        _rows(party)
        .filter(response__invitation__in={one.response.invitation_id for one in said})
        .filter(Q(response_id__lte=since) | Q(response__channel=Channel.HOST))
        .values_list("response_id", "guest_id", "answer")
    )
    for one in said:
        before = {guest: answer for pk, guest, answer in earlier if pk < one.response.pk}
        one.withdrawn = any(
            before.get(guest) == Answer.ACCEPTED.value and answer is not Answer.ACCEPTED
            for guest, answer in one.answers.items()
        )
