"""Forgetting meets a sender, an answer and a host at the same moment: whoever was first counts."""

from __future__ import annotations

import pytest
from django.db import transaction

from guests.answering import Closed
from guests.audit import audit
from guests.forgetting import forget
from guests.inviting import NewContact, NewHousehold, add_households
from guests.models import Address, Contact, Invitation, OutgoingEmail, Response, State
from guests.outbox.claim import claim
from guests.outbox.commit import commit_point, decide
from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.record import record
from guests.reasons import Reason
from guests.stopping import stop_everything, stop_party
from parties.models import Party
from parties.words import Answer
from tests.factories import NOW, make_invitation, make_party, make_response
from tests.guests.outbox.test_locks import Meanwhile, prepared, reminder

pytestmark = pytest.mark.django_db(transaction=True)
ANNA = "anna@example.com"


def forgotten(contact: Contact) -> int:
    return forget(invitation_id=contact.invitation_id, contact=contact, never_again=False, now=NOW)


def contact_of(mail: OutgoingEmail) -> Contact:
    return Contact.objects.get(mails=mail)


def listed(party: Party) -> list[Invitation]:
    household = NewHousehold(guests=("Leo",), contacts=(NewContact(email=ANNA),))
    return add_households(party=party, households=[household], now=NOW)


def test_a_sender_that_comes_second_hands_nothing_over() -> None:
    mail = reminder(ANNA)
    token = claim(NOW, 10).token
    with transaction.atomic():
        forgotten(contact_of(mail))
        other = Meanwhile(lambda: commit_point(mail, token, NOW, prepared(mail)))
        other.comes_to_a_stop()

    assert other.result() is False
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.FORGOTTEN)


def test_a_wish_that_comes_second_leaves_the_mail_on_its_way_and_is_later_than_it() -> None:
    mail = reminder(ANNA)
    batch = claim(NOW, 10)
    contact = contact_of(mail)
    with transaction.atomic():
        assert decide(mail, batch.token, NOW, prepared(mail))
        other = Meanwhile(lambda: forgotten(contact))
        other.comes_to_a_stop()

    assert other.result() == 1
    sent = Outcome(Result.SENT, Phase.DOT, 250)
    assert record(batch.mails[0], batch.token, sent, committed=True, now=NOW, rng=None)  # type: ignore[arg-type]
    mail.refresh_from_db()
    home = Invitation.objects.get()
    assert mail.state == State.SENT
    assert home.forgotten_at is not None
    assert mail.handed_at is not None
    assert home.forgotten_at >= mail.handed_at
    assert not Address.objects.filter(email=ANNA).exists()
    assert not any(audit(NOW).values())


def test_an_answer_that_comes_second_is_not_stored() -> None:
    home = make_invitation(emails=(ANNA,))
    contact = home.contacts.get()
    with transaction.atomic():
        forgotten(contact)
        other = Meanwhile(lambda: make_response(home, Answer.ACCEPTED, contact=contact))
        other.comes_to_a_stop()

    with pytest.raises(Closed):
        other.result()
    assert not Response.objects.exists()


def test_two_wishes_at_once_are_one() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    with transaction.atomic():
        assert forgotten(contact) == 1
        other = Meanwhile(lambda: forgotten(contact))
        other.comes_to_a_stop()

    assert other.result() == 0


@pytest.mark.parametrize("stop", [stop_party, stop_everything])
def test_a_stop_that_comes_second_finds_nothing_left_to_stop(stop: object) -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    with transaction.atomic():
        forgotten(contact)
        other = Meanwhile(lambda: stop(contact=contact, now=NOW))  # type: ignore[operator]
        other.comes_to_a_stop()

    assert other.result() is None
    assert not Address.objects.filter(email=ANNA).exists()


def test_a_host_who_lists_the_address_meanwhile_gets_a_row_of_it() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    party = make_party()
    with transaction.atomic():
        forgotten(contact)
        other = Meanwhile(lambda: listed(party))
        other.comes_to_a_stop()

    (home,) = other.result()
    address = home.contacts.select_related("address").get().address
    assert address is not None
    assert address.email == ANNA


def test_an_address_that_a_host_lists_first_is_not_deleted() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    party = make_party()
    with transaction.atomic():
        (home,) = listed(party)
        other = Meanwhile(lambda: forgotten(contact))
        other.comes_to_a_stop()

    assert other.result() == 1
    assert home.contacts.select_related("address").get().is_mailable
