"""What the templates of a mail to a host are told, by its kind."""

from __future__ import annotations

from datetime import datetime

from guests.mails.alarm import alarm_facts
from guests.mails.bounced import bounced_facts
from guests.mails.facts import Facts
from guests.mails.missed import missed_facts
from guests.mails.news import news_facts
from guests.models import OutgoingEmail
from parties.words import Kind


def host_facts(mail: OutgoingEmail, moment: datetime) -> Facts:
    """As of `moment` (UTC), in the active language. Raises NothingToSay if there is nothing."""
    if mail.kind == Kind.ALARM:
        return alarm_facts(mail, moment)
    if mail.kind == Kind.BOUNCED:
        return bounced_facts(mail)
    if mail.kind == Kind.MISSED:
        return missed_facts(mail, moment)
    return news_facts(mail)
