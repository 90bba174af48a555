"""Guards that seldom have to hold, because another stands before them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from guests.models import OutgoingEmail, State
from guests.outbox import claim as claiming
from guests.outbox.claim import Batch, claim, lease
from guests.outbox.recover import recover
from parties.words import Kind
from tests.factories import NOW, make_invitation, make_mail

pytestmark = pytest.mark.django_db


def reminder() -> OutgoingEmail:
    contact = make_invitation(reached=True).contacts.get()
    return make_mail(contact, kind=Kind.REMINDER, occasion="7")


def the_same_again(mail: OutgoingEmail) -> OutgoingEmail:
    return OutgoingEmail(
        contact=mail.contact,
        recipient_key=mail.recipient_key,
        party=mail.party,
        invitation=mail.invitation,
        address=mail.address,
        kind=mail.kind,
        occasion=mail.occasion,
        expires_at=mail.expires_at,
        message_id=OutgoingEmail.new_message_id("fulltable.example"),
    )


def test_the_database_takes_no_second_mail_of_the_same_occasion() -> None:
    mail = reminder()
    with pytest.raises(IntegrityError), transaction.atomic():
        the_same_again(mail).save()


def test_a_planner_that_did_not_see_the_other_ones_mail_stores_none_of_its_own() -> None:
    mail = reminder()
    OutgoingEmail.objects.bulk_create([the_same_again(mail)], ignore_conflicts=True)
    assert OutgoingEmail.objects.filter(kind=Kind.REMINDER).count() == 1


def test_of_two_senders_that_saw_the_same_mail_one_gets_it() -> None:
    mail = reminder()
    first, second = (Batch(uuid.uuid4(), NOW + lease()) for _ in range(2))
    assert claiming._mark(first, [mail.pk], NOW) == (1, 1)
    assert claiming._mark(second, [mail.pk], NOW) == (1, 0)
    mail.refresh_from_db()
    assert (mail.claim_token, mail.attempts) == (first.token, 1)


def test_a_sender_that_overslept_its_lease_has_as_long_again_to_say_so() -> None:
    mail = reminder()
    batch = claim(NOW, 1)
    OutgoingEmail.objects.filter(pk=mail.pk).update(state=State.HANDING, handed_at=NOW)
    recover(batch.until + timedelta(seconds=1))
    mail.refresh_from_db()
    assert mail.state == State.HANDING
    recover(batch.until + lease() + timedelta(seconds=1))
    mail.refresh_from_db()
    assert mail.state == State.UNCERTAIN
