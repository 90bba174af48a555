"""New time zone rules move what is still to come, and leave alone what went."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from guests.audit import audit
from guests.models import Installation, Invitation, OutgoingEmail
from guests.operators import zones
from guests.operators.rounds import go_round
from parties.models import Party
from parties.services import derive_again
from tests.factories import NOW, make_invitation, make_party
from tests.zones import clocks_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# 6 pm in London four days after inviting, and in a London that keeps the time of Berlin
OLD = datetime(2027, 5, 28, 17, 0, tzinfo=UTC)


def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zones, "known_rules", lambda: "9999z")


def raising(error: Exception) -> Callable[..., None]:
    def broken(*_args: object, **_options: object) -> None:
        raise error

    return broken


def noted() -> datetime | None:
    return Invitation.objects.get().next_mail_at


def test_the_rules_are_those_of_the_package_on_every_machine() -> None:
    assert zoneinfo.TZPATH == ()


def test_what_is_to_come_keeps_its_hour_on_the_wall(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = make_invitation(reached=True)
    go_round(NOW, beat=True)
    assert noted() == OLD
    before = Party.objects.get()
    reply_by = Invitation.objects.get().reply_by_at
    assert reply_by is not None
    sent = OutgoingEmail.objects.values().get()
    with clocks_of("Europe/London", like="Europe/Berlin", folder=tmp_path):
        go_round(NOW + HOUR, beat=True)
        assert noted() == OLD
        newer(monkeypatch)
        go_round(NOW + 2 * HOUR, beat=True)
        after = Party.objects.get()
        home.refresh_from_db()
        assert noted() == OLD - HOUR
        assert after.starts_at == before.starts_at - HOUR
        assert after.ends_at == before.ends_at - HOUR
        assert home.reply_by_at == reply_by - HOUR
        assert (after.starts, after.revision) == (before.starts, before.revision)
        assert OutgoingEmail.objects.values().get() == sent
        assert not any(audit(NOW + 2 * HOUR).values())
    assert Installation.objects.get().zones == "9999z"


def test_it_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_invitation(reached=True)
    go_round(NOW, beat=True)
    newer(monkeypatch)
    assert zones.follow(NOW) == 1
    assert zones.follow(NOW) == 0


def test_one_party_that_cannot_be_derived_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, sound = make_party(timezone="Europe/Paris"), make_party()
    go_round(NOW, beat=True)
    newer(monkeypatch)
    Party.objects.filter(pk=broken.pk).update(timezone="Nowhere/Land")
    Party.objects.filter(pk=sound.pk).update(starts_at=NOW + HOUR)
    assert zones.follow(NOW) == 2
    assert Party.objects.get(pk=sound.pk).starts_at == sound.starts_at
    assert zones.follow(NOW) == 0


def test_it_goes_on_where_it_was_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little time each tick has, all parties are through after a few of them."""
    homes = [make_invitation(reached=True) for _ in range(3)]
    go_round(NOW, beat=True)
    newer(monkeypatch)
    monkeypatch.setattr(zones, "_BATCH", 1)
    derived: list[int] = []

    def noting(*, party: Party, now: datetime) -> None:
        derived.append(party.pk)
        derive_again(party=party, now=now)

    monkeypatch.setattr(zones, "derive_again", noting)
    while zones.follow(NOW, box=0):
        pass
    assert derived == [home.party_id for home in homes]
    assert Installation.objects.get().zones == "9999z"


def test_newer_rules_still_begin_with_the_first_party(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        make_party()
    go_round(NOW, beat=True)
    monkeypatch.setattr(zones, "_BATCH", 1)
    newer(monkeypatch)
    assert zones.follow(NOW, box=0) == 1
    monkeypatch.setattr(zones, "known_rules", lambda: "9999zz")
    assert zones.follow(NOW) == 2
    newer(monkeypatch)
    assert zones.follow(NOW) == 0
    assert Installation.objects.get().zones == "9999zz"


@pytest.mark.parametrize(
    "error", [OperationalError("away"), RuntimeError("broken")], ids=["database", "bug"]
)
def test_what_is_due_is_planned_though_the_new_rules_cannot_be_followed(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    make_party()
    go_round(NOW, beat=True)
    newer(monkeypatch)
    monkeypatch.setattr(zones, "_begin", raising(error))
    home = make_invitation(reached=False)
    assert go_round(NOW, beat=True).ticked.planned.queued == 1
    assert home.contacts.get().mails.count() == 1


def test_a_tick_that_has_had_its_time_blames_no_party(monkeypatch: pytest.MonkeyPatch) -> None:
    make_party()
    go_round(NOW, beat=True)
    newer(monkeypatch)
    monkeypatch.setattr(zones, "derive_again", raising(SoftTimeLimitExceeded()))
    with pytest.raises(SoftTimeLimitExceeded):
        go_round(NOW, beat=True)
    assert Installation.objects.get().zones != "9999z"
    monkeypatch.undo()
    newer(monkeypatch)
    assert zones.follow(NOW) == 1


def test_an_older_process_changes_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    make_invitation(reached=True)
    go_round(NOW, beat=True)
    monkeypatch.setattr(zones, "known_rules", lambda: "2001a")
    assert zones.follow(NOW) == 0


def test_parties_that_are_over_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    make_party()
    go_round(NOW, beat=True)
    newer(monkeypatch)
    assert zones.follow(NOW + timedelta(days=60)) == 0
