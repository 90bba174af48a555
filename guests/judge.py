"""Whether one mail may still go, asked at the last moment, under the locks (design, sections 5, 6).

The plan decides what is said and when; this asks again whether it is still so. A door that wants
to know beforehand ("send a reminder now") asks the same question.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guests import alarming, limits
from guests.household import facts_of
from guests.models import Address, Contact, Invitation, OutgoingEmail, Response
from guests.reasons import Reason
from parties.models import Party, Rule
from parties.schedule import FIRST, MAX_REMINDERS, host_window, permitted, rule_moment
from parties.words import HOST_KINDS, PLAN_KINDS, SPACED_KINDS, Answer, Kind

_STILL_ON_TO = frozenset({Answer.ACCEPTED, Answer.VIDEO, Answer.TENTATIVE})
_TO_THE_END = frozenset({Kind.CANCELLED, Kind.CONFIRMATION})
_BAD_NEWS = frozenset({Kind.BOUNCED, Kind.MISSED})


@dataclass(frozen=True, slots=True)
class Go:
    """It may go now."""


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: it may go at `at` (UTC)."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Never: `reason` is a `Reason`."""

    reason: str


Verdict = Go | Later | Skip


def verdict(
    mail: OutgoingEmail,
    *,
    invitation: Invitation | None,
    party: Party,
    contact: Contact | None,
    address: Address | None,
    now: datetime,
    reminded: int | None = None,
    account: limits.Account | None = None,
) -> Verdict:
    """Whether `mail` may go at `now`, from rows that were read under the lock.

    A mail that is tried again is not stopped by its own stamp on the address. `reminded`: what
    `reminders_to` would count besides this mail, and `account` that of the party's host, for
    whoever knows them already.
    """
    if mail.host_id is not None:
        return _to_host(mail, party, now)
    if contact is None or invitation is None:
        return Skip(Reason.WITHDRAWN)  # there is no such home any more
    kind = Kind(mail.kind)
    reason = (
        _unreachable(invitation, contact, address)
        or _past(kind, mail, invitation, party, now)
        or _unfit(kind, mail, invitation, party, contact)
    )
    if reason:
        return Skip(reason)
    if waits := (account or limits.account(party.host_id)).waits:
        return Later(min(now + limits.HELD_FOR, expires_at(mail, invitation, party)), waits)
    if address is None:
        return Go()
    found: Verdict = Go()
    if kind in PLAN_KINDS:
        found = _by_plan(kind, mail, invitation, party, address, now, reminded)
    if isinstance(found, Go):
        found = _in_its_day(mail, invitation, party, address, now)
    return found


def _by_plan(
    kind: Kind,
    mail: OutgoingEmail,
    invitation: Invitation,
    party: Party,
    address: Address,
    now: datetime,
    reminded: int | None,
) -> Verdict:
    """What the rules of the plan say to one of its mails."""
    held = None if _is_by_hand(mail) else _by_its_rule(_rule(mail, party), invitation, party, now)
    if held is not None:
        return held
    if kind is Kind.REMINDER:
        if reminded is None:
            reminded = reminders_to(address, party, besides=mail)
        if reminded >= MAX_REMINDERS:
            return Skip(Reason.ENOUGH_REMINDERS)
    return _in_time(kind, mail, invitation, party, address, now)


def _to_host(mail: OutgoingEmail, party: Party, now: datetime) -> Verdict:
    """News is for those who are hosts of the party when it goes; bad news has its hours.

    Bad news is of use until the party starts, by its dates as they are now. An alarm goes only if
    it still is what the host has to know.
    """
    if mail.kind not in _BAD_NEWS and now >= mail.expires_at:
        return Skip(Reason.EXPIRED)
    is_host = party.host_id == mail.host_id or party.co_hosts.filter(pk=mail.host_id).exists()
    if not is_host:
        return Skip(Reason.NOT_A_HOST)
    if mail.kind == Kind.NEWS:
        return Go()
    if too_late := _too_late(mail, party, now):
        return Skip(too_late)
    if mail.kind == Kind.ALARM and (reason := alarming.objection(mail, now)):
        return Skip(reason)
    at = host_window(now, party.timezone)
    return Go() if at <= now else Later(at, Reason.NIGHT)


def _too_late(mail: OutgoingEmail, party: Party, now: datetime) -> str:
    """Whether the host can do nothing about it any more."""
    if mail.kind == Kind.MISSED and party.is_cancelled:
        # Whom the cancellation did not reach comes, unless the host calls.
        return Reason.OVER if party.is_over(now) else ""
    if party.is_cancelled:
        return Reason.CANCELLED
    return Reason.OVER if party.has_started(now) else ""


def reminders_to(address: Address, party: Party, besides: OutgoingEmail | None = None) -> int:
    """How many reminders of this party the address has got already."""
    mails = OutgoingEmail.objects.reached().reminders().filter(address=address, party=party)
    if besides is not None and besides.pk is not None:
        mails = mails.exclude(pk=besides.pk)
    return mails.count()


def _unreachable(invitation: Invitation, contact: Contact, address: Address | None) -> str:
    if invitation.withdrawn_at is not None:
        return Reason.WITHDRAWN
    if invitation.forgotten_at is not None:
        return Reason.FORGOTTEN
    if not contact.is_current:
        return Reason.RETIRED
    if address is None:
        return Reason.NO_ADDRESS
    return address.refuses


def _past(
    kind: Kind, mail: OutgoingEmail, invitation: Invitation, party: Party, now: datetime
) -> str:
    if kind is not Kind.CANCELLED and party.is_cancelled:
        return Reason.CANCELLED
    if party.is_over(now) if kind in _TO_THE_END else party.has_started(now):
        return Reason.OVER
    return Reason.EXPIRED if now >= expires_at(mail, invitation, party) else ""


