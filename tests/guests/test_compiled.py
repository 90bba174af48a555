"""Queries that are written once say what the ORM would have said."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import BigAutoField, Count, DateTimeField, UUIDField
from django.test.utils import CaptureQueriesContext

from guests.compiled import Both, Select, Slot, Update
from guests.models import Address, OutgoingEmail, State
from tests.factories import NOW, make_invitation, make_mail

pytestmark = pytest.mark.django_db

PK = Slot("pk", BigAutoField())
MAIL: Select[OutgoingEmail] = Select(
    lambda: (
        OutgoingEmail.objects.filter(pk=PK)
        .select_related("contact__address", "party", "rule")
        .annotate(copies=Count("contact__mails"))
    )
)
LOCKED: Select[Address] = Select(lambda: Address.objects.filter(pk=PK).select_for_update())
BY_TOKEN: Select[OutgoingEmail] = Select(
    lambda: OutgoingEmail.objects.filter(claim_token=Slot("token", UUIDField()))
)
STAMP = Update(lambda: Address.objects.filter(pk=PK), last_plan_mail_at=Slot("at", DateTimeField()))
EXPIRE = Update(
    lambda: OutgoingEmail.objects.filter(pk=Slot("mail", BigAutoField())).order_by(),
    state=State.SKIPPED,
    reason="expired",
)


def mail() -> OutgoingEmail:
    return make_mail(make_invitation(emails=("anna@example.com",)).contacts.get())


def test_rows_are_instances_with_all_that_belongs_to_them() -> None:
    made = mail()
    for _ in range(4):  # the first runs write, prepare and reuse the statement
        found = MAIL.row(pk=made.pk)
        assert found is not None
        with CaptureQueriesContext(connection) as captured:
            assert found == made
            assert found.contact is not None
            assert found.contact.address == Address.objects.get(email="anna@example.com")
            assert (found.party, found.rule) == (made.party, None)
        assert len(captured) == 1  # the Address.objects.get of this test
        assert found.created_at == NOW
        assert getattr(found, "copies", None) == 1
    assert MAIL.row(pk=0) is None


def test_a_number_that_nobody_has_and_a_token_find_nothing() -> None:
    made = mail()
    token = uuid.uuid4()
    assert BY_TOKEN.rows(token=token) == []
    OutgoingEmail.objects.filter(pk=made.pk).update(claim_token=token)
    assert BY_TOKEN.rows(token=token) == [made]


def test_an_update_counts_what_it_changed() -> None:
    address = mail().address
    assert address is not None
    for hours in range(4):
        at = NOW + timedelta(hours=hours)
        assert STAMP.run(pk=address.pk, at=at) == 1
        address.refresh_from_db()
        assert address.last_plan_mail_at == at
    assert STAMP.run(pk=0, at=NOW) == 0


def test_two_updates_go_together_and_the_second_is_counted() -> None:
    made = mail()
    both = Both(STAMP, EXPIRE)
    assert both.run(pk=made.address_id, at=NOW, mail=made.pk) == 1
    made.refresh_from_db()
    assert made.state == State.SKIPPED
    assert Address.objects.get().last_plan_mail_at == NOW
    assert both.run(pk=made.address_id, at=NOW, mail=0) == 0


def test_what_was_written_outside_is_read_again_each_time() -> None:
    made = mail()
    with transaction.atomic():
        before = LOCKED.row(pk=made.address_id)
        Address.objects.update(bounced_at=NOW)
        after = LOCKED.row(pk=made.address_id)
    assert before is not None
    assert after is not None
    assert (before.bounced_at, after.bounced_at) == (None, NOW)
