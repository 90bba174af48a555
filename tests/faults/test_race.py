"""Acts that meet a mail on its way: one of the two is first, and the other one knows it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.utils import timezone

from guests.answering import Details, record_response
from guests.links import answer_path, stop_path
from guests.models import Channel, Contact, Invitation, OutgoingEmail, Response, State
from guests.outbox.claim import Batch, claim
from guests.outbox.commit import Prepared, commit_point, decide
from guests.planner import plan
from guests.reasons import Reason
from parties.words import Answer, Kind
from tests.faults.households import due_homes, page_of, party_soon, reminders
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.running import PATIENCE, wait_for

ANNA = "parent0@example.com"
OTHER = "right@example.com"
TIMES = 200


@contextmanager
def between_claim_and_commit(rig: Rig) -> Iterator[OutgoingEmail]:
    """A worker has claimed Anna's reminder, and the mail server thinks about her address."""
    hold = rig.smtp.hold("rcpt", ANNA)
    rig.web()
    rig.beat()
    rig.worker()
    hold.wait()
    (mail,) = reminders()
    assert mail.state == State.CLAIMED
    try:
        yield mail
    finally:
        hold.release()


def ended(mail: OutgoingEmail) -> bool:
    mail.refresh_from_db()
    return mail.state == State.SKIPPED


@fault(
    "F34",
    "an answer between claim and commit point",
    expected="skipped; the sink sees RSET, no DATA",
)
def test_an_answer_stops_the_reminder_that_is_at_the_door(rig: Rig, seen: Seen) -> None:
    (home,) = due_homes(rig, 1)
    with between_claim_and_commit(rig) as mail:
        assert rig.answer(page_of(home)).status == 303
    wait_for(lambda: ended(mail))
    commands = list(rig.smtp.ledger.commands)
    seen(f"{mail.state}: {mail.reason}; RSET {'RSET' in commands}, DATA {'DATA' in commands}")
    assert mail.reason == Reason.ANSWERED
    assert "RSET" in commands
    assert "DATA" not in commands
    rig.settle()
    assert rig.smtp.to(ANNA) == []


def answer(home: Invitation) -> Response:
    """As a page does it: the clock is read first, then the lock is waited for."""
    now = timezone.now()
    return record_response(
        invitation_id=home.pk,
        contact=home.contacts.get(),
        channel=Channel.MAIL,
        submission_id=uuid.uuid4(),
        answers=dict.fromkeys(home.guests.values_list("pk", flat=True), Answer.DECLINED),
        details=Details(),
        now=now,
    )


class Rival:
    """The other one of two, in a thread with a database connection of its own."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self.result: object = None
        self.error: BaseException | None = None
        self._begins = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._begins.wait(PATIENCE)

    def _run(self) -> None:
        try:
            connection.ensure_connection()
            self._begins.set()
            self.result = self._act()
        except BaseException as error:
            self.error = error
        finally:
            self._begins.set()
            connection.close()

    def is_stopped_by_a_lock(self) -> bool:
        """What SQLite's lock stops cannot be seen from here: it has at least begun."""
        if connection.vendor != "postgresql" or not self._thread.is_alive():
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    def ended(self) -> object:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.result


def claimed(rig: Rig) -> Iterator[tuple[OutgoingEmail, Batch]]:
    """Reminders, each in the hand of a sender."""
    party = party_soon()
    due_homes(rig, TIMES, party=party)
    plan(timezone.now())
    while (batch := claim(timezone.now(), 1)).mails:
        yield batch.mails[0], batch


def prepared(mail: OutgoingEmail) -> Prepared:
    return Prepared(b"bytes", "sum", timezone.now(), mail.party.revision)


@fault(
    "F35",
    f"an answer holds the lock, the commit point waits, {TIMES} times",
    expected="no mail, each time",
)
def test_an_answer_that_was_first_stops_the_mail(rig: Rig, seen: Seen) -> None:
    stopped = 0
    for mail, batch in claimed(rig):
        assert mail.invitation is not None
        with transaction.atomic():
            answer(mail.invitation)
            sender = Rival(
                lambda mail=mail, batch=batch: commit_point(  # type: ignore[misc]
                    mail, batch.token, timezone.now(), prepared(mail)
                )
            )
            wait_for(sender.is_stopped_by_a_lock)
        stopped += sender.ended() is False
    reasons = set(reminders_reasons())
    seen(f"{stopped} of {TIMES} stopped: {', '.join(sorted(reasons))}")
    assert stopped == TIMES
    assert reasons == {Reason.ANSWERED}


