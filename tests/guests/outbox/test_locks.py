"""Who comes first: one transaction stays open while another wants the same rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import pytest
from django.db import connection, transaction

from guests.inviting import (
    NewContact,
    NewHousehold,
    add_contact,
    add_households,
    correct_contact,
)
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.outbox.claim import claim
from guests.outbox.commit import Prepared, commit_point, decide
from guests.reasons import Reason
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_response
from tests.running import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")


class Meanwhile(threading.Thread, Generic[T]):
    """A call in another thread, with a connection of its own."""

    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__()
        self._call = call
        self._result: list[T] = []
        self._errors: list[BaseException] = []
        self.start()

    def run(self) -> None:
        try:
            self._result.append(self._call())
        except BaseException as error:
            self._errors.append(error)
        finally:
            connection.close()

    def comes_to_a_stop(self) -> None:
        """Returns when it waits for a lock of ours, or is done."""
        if connection.vendor == "postgresql":
            wait_for(lambda: not self.is_alive() or _somebody_waits())
        else:
            # SQLite tells nobody who waits for it
            self.join(0.5)

    def result(self) -> T:
        self.join()
        if self._errors:
            raise self._errors[0]
        return self._result[0]


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def reminder(email: str) -> OutgoingEmail:
    contact = make_invitation(emails=(email,), reached=True).contacts.get()
    return make_mail(contact, kind=Kind.REMINDER, occasion="by hand")


def prepared(mail: OutgoingEmail) -> Prepared:
    return Prepared(b"bytes", "sum", NOW, mail.party.revision)


def test_a_mail_that_meets_an_answer_waits_and_does_not_go() -> None:
    mail = reminder("anna@example.com")
    token = claim(NOW, 10).token
    assert mail.invitation is not None
    with transaction.atomic():
        make_response(mail.invitation, Answer.DECLINED)
        other = Meanwhile(lambda: commit_point(mail, token, NOW, prepared(mail)))
        other.comes_to_a_stop()
    assert other.result() is False
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.ANSWERED)


def test_of_two_mails_to_one_address_the_second_waits_and_sees_the_first() -> None:
    one, two = reminder("anna@example.com"), reminder("anna@example.com")
    token = claim(NOW, 10).token
    with transaction.atomic():
        assert decide(one, token, NOW, prepared(one))
        other = Meanwhile(lambda: commit_point(two, token, NOW, prepared(two)))
        other.comes_to_a_stop()
    assert other.result() is False
    two.refresh_from_db()
    assert two.state == State.QUEUED


def test_an_answer_waits_for_the_answer_before_it_and_hears_both() -> None:
    home = make_invitation(emails=("anna@example.com",))
    anna, ben = home.contacts.get(), make_contact(home, "ben@example.com", name="Ben")

    def answer(contact: Contact, what: Answer) -> None:
        make_response(home, what, contact=contact)

    with transaction.atomic():
        answer(anna, Answer.ACCEPTED)
        other = Meanwhile(lambda: answer(ben, Answer.DECLINED))
        other.comes_to_a_stop()
    other.result()
    assert Invitation.objects.get().disputed


def test_transactions_that_read_first_and_write_later_wait_for_each_other() -> None:
    home = make_invitation()
    both_read = threading.Barrier(2)

    def read_then_write() -> int:
        with transaction.atomic():
            row = Invitation.objects.locked([home.pk]).get()
            try:
                # where they wait for each other they never meet here
                both_read.wait(0.5)
            except threading.BrokenBarrierError:
                time.sleep(0)
            return Invitation.objects.filter(pk=row.pk).update(version=row.version + 1)

    others = [Meanwhile(read_then_write) for _ in range(2)]
    assert [other.result() for other in others] == [1, 1]
    home.refresh_from_db()
    assert home.version == 3


def add_to_list(home: Invitation, email: str) -> None:
    households = [NewHousehold(("Zoe",), (NewContact(email=email),))]
    add_households(party=home.party, households=households, now=NOW)


def add_to_home(home: Invitation, email: str) -> None:
    add_contact(invitation=home, contact=NewContact(email=email), now=NOW)


def correct(home: Invitation, email: str) -> None:
    correct_contact(contact=home.contacts.get(), corrected=NewContact(email=email), now=NOW)


@pytest.mark.parametrize("put_there", [add_to_list, add_to_home, correct])
def test_an_address_that_comes_back_waits_for_nobody_who_puts_it_on_a_list(
    put_there: Callable[[Invitation, str], None],
) -> None:
    """Who writes that down waits for the party and its homes, which the other one holds."""
    other_home = make_invitation(emails=("ben@example.com",), reached=True)
    home = make_invitation(other_home.party, emails=("anna@example.com",), reached=True)
    address = home.contacts.get().address
    assert address is not None
    with transaction.atomic():
        # The two halves of `mark_bounced`: the address, and then whom to tell of it.
        Address.objects.filter(pk=address.pk).update(bounced_at=NOW)
        other = Meanwhile(lambda: put_there(other_home, "anna@example.com"))
        other.comes_to_a_stop()
        list(Invitation.objects.locked([other_home.pk, home.pk]))
        list(Party.objects.filter(pk=home.party_id).select_for_update(no_key=True))
    other.result()
    assert Contact.objects.current().filter(address=address).count() == 2
