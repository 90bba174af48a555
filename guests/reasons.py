"""Why a mail was not sent, as stored on it and as the host reads it."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(StrEnum):
    ANSWERED = "answered"
    DISPUTED = "disputed"
    NOT_THE_ANSWER = "not_the_answer"
    STOPPED = "stopped"
    STOPPED_ALL = "stopped_all"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    CAME_BACK = "came_back"
    NO_ADDRESS = "no_address"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"
    FORGOTTEN = "forgotten"
    CANCELLED = "cancelled"
    NOT_INVITED = "not_invited"
    OVER = "over"
    MOVED_AGAIN = "moved_again"
    RULE_OFF = "rule_off"
    RULE_MOVED = "rule_moved"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CALMER = "calmer"
    TOO_LATE = "too_late"
    TOO_CLOSE = "too_close"
    NIGHT = "night"
    ENOUGH_REMINDERS = "enough_reminders"
    ON_ITS_WAY = "on_its_way"
    ARRIVED = "arrived"
    INVITED_TWICE = "invited_twice"
    REFUSED = "refused"
    TRIED_ENOUGH = "tried_enough"
    NOT_COMPOSED = "not_composed"
    NOT_A_HOST = "not_a_host"
    UNVERIFIED = "unverified"
    PAUSED = "paused"
    NEW_ACCOUNT = "new_account"
    MANY_INVITED = "many_invited"
    FULL_DAY = "full_day"
    UNCLEAR = "unclear"
    RESTORED = "restored"


IN_WORDS: dict[str, str | Promise] = {
    Reason.ANSWERED: _("They had answered."),
    Reason.DISPUTED: _("Their two answers differ. Please ask them."),
    Reason.NOT_THE_ANSWER: _("Their answer has changed, so this mail no longer fits."),
    Reason.STOPPED: _("They stopped mails about this party."),
    Reason.STOPPED_ALL: _("They want no mail from us."),
    Reason.BOUNCED: _("Mail to this address came back."),
    Reason.COMPLAINED: _("They marked our mail as spam."),
    Reason.CAME_BACK: _("Their mail server could not deliver it. The mailbox may be full."),
    Reason.NO_ADDRESS: _("There is no address."),
    Reason.RETIRED: _("The address was corrected."),
    Reason.WITHDRAWN: _("You took this home off the list."),
    Reason.FORGOTTEN: _("They asked to be forgotten."),
    Reason.CANCELLED: _("The party was cancelled."),
    Reason.NOT_INVITED: _("The invitation has not gone out yet."),
    Reason.OVER: _("The party had begun."),
    Reason.MOVED_AGAIN: _("The party was changed again, and a newer mail tells them."),
    Reason.RULE_OFF: _("You switched this mail off."),
    Reason.RULE_MOVED: _("When you changed this mail, its time was over for them."),
    Reason.EXPIRED: _("Its time had passed before it could go."),
    Reason.SUPERSEDED: _("A newer mail went instead."),
    Reason.CALMER: _("More families have said yes since."),
    Reason.TOO_LATE: _("There was no time left before reply-by."),
    Reason.TOO_CLOSE: _("Their last mail was less than 20 hours before."),
    Reason.NIGHT: _("No hour of the day was left before reply-by."),
    Reason.ENOUGH_REMINDERS: _("They had three reminders, and that is enough."),
    Reason.ON_ITS_WAY: _("A mail is on its way already."),
    Reason.ARRIVED: _("The invitation has arrived there."),
    Reason.INVITED_TWICE: _("They had the invitation twice. A call helps more."),
    Reason.REFUSED: _("Their mail server refused it."),
    Reason.TRIED_ENOUGH: _("We tried for a long time. Their mail server never took it."),
    Reason.NOT_COMPOSED: _("We could not write this mail. We are looking into it."),
    Reason.NOT_A_HOST: _("They no longer help with this party."),
    Reason.UNVERIFIED: _("Please confirm your mail address first. Then your mails go out."),
    Reason.PAUSED: _("Your mails are on hold. We are looking into it."),
    Reason.NEW_ACCOUNT: _("Full Table lets a new account invite 60 people on its first day."),
    Reason.MANY_INVITED: _("Full Table invites 300 people a day for one host."),
    Reason.FULL_DAY: _("They had three mails from Full Table within a day, and that is enough."),
    Reason.UNCLEAR: _("The line broke at the last moment. It has most likely arrived."),
    Reason.RESTORED: _("This may have gone out before a backup was restored."),
}

# What the plan will leave out, said beforehand.
TO_COME: dict[str, str | Promise] = {
    Reason.TOO_CLOSE: _("Their last mail is less than 20 hours before, and later is too late."),
    Reason.ENOUGH_REMINDERS: _("They will have had three reminders, and that is enough."),
    Reason.SUPERSEDED: _("A newer mail goes to them on the same day."),
    Reason.TOO_LATE: _("It would come after their reply-by."),
    Reason.NIGHT: _("Only the night is left before their reply-by."),
}


def in_words(reason: str) -> str:
    """The reason as the host reads it."""
    return str(IN_WORDS.get(reason, reason))
