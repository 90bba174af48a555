"""To a host: the table may stay emptier than hoped, and three things that help."""

from __future__ import annotations

from datetime import datetime

from guests.alarming import level_of
from guests.alarmwords import alarm_words
from guests.host.overview import Overview
from guests.host.reach import Stand
from guests.links import absolute
from guests.mails.facts import Facts, party_facts
from guests.models import OutgoingEmail


def alarm_facts(mail: OutgoingEmail, moment: datetime) -> Facts:
    """The numbers as they are now; the level is that of the mail. As many queries as a dashboard,
    for any number of homes.
    """
    view = Overview(mail.party, moment)
    new = sum(len(home.guests) for home in view.standing(Stand.NEW))
    words = alarm_words(level_of(mail), mail.party, view.seats, new, moment)
    return party_facts(mail.party) | {
        "level": words.level.value,
        "title": words.title,
        "lead": words.lead,
        "counts": words.counts,
        "help": words.help,
        "ways": [
            {
                "heading": way.heading,
                "words": way.words,
                "label": way.label,
                "url": absolute(way.path),
            }
            for way in words.ways
        ],
    }