def expires_at(mail: OutgoingEmail, invitation: Invitation | None, party: Party) -> datetime:
    """When the mail loses its use, by the party's dates as they are now and not as they were."""
    kind = Kind(mail.kind)
    if kind in HOST_KINDS:
        ends_at = party.ends_at if party.is_cancelled else party.starts_at
        return ends_at if kind in _BAD_NEWS else mail.expires_at
    if invitation is None:
        return mail.expires_at
    if kind is Kind.REMINDER and invitation.reply_by_at is not None:
        return min(invitation.reply_by_at, party.starts_at)
    if kind is Kind.FOLLOW_UP:
        return min(mail.expires_at, party.starts_at)
    return party.ends_at if kind in _TO_THE_END else party.starts_at


def _unfit(
    kind: Kind, mail: OutgoingEmail, invitation: Invitation, party: Party, contact: Contact
) -> str:
    """Whether what is known by now makes the mail pointless."""
    answer = Answer(invitation.answer)
    if kind in PLAN_KINDS and contact.stopped_at is not None:
        return Reason.STOPPED
    match kind:
        case Kind.INVITATION if mail.occasion != FIRST:
            return _has_no_use_again(invitation, contact)
        case Kind.REMINDER if answer is not Answer.SILENT or invitation.disputed:
            return Reason.DISPUTED if invitation.disputed else Reason.ANSWERED
        case Kind.FOLLOW_UP if answer is not Answer.TENTATIVE or invitation.disputed:
            return Reason.DISPUTED if invitation.disputed else Reason.NOT_THE_ANSWER
        case Kind.STILL_ON if answer not in _STILL_ON_TO and not invitation.disputed:
            return Reason.NOT_THE_ANSWER
        case Kind.CHANGED if answer is Answer.DECLINED and not invitation.disputed:
            return Reason.NOT_THE_ANSWER
        case Kind.STILL_ON | Kind.CHANGED if mail.occasion != str(party.revision):
            return Reason.MOVED_AGAIN
        case Kind.CONFIRMATION if _answered_again(mail, contact):
            return Reason.SUPERSEDED
    return ""


def _has_no_use_again(invitation: Invitation, contact: Contact) -> str:
    """An invitation that the host sends once more is only for those who have not answered."""
    if invitation.disputed or not invitation.is_silent:
        return Reason.DISPUTED if invitation.disputed else Reason.ANSWERED
    return Reason.STOPPED if contact.stopped_at is not None else ""


def _is_by_hand(mail: OutgoingEmail) -> bool:
    """A reminder that the host sends now belongs to no line of the plan."""
    return mail.rule_id is None and mail.kind in SPACED_KINDS and not mail.occasion.isdigit()


def _rule(mail: OutgoingEmail, party: Party) -> Rule | None:
    """The line by which the mail goes; None if it was switched off or taken away.

    A still-on goes once a revision, by whichever line: where its own is gone, another will do.
    """
    if mail.rule is not None and mail.rule.enabled:
        return mail.rule
    if mail.kind != Kind.STILL_ON:
        return None
    return party.rules.in_force().filter(kind=Kind.STILL_ON.value).order_by("pk").first()


def _by_its_rule(
    rule: Rule | None, invitation: Invitation, party: Party, now: datetime
) -> Skip | Later | None:
    """What became of its line since the mail was planned; None: nothing that holds it."""
    if rule is None:
        return Skip(Reason.RULE_OFF)
    if rule.since is None:
        return None
    at = rule_moment(rule.line, facts_of(invitation), party.dates)
    if at is None:
        return Skip(Reason.RULE_MOVED)
    return Later(at, Reason.RULE_MOVED) if at > now else None


def _answered_again(mail: OutgoingEmail, contact: Contact) -> bool:
    newer = Response.objects.filter(invitation_id=contact.invitation_id, pk__gt=int(mail.occasion))
    return newer.filter(contact=contact).exists() or newer.filter(contact=None).exists()


def _in_time(
    kind: Kind,
    mail: OutgoingEmail,
    invitation: Invitation,
    party: Party,
    address: Address,
    now: datetime,
) -> Verdict:
    last = address.last_plan_mail_at if kind in SPACED_KINDS else None
    if last is not None and last == mail.handed_at:
        last = None
    end = expires_at(mail, invitation, party)
    at = permitted(now, zone=party.timezone, last_plan_mail_at=last, expires_at=end)
    if at is None:
        free = permitted(now, zone=party.timezone, last_plan_mail_at=None, expires_at=end)
        return Skip(Reason.NIGHT if free is None else Reason.TOO_CLOSE)
    if at <= now:
        return Go()
    return Later(at, Reason.TOO_CLOSE if last is not None else Reason.NIGHT)


def _in_its_day(
    mail: OutgoingEmail, invitation: Invitation, party: Party, address: Address, now: datetime
) -> Verdict:
    """Whether the address has room for one more mail, over all hosts.

    One that may have arrived goes again in the place that it has.
    """
    free = None if mail.handed_at is not None else limits.free_at(address, now)
    if free is None or not limits.counts(mail):
        return Go()
    end = expires_at(mail, invitation, party)
    at: datetime | None = free
    if mail.kind in PLAN_KINDS:
        last = address.last_plan_mail_at if mail.kind in SPACED_KINDS else None
        at = permitted(free, zone=party.timezone, last_plan_mail_at=last, expires_at=end)
    return Later(at, Reason.FULL_DAY) if at is not None and at < end else Skip(Reason.FULL_DAY)
