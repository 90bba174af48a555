"""The host changes the plan: lines are added, moved, worded, switched and taken away.

Each takes the locks of an answer, so that a mail is handed over before the change or obeys it. The
plan looks at every home again; what waits in the queue asks its line once more (`guests.judge`).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from guests.models import OutgoingEmail, State
from guests.reasons import Reason
from parties.models import Party, Rule
from parties.models.rule import MAX_RULES
from parties.planning import ONLY_ONE, When, is_allowed
from parties.services import lock_invitations, look_again
from parties.words import Anchor, Kind

_BY_THE_HOST = (Reason.RULE_OFF.value, Reason.RULE_MOVED.value)


class TooManyRules(Exception):
    """The plan has as many lines as it may have, in all or of this kind."""


@transaction.atomic
def add_rule(*, party: Party, kind: Kind, when: When, words: str, now: datetime) -> Rule:
    """One more line, for all homes whatever their notice. Raises TooManyRules, ValueError."""
    party = _begin(party)
    kinds = [Kind(known) for known in party.rules.values_list("kind", flat=True)]
    if len(kinds) >= MAX_RULES or (kind in ONLY_ONE and kind in kinds):
        raise TooManyRules
    _check(kind, when)
    rule = Rule.objects.create(
        party=party,
        kind=kind.value,
        anchor=when.anchor.value,
        days=when.days,
        at=when.at,
        words=words,
        since=now,
    )
    _again(rule, party, now)
    return rule


@transaction.atomic
def change_rule(*, rule: Rule, when: When, words: str, now: datetime) -> Rule:
    """Another moment, other words, or both; raises ValueError, and Rule.DoesNotExist.

    A moment that is over already is not made up for. Homes that had this mail get it no more.
    """
    party = _begin(rule.party)
    rule = _locked(rule)
    moved = when != When(Anchor(rule.anchor), rule.days, rule.at)
    rule.words = words
    if moved:
        _check(Kind(rule.kind), when)
        rule.anchor, rule.days, rule.at, rule.since = when.anchor.value, when.days, when.at, now
    rule.save(update_fields=["words", "anchor", "days", "at", "since"])
    if moved:
        _again(rule, party, now)
    return rule


@transaction.atomic
def switch_rule(*, rule: Rule, enabled: bool, now: datetime) -> Rule:
    """On or off. What its line missed while it was off is not made up for.

    Raises Rule.DoesNotExist.
    """
    party = _begin(rule.party)
    rule = _locked(rule)
    if rule.enabled != enabled:
        rule.enabled = enabled
        rule.since = now if enabled else rule.since
        rule.save(update_fields=["enabled", "since"])
        _again(rule, party, now)
    return rule


@transaction.atomic
def drop_rule(*, rule: Rule, now: datetime) -> None:
    """Take a line away for good. One that is gone already stays gone."""
    party = _begin(rule.party)
    found = Rule.objects.filter(pk=rule.pk, party=party).first()
    if found is None:
        return
    _again(found, party, now)
    found.delete()


def _begin(party: Party) -> Party:
    """The party, with its homes and itself locked."""
    lock_invitations(party)
    return Party.objects.select_for_update(no_key=True).get(pk=party.pk)


def _locked(rule: Rule) -> Rule:
    return Rule.objects.select_for_update().get(pk=rule.pk, party=rule.party_id)


def _check(kind: Kind, when: When) -> None:
    if not is_allowed(kind, when):
        raise ValueError(f"No {kind.value} goes at {when}.")


def _again(rule: Rule, party: Party, now: datetime) -> None:
    """The plan looks at every home, and the judge at every mail of this line that has not gone.

    Those that an earlier change of the host had put away are among them.
    """
    mails = Q(rule=rule)
    if rule.kind == Kind.STILL_ON:
        mails = Q(kind=Kind.STILL_ON.value, occasion=str(party.revision))
    open_still = Q(state=State.QUEUED) | Q(state=State.SKIPPED, reason__in=_BY_THE_HOST)
    waiting = OutgoingEmail.objects.filter(
        mails, open_still, party=party, body_sha256="", expires_at__gt=now
    )
    ids = list(waiting.order_by("pk").select_for_update().values_list("pk", flat=True))
    OutgoingEmail.objects.filter(pk__in=ids).update(state=State.QUEUED, reason="", not_before=now)
    look_again(party, now)
