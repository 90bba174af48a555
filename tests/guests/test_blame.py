"""A task that has had its time ends: no household, party or mail is put aside for that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from guests import looking, planner, telling
from guests.models import Invitation, OutgoingEmail, State
from guests.outbox.tick import tick
from guests.reasons import Reason
from parties.models import Party
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_mail, make_party

pytestmark = pytest.mark.django_db


def due() -> None:
    make_invitation()


def to_look_at() -> None:
    make_party(next_look_at=NOW)


def missed() -> None:
    home = make_invitation(reached=True)
    Invitation.objects.update(next_mail_at=NOW + timedelta(days=1))
    make_mail(home.contacts.get(), kind=Kind.REMINDER, state=State.SKIPPED, reason=Reason.EXPIRED)


@pytest.mark.parametrize(
    ("work", "module", "part"),
    [
        (due, planner, "_plan_batch"),
        (to_look_at, looking, "_look_at"),
        (missed, telling, "_tell_of_missed"),
    ],
    ids=["plan", "look", "tell"],
)
def test_the_time_of_a_tick_is_nobodys_fault(
    work: object, module: object, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(work)
    work()

    def out_of_time(*_args: object) -> None:
        raise SoftTimeLimitExceeded

    before = [list(model.objects.values()) for model in (Invitation, Party, OutgoingEmail)]
    monkeypatch.setattr(module, part, out_of_time)
    with pytest.raises(SoftTimeLimitExceeded):
        tick(NOW)
    assert [list(model.objects.values()) for model in (Invitation, Party, OutgoingEmail)] == before
