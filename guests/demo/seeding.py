"""Bringing the stories to today: through the same services, plan and outbox as everything else."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Min

from guests.answering import Details, record_response
from guests.demo.stories import STORIES, Home, Story
from guests.inviting import NewContact, NewHousehold, add_households, invite
from guests.looking import look
from guests.models import Address, Channel, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.planner import plan
from parties.models import Host, Party
from parties.services import make_party
from parties.words import Answer

DEMO_HOST = "rosa@example.org"
ZONE = "Europe/London"
DOMAIN = "example.org"
JOINED = timedelta(days=90)  # before the first of the stories
SATURDAY = 5
REPLY_BY_DAYS = 5

Event = tuple[datetime, Callable[[datetime], None]]


class MailWouldGoOut(Exception):
    """A mail server is configured: the demo's mails belong into the mailbox and nowhere else."""


def seed(now: datetime) -> Host:
    """Make the demo host and the three parties, and let their past happen up to `now` (UTC).

    Everything goes the way it goes for real: homes are invited, mails are planned, handed over to
    the mailbox and answered, each at its own moment. Raises MailWouldGoOut. Seeding again changes
    nothing.
    """
    if not settings.EMBEDDED_MAILBOX:
        raise MailWouldGoOut
    known = Host.objects.filter(email=DEMO_HOST).first()
    if known is not None:
        return known
    host = Host.objects.create_user(DEMO_HOST, name="Rosa", date_joined=now - JOINED)
    EmailAddress.objects.create(user=host, email=DEMO_HOST, verified=True, primary=True)
    events = sorted(
        (event for story in STORIES for event in _happens(story, host, now)),
        key=lambda event: event[0],
    )
    for at, act in events:
        _catch_up(host, at)
        act(at)
    _catch_up(host, now)
    return host


def remove() -> int:
    """Take the demo away, with all that hangs on it; returns how many parties that were."""
    parties = Party.objects.filter(host__email=DEMO_HOST)
    count = parties.count()
    addresses = set(
        Address.objects.filter(contacts__invitation__party__in=parties).values_list("pk", flat=True)
    )
    Host.objects.filter(email=DEMO_HOST).delete()
    Address.objects.filter(pk__in=addresses, contacts=None, mails=None).delete()
    return count


def _happens(story: Story, host: Host, now: datetime) -> Iterator[Event]:
    """What happens in a story, each with its moment."""
    invited_at = now - timedelta(days=story.invited_days_ago)
    day = _saturday(now, story.saturdays)
    party = Party(
        host=host,
        host_name=host.name,
        day=day,
        reply_by=day - timedelta(days=REPLY_BY_DAYS),
        timezone=ZONE,
        **story.party,
    )

    def begin(at: datetime) -> None:
        make_party(party=party)
        add_households(party=party, households=[_household(home) for home in story.homes], now=at)
        invite(party=party, now=at)

    yield invited_at, begin
    for home in story.homes:
        at = invited_at + timedelta(days=home.after)
        if home.said is not None and at < now:
            yield at, _answering(party, home, home.said)


def _answering(party: Party, home: Home, said: Answer) -> Callable[[datetime], None]:
    def answer(at: datetime) -> None:
        invitation = Invitation.objects.get(
            party=party, guests__name=home.guests[0], guests__position=0
        )
        record_response(
            invitation_id=invitation.pk,
            contact=None if home.by_phone else invitation.contacts.first(),
            channel=Channel.HOST if home.by_phone else Channel.MAIL,
            submission_id=uuid.uuid4(),
            answers={guest.pk: said for guest in invitation.guests.all()},
            details=Details(**home.details),
            now=at,
        )

    return answer


def _catch_up(host: Host, until: datetime) -> None:
    """Plan and send what was due to this host's families, moment by moment, up to `until`."""
    before = None
    while (moment := _next_moment(host)) is not None and moment <= until:
        done = plan(moment).households + look(moment)
        done += drain(now=partial(_stopped_clock, moment), connections=1).total()
        if not done and moment == before:
            return
        before = moment


def _stopped_clock(moment: datetime) -> datetime:
    return moment


def _next_moment(host: Host) -> datetime | None:
    mine = {"party__host": host}
    moments = [
        Invitation.objects.filter(**mine).aggregate(at=Min("next_mail_at"))["at"],
        Party.objects.filter(host=host).aggregate(at=Min("next_look_at"))["at"],
        OutgoingEmail.objects.filter(**mine, state=State.QUEUED).aggregate(at=Min("not_before"))[
            "at"
        ],
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _household(home: Home) -> NewHousehold:
    return NewHousehold(
        guests=home.guests,
        contacts=tuple(
            NewContact(name, f"{box}@{DOMAIN}" if box else "", phone)
            for name, box, phone in home.contacts
        ),
        personal_line=home.line,
    )


def _saturday(now: datetime, number: int) -> date:
    """The local date of the `number`th Saturday that is at least six days away."""
    soonest = now.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=6)
    first = soonest + timedelta(days=(SATURDAY - soonest.weekday()) % 7)
    return first + timedelta(weeks=number - 1)
