"""Making, changing and cancelling a party. Takes the same locks as an answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from parties.models import Host, Party, Rule
from parties.schedule import DEFAULT_RULES, invitation_reply_by

# When or where: a change of one of these raises the revision, and every family is told.
REVISING = frozenset({"day", "starts", "ends", "timezone", "place", "where_exactly"})


MAX_OPEN = 10
"""So many parties to come one host may have: more than any family has children."""


class TooManyParties(Exception):
    """The host has MAX_OPEN parties to come already."""


@transaction.atomic
def make_party(*, party: Party, now: datetime | None = None) -> Party:
    """Store a new party with the plan that every party begins with.

    With `now`, as a host does it: raises TooManyParties where there are MAX_OPEN that are neither
    over nor cancelled.
    """
    if now is not None:
        # Two forms at once are counted one after the other.
        host = Host.objects.select_for_update(no_key=True).get(pk=party.host_id)
        open_parties = Party.objects.upcoming(now).filter(host=host, cancelled_at__isnull=True)
        if open_parties.count() >= MAX_OPEN:
            raise TooManyParties
    party.save()
    Rule.objects.bulk_create(
        Rule(
            party=party,
            kind=rule.kind.value,
            anchor=rule.anchor.value,
            days=rule.days,
            at=rule.at,
            min_notice=rule.min_notice,
            max_notice=rule.max_notice,
        )
        for rule in DEFAULT_RULES
    )
    return party


@transaction.atomic
def revise_party(*, party: Party, changed: Collection[str], now: datetime) -> bool:
    """Store an edited party; `changed` names its fields that differ. True if families are told.

    Only those are written: what another tab or the plan did meanwhile stays done. A change of when
    or where raises the revision. Answers stay and are asked about again; each household's own
    reply-by follows. Everything is planned anew from here.
    """
    lock_invitations(party)
    stored = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
    for field in Party._meta.concrete_fields:
        if field.name not in changed:
            setattr(party, field.attname, getattr(stored, field.attname))
    revised = bool(REVISING & set(changed))
    if revised:
        party.revision += 1
        party.revised_at = now
    party.save(update_fields={*changed, "revision", "revised_at"})
    _move_reply_by(party)
    look_again(party, now)
    return revised


@transaction.atomic
def cancel_party(*, party: Party, note: str, now: datetime) -> None:
    """Cancel the party: each family that was told of it is told once, and nothing after that."""
    lock_invitations(party)
    party.refresh_from_db(fields=["cancelled_at"])
    if party.cancelled_at is not None:
        return
    # A mail that we had to wait for went before, whatever the clock said when we came.
    last = party.mails.aggregate(at=Max("handed_at"))["at"]
    party.cancelled_at = now = max(now, last or now)
    party.cancel_note = note
    party.save(update_fields=["cancelled_at", "cancel_note"])
    look_again(party, now)


@transaction.atomic
def derive_again(*, party: Party, now: datetime) -> None:
    """Derive the instants from the local times by the time zone rules of today.

    That is no revision: on the wall nothing has changed. The plan looks at each household again.
    """
    lock_invitations(party)
    party.refresh_from_db(from_queryset=Party.objects.select_for_update(no_key=True))
    party.save(update_fields=["starts_at", "ends_at"])
    _move_reply_by(party)
    look_again(party, now)


def lock_invitations(party: Party) -> None:
    """Wait for whoever answers, plans or hands over a mail of this party, and keep them waiting."""
    list(party.invitations.order_by("pk").select_for_update().values_list("pk", flat=True))


def look_again(party: Party, now: datetime) -> None:
    """Ask the plan about each household that knows of the party.

    Some answered by telephone before they were invited: what changes concerns them as well.
    """
    Party.objects.filter(pk=party.pk).ask_to_look(now)
    standing = party.invitations.filter(withdrawn_at__isnull=True)
    standing.exclude(invited_at=None, answered_at=None).update(next_mail_at=now)


def _move_reply_by(party: Party) -> None:
    """Derive each household's reply-by again; households invited together share one."""
    moments = party.invitations.filter(invited_at__isnull=False).values_list(
        "invited_at", flat=True
    )
    for invited_at in {moment for moment in moments if moment is not None}:
        party.invitations.filter(invited_at=invited_at).update(
            reply_by_at=invitation_reply_by(
                party_reply_by=party.reply_by,
                zone=party.timezone,
                invited_at=invited_at,
                starts_at=party.starts_at,
            )
        )
