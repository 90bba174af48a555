"""The alarm of a party: from its people to a level, and one mail to each host a step up.

The level is derived from what is stored, each time anew; the party keeps the one that its hosts
were last told of. Whoever changes what it depends on has the party looked at (`guests.looking`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q

from guests.models import Guest, OutgoingEmail, State
from guests.reasons import Reason
from guests.telling import mail_to_host
from parties.alarm import Level, Table, begins_at, level, rises_above
from parties.models import Party
from parties.schedule import host_window
from parties.words import Answer, Kind

_STANDING_YES = Q(
    answer=Answer.ACCEPTED.value,
    invitation__disputed=False,
    invitation__answered_revision=F("invitation__party__revision"),
)

_NOBODY: dict[str, Any] = {"coming": 0, "listed": 0, "invited": None, "added": None}


def table_of(party: Party) -> Table:
    """What the alarm of this party depends on, as it is stored now. One query."""
    return tables_of([party])[party.pk]


def tables_of(parties: Collection[Party]) -> dict[int, Table]:
    """The same for many parties, by their numbers. One query."""
    counted = (
        Guest.objects.filter(
            invitation__party__in=[party.pk for party in parties],
            invitation__withdrawn_at__isnull=True,
        )
        .order_by()
        .values("invitation__party")
        .annotate(
            listed=Count("pk"),
            coming=Count("pk", filter=_STANDING_YES),
            invited=Min("invitation__invited_at"),
            added=Min("invitation__created_at"),
        )
    )
    found = {row["invitation__party"]: row for row in counted}
    return {party.pk: _table(party, found.get(party.pk, _NOBODY)) for party in parties}


def _table(party: Party, counted: Mapping[str, Any]) -> Table:
    return table_with(
        party,
        coming=counted["coming"],
        listed=counted["listed"],
        begins=begins_at(first_invited_at=counted["invited"], first_listed_at=counted["added"]),
    )


def table_with(party: Party, *, coming: int, listed: int, begins: datetime | None) -> Table:
    """The same for whoever has counted already; no query."""
    return Table(
        zone=party.timezone,
        day=party.day,
        starts=party.starts,
        reply_by=party.reply_by,
        enough=party.enough,
        coming=coming,
        listed=listed,
        begins_at=begins,
        cancelled=party.is_cancelled,
    )


@dataclass(frozen=True, slots=True)
class Sounded:
    """How many mails a look queued, and when (UTC) to look again if nothing happens before."""

    queued: int
    next_at: datetime | None


def sound(party: Party, now: datetime) -> Sounded:
    """Set the party's level to what it is at `now`; a step up is told to each host, once.

    The caller holds the party's lock and saves `SAVED`. A step down is told to nobody, unless the
    mail of the step up has not gone: then the hosts hear of the level that it is now instead.
    """
    table = table_of(party)
    known, present = Level(party.alarm), level(table, now)
    queued = 0
    lower = known.rank >= present.rank > 0
    if present.rank > known.rank or (lower and _is_untold(party, changed=present is not known)):
        party.alarm_ups += 1
        queued = _tell(party, present, now)
    if present is not known:
        party.alarm = present.value
        party.alarm_since = now if present else None
    return Sounded(queued, _next_look(party, table, now))


SAVED = ("alarm", "alarm_since", "alarm_ups")


def _next_look(party: Party, table: Table, now: datetime) -> datetime | None:
    """When the level rises above the stored one; an alarm also ends when the party begins."""
    if now >= table.starts_at:
        return None
    return rises_above(table, Level(party.alarm)) or (table.starts_at if party.alarm else None)


def looks_expected(parties: Collection[Party]) -> dict[int, datetime | None]:
    """For each party the moment (UTC) that `next_look_at` must not lie behind."""
    tables = tables_of(parties)
    return {party.pk: rises_above(tables[party.pk], Level(party.alarm)) for party in parties}


def objection(mail: OutgoingEmail, now: datetime) -> str:
    """Why the alarm mail should not go after all (a `Reason`), asked at the last moment.

    Read anew: the rows that a sender has were read before it waited for the mail's lock.
    """
    party = Party.objects.get(pk=mail.party_id)
    told = level_of(mail)
    if mail.occasion != _occasion(party, told):
        return Reason.SUPERSEDED
    present = level(table_of(party), now)
    if present.rank < told.rank:
        return Reason.CALMER
    # The next look queues the mail of the higher level.
    return "" if present is told else Reason.SUPERSEDED


def level_of(mail: OutgoingEmail) -> Level:
    """The level that an alarm mail tells of."""
    return Level(mail.occasion.rsplit("-", 1)[-1])


def _occasion(party: Party, found: Level) -> str:
    """One of its kind over all parties of a host: which party, its how-manieth step up, and to
    which level."""
    return f"{party.pk}-{party.alarm_ups}-{found.value}"


def _tell(party: Party, found: Level, now: datetime) -> int:
    mails = [
        mail_to_host(
            party,
            host.pk,
            Kind.ALARM,
            _occasion(party, found),
            not_before=host_window(now, party.timezone),
            expires_at=party.starts_at,
            now=now,
        )
        for host in party.hosts()
    ]
    OutgoingEmail.objects.bulk_create(mails, ignore_conflicts=True)
    return len(mails)


def _is_untold(party: Party, *, changed: bool) -> bool:
    """Whether the mail of the last step up was put away by the judge; or, where the level has
    `changed` since, still waits and cannot have arrived.

    No lock: whoever sends it now asks for the level anew, and so it goes only if it is true then.
    """
    put_away = Q(state=State.SKIPPED, reason__in=[Reason.CALMER, Reason.SUPERSEDED])
    waits = Q(state__in=[State.QUEUED, State.CLAIMED], body_sha256="")
    last = _occasion(party, Level(party.alarm))
    mails = OutgoingEmail.objects.filter(party=party, kind=Kind.ALARM.value, occasion=last)
    return mails.filter(put_away | waits if changed else put_away).exists()
