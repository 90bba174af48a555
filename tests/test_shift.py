"""The helper that brings time to a scratch database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from guests.models import Invitation, OutgoingEmail, Response
from parties.models import Party
from parties.words import Answer
from tests.factories import NOW, make_invitation
from tests.shift import shift, times

pytestmark = pytest.mark.django_db


def test_whole_days_move_dates_and_moments_alike() -> None:
    invitation = make_invitation(reached=True, answer=Answer.TENTATIVE)
    before = Party.objects.get()
    Response.objects.update(know_by=date(2027, 6, 6))

    shift(days=5)

    party = Party.objects.get()
    assert (before.day - party.day).days == (before.reply_by - party.reply_by).days == 5
    assert before.starts_at - party.starts_at == timedelta(days=5)
    assert Response.objects.get().know_by == date(2027, 6, 1)
    assert Invitation.objects.get().invited_at == NOW - timedelta(days=5)
    assert OutgoingEmail.objects.get().sent_at == NOW - timedelta(days=5)
    assert invitation.invited_at == NOW


def test_minutes_leave_the_dates_alone() -> None:
    make_invitation()

    shift(minutes=11)

    assert Party.objects.get().day == date(2027, 6, 12)
    assert Invitation.objects.get().invited_at == datetime(2027, 5, 24, 10, 49, tzinfo=UTC)


def test_no_field_is_forgotten() -> None:
    found = {(model.__name__, name) for model, names in times(with_dates=True) for name in names}

    assert {
        ("Party", "day"), ("Party", "reply_by"), ("Party", "starts_at"),
        ("Invitation", "know_by"), ("Invitation", "next_mail_at"), ("Response", "know_by"),
        ("OutgoingEmail", "not_before"), ("Address", "last_plan_mail_at"),
        ("Session", "expire_date"), ("Breaker", "open_until"),
    } <= found  # fmt: skip


@pytest.mark.parametrize("amount", [{}, {"days": 1, "minutes": 1}], ids=["nothing", "a mixture"])
def test_days_and_minutes_are_not_mixed(amount: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Either"):
        shift(**amount)
