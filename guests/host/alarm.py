"""The alarm as the dashboard shows it: what is so at this moment. Asks nothing of the database."""

from __future__ import annotations

from dataclasses import dataclass

from guests.alarming import table_with
from guests.alarmwords import AlarmWords, alarm_words
from guests.host.overview import Overview
from guests.host.reach import Stand
from guests.wording import moment_words
from parties.alarm import Table, begins_at, level


@dataclass(frozen=True, slots=True)
class Banner:
    """The alarm in words, and since when it stands (empty while no tick has seen it)."""

    words: AlarmWords
    since: str


def banner_of(view: Overview) -> Banner | None:
    """None while all is calm."""
    found = level(_table(view), view.now)
    if not found:
        return None
    party = view.party
    known = party.alarm_since if party.alarm == found.value else None
    new = sum(len(home.guests) for home in view.standing(Stand.NEW))
    return Banner(
        words=alarm_words(found, party, view.seats, new, view.now),
        since=moment_words(known, party) if known else "",
    )


def is_calm_again(view: Overview) -> bool:
    """Whether there was an alarm, and enough say yes now."""
    table = _table(view)
    to_come = not view.party.is_cancelled and not view.party.has_started(view.now)
    return to_come and view.party.alarm_ups > 0 and table.listed > 0 and table.is_enough


def _table(view: Overview) -> Table:
    homes = [home.invitation for home in view.homes]
    invited = [one.invited_at for one in homes if one.invited_at is not None]
    return table_with(
        view.party,
        coming=view.coming,
        listed=sum(len(home.guests) for home in view.homes),
        begins=begins_at(
            first_invited_at=min(invited, default=None),
            first_listed_at=min((one.created_at for one in homes), default=None),
        ),
    )