def reminders_reasons() -> list[str]:
    return [mail.reason for mail in reminders(State.SKIPPED)]


@fault(
    "F35",
    f"the commit point holds the lock, an answer waits, {TIMES} times",
    expected="handed_at before the answer, each time",
)
def test_a_mail_that_was_first_was_under_way_before_the_answer(rig: Rig, seen: Seen) -> None:
    in_order = 0
    for mail, batch in claimed(rig):
        home = mail.invitation
        assert home is not None
        with transaction.atomic():
            # The family reads the clock before the sender does, and waits for the lock.
            Invitation.objects.locked([home.pk]).get()
            family = Rival(lambda home=home: answer(home))  # type: ignore[misc]
            wait_for(family.is_stopped_by_a_lock)
            assert decide(mail, batch.token, timezone.now(), prepared(mail))
        response = family.ended()
        mail.refresh_from_db()
        assert isinstance(response, Response)
        assert mail.handed_at is not None
        in_order += mail.state == State.HANDING and mail.handed_at <= response.created_at
        not_looked_for(mail)
    seen(f"{in_order} of {TIMES} in order")
    assert in_order == TIMES


def not_looked_for(mail: OutgoingEmail) -> None:
    """It never went to the mail server, so the journal does not have it."""
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        state=State.UNCERTAIN, reason=Reason.UNCLEAR, lease_until=None
    )


def stop(rig: Rig, home: Invitation, contact: Contact) -> None:
    """A mail program's one click (RFC 8058)."""
    page = rig.post(stop_path(contact), {"List-Unsubscribe": "One-Click"})
    assert page.status == 200


def cancel(rig: Rig, home: Invitation, contact: Contact) -> None:
    page = rig.post(f"/parties/{home.party_id}/cancel/", {"note": ""}, host=home.party.host)
    assert page.status == 302


def take_off(rig: Rig, home: Invitation, contact: Contact) -> None:
    path = f"/parties/{home.party_id}/homes/{home.pk}/off/"
    assert rig.post(path, {}, host=home.party.host).status == 302


def correct(rig: Rig, home: Invitation, contact: Contact) -> None:
    path = f"/parties/{home.party_id}/homes/{home.pk}/contacts/{contact.pk}/"
    fields = {"name": "Anna", "email": OTHER, "phone": ""}
    prefixed = {f"c{contact.pk}-{name}": value for name, value in fields.items()}
    assert rig.post(path, prefixed, host=home.party.host).status == 302


ACTS: dict[str, tuple[Callable[[Rig, Invitation, Contact], None], str]] = {
    "one-click stop": (stop, Reason.STOPPED),
    "party cancelled": (cancel, Reason.CANCELLED),
    "home taken off": (take_off, Reason.WITHDRAWN),
    "address corrected": (correct, Reason.RETIRED),
}


@fault(
    "F36",
    "stop, cancellation, home taken off, address corrected, between claim and commit point",
    expected="no reminder to the old address; the corrected one has its own invitation",
)
@pytest.mark.parametrize("what", ACTS)
def test_an_act_stops_the_reminder_that_is_at_the_door(rig: Rig, seen: Seen, what: str) -> None:
    act, reason = ACTS[what]
    (home,) = due_homes(rig, 1)
    contact = home.contacts.get()
    old_page = answer_path(contact)
    with between_claim_and_commit(rig) as mail:
        act(rig, home, contact)
    wait_for(lambda: ended(mail))
    rig.settle()
    arrived = [(one.to, kind_of(one.message_id)) for one in rig.smtp.mails]
    seen(f"{mail.state}: {mail.reason}; then arrived: {arrived or 'nothing'}")
    assert mail.reason == reason
    expected = {
        "party cancelled": [(ANNA, Kind.CANCELLED.value)],
        "address corrected": [(OTHER, Kind.INVITATION.value)],
    }
    assert arrived == expected.get(what, [])
    opens = rig.get(old_page).status
    assert opens == (200 if what in ("one-click stop", "party cancelled") else 404)
    if what == "address corrected":
        new = home.contacts.current().get()
        assert (new.pk != contact.pk, rig.get(answer_path(new)).status) == (True, 200)


def kind_of(message_id: str) -> str:
    return OutgoingEmail.objects.get(message_id=message_id).kind
