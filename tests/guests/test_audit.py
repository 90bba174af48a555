"""The audit finds nothing where all is well, and each fault where one is planted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from guests import links
from guests.audit import BadJournal, audit, read_journal
from guests.inviting import NewContact, correct_contact
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party, make_response
from tests.guests.outbox.conftest import use
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db
REMINDED = datetime(2027, 5, 28, 17, 0, tzinfo=UTC)  # 6 pm in London, four days after inviting
ANSWERED = REMINDED + timedelta(hours=1)
AUDITED = REMINDED + timedelta(hours=3)


@dataclass
class Scene:
    """A party after its first reminder; one household answered before it and one after it."""

    journal: Path

    @property
    def lines(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def write(self, lines: list[dict[str, str]]) -> None:
        self.journal.write_text("".join(json.dumps(line) + "\n" for line in lines))

    def found(self) -> dict[str, int]:
        journal = read_journal(self.journal.read_text().splitlines())
        return {name: len(rows) for name, rows in audit(AUDITED, journal).items() if rows}

    def reminder(self) -> OutgoingEmail:
        return OutgoingEmail.objects.filter(kind=Kind.REMINDER, state=State.SENT).order_by("pk")[0]


@pytest.fixture
def scene(settings: Settings, tmp_path: Path) -> Scene:
    journal = tmp_path / "journal.jsonl"
    party = make_party()
    early, late, _silent = (make_invitation(party) for _ in range(3))
    make_invitation(party, emails=())
    with MailServer(journal=journal) as server:
        use(settings, server)
        at(NOW)
        make_response(early, Answer.ACCEPTED, now=NOW + timedelta(days=1))
        at(NOW + timedelta(days=1, minutes=10))
        at(REMINDED)
        make_response(late, Answer.DECLINED, now=ANSWERED)
        at(ANSWERED + timedelta(minutes=10))
    return Scene(journal)


def at(now: datetime) -> None:
    tick(now)
    drain(lambda: now, connections=1)


def test_where_all_is_well_it_finds_nothing(scene: Scene) -> None:
    kinds = [mail.kind for mail in OutgoingEmail.objects.filter(state=State.SENT)]
    assert kinds.count(Kind.INVITATION) == 3
    assert kinds.count(Kind.REMINDER) == 2
    assert kinds.count(Kind.CONFIRMATION) == 2
    assert kinds.count(Kind.NEWS) == 2
    assert len(scene.lines) == len(kinds)
    assert scene.found() == {}


def accepted_twice(scene: Scene) -> None:
    line = next(one for one in scene.lines if one["message_id"] == scene.reminder().message_id)
    scene.write([*scene.lines, line])


def accepted_twice_with_other_bytes(scene: Scene) -> None:
    mail = OutgoingEmail.objects.filter(kind=Kind.INVITATION)[0]
    OutgoingEmail.objects.filter(pk=mail.pk).update(attempts=2)
    scene.write([*scene.lines, {"message_id": mail.message_id, "sha256": "other"}])


def never_arrived(scene: Scene) -> None:
    scene.write(scene.lines[1:])


def arrived_unrecorded(scene: Scene) -> None:
    message_id = OutgoingEmail.new_message_id(settings.MAIL_DOMAIN)
    scene.write([*scene.lines, {"message_id": message_id, "sha256": "sum"}])


def arrived_and_called_skipped(scene: Scene) -> None:
    OutgoingEmail.objects.filter(pk=scene.reminder().pk).update(
        state=State.SKIPPED, reason="answered", sent_at=None
    )


def reminded_after_the_answer(scene: Scene) -> None:
    answered = Invitation.objects.get(answer=Answer.DECLINED)
    answered.mails.filter(kind=Kind.REMINDER).update(handed_at=ANSWERED + timedelta(seconds=1))


def reminded_after_the_stop(scene: Scene) -> None:
    Contact.objects.filter(mails=scene.reminder()).update(
        stopped_at=REMINDED - timedelta(seconds=1)
    )


def mailed_after_the_bounce(scene: Scene) -> None:
    mail = OutgoingEmail.objects.get(kind=Kind.REMINDER, invitation__answer=Answer.SILENT)
    Address.objects.filter(mails=mail).update(bounced_at=REMINDED - timedelta(days=1))


def submission_lost(scene: Scene) -> None:
    scene.write([*scene.lines, {"submission_id": str(uuid.uuid4())}])  # confirmed, so they say


def answer_overwritten(scene: Scene) -> None:
    Invitation.objects.filter(answer=Answer.ACCEPTED).update(answer=Answer.DECLINED)


def old_answer_called_a_standing_yes(_scene: Scene) -> None:
    answered = Invitation.objects.filter(answered_revision__isnull=False).first()
    Invitation.objects.filter(pk=answered.pk if answered else 0).update(answered_revision=7)


def overdue_in_the_queue(scene: Scene) -> None:
    contact = scene.reminder().contact
    make_mail(contact, kind=Kind.REMINDER, occasion="by hand", at=AUDITED - timedelta(minutes=5))


def overdue_in_a_lease(scene: Scene) -> None:
    contact = scene.reminder().contact
    at = AUDITED - timedelta(hours=1)
    make_mail(contact, kind=Kind.REMINDER, occasion="by hand", state=State.CLAIMED, at=at)


def due_without_mail(scene: Scene) -> None:
    party = Invitation.objects.all()[0].party
    make_invitation(party, invited_at=NOW)


def link_of_somebody_else(scene: Scene) -> None:
    mail = OutgoingEmail.objects.filter(kind=Kind.INVITATION)[0]
    other = Contact.objects.exclude(mails=mail)[0]
    path = links.answer_path(other)
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        body=f"Subject: x\r\n\r\nSee https://party.example{path}\r\n".encode()
    )


def next_mail_missing(scene: Scene) -> None:
    silent = Invitation.objects.filter(answer=Answer.SILENT, next_mail_at__isnull=False)[0]
    Invitation.objects.filter(pk=silent.pk).update(next_mail_at=None)


def next_mail_too_late(scene: Scene) -> None:
    silent = Invitation.objects.filter(answer=Answer.SILENT, next_mail_at__isnull=False)[0]
    silent.next_mail_at = (silent.next_mail_at or NOW) + timedelta(minutes=1)
    silent.save()


FAULTS: list[tuple[Callable[[Scene], None], str]] = [
    (accepted_twice, "A1"),
    (accepted_twice_with_other_bytes, "A1"),
    (never_arrived, "A2"),
    (arrived_unrecorded, "A3"),
    (arrived_and_called_skipped, "A3"),
    (reminded_after_the_answer, "A4"),
    (reminded_after_the_stop, "A4"),
    (mailed_after_the_bounce, "A4"),
    (submission_lost, "A5"),
    (answer_overwritten, "A5"),
    (old_answer_called_a_standing_yes, "A5"),
    (overdue_in_the_queue, "A6"),
    (overdue_in_a_lease, "A6"),
    (due_without_mail, "A7"),
    (link_of_somebody_else, "A8"),
    (next_mail_missing, "next"),
    (next_mail_too_late, "next"),
]


@pytest.mark.parametrize(("plant", "check"), FAULTS, ids=[plant.__name__ for plant, _ in FAULTS])
def test_it_finds_the_fault_that_was_planted_and_no_other(
    scene: Scene, plant: Callable[[Scene], None], check: str
) -> None:
    plant(scene)
    assert scene.found() == {check: 1}


def test_a_second_try_on_purpose_is_no_fault(scene: Scene) -> None:
    mail = OutgoingEmail.objects.filter(kind=Kind.INVITATION)[0]
    OutgoingEmail.objects.filter(pk=mail.pk).update(attempts=2)
    line = next(one for one in scene.lines if one["message_id"] == mail.message_id)
    scene.write([*scene.lines, line])
    assert scene.found() == {}


def test_mail_that_is_not_of_the_outbox_is_not_its_business(scene: Scene) -> None:
    code = {"message_id": "<1797.42.code@somewhere.example>", "sha256": "sum"}
    scene.write([*scene.lines, code])
    assert scene.found() == {}


def test_an_answer_that_a_correction_made_void_does_not_count() -> None:
    invitation = make_invitation()
    at(NOW)
    make_response(invitation, Answer.ACCEPTED, now=NOW + timedelta(hours=1))
    corrected = NewContact("Anna", "right@example.com")
    later = NOW + timedelta(hours=2)
    correct_contact(contact=invitation.contacts.get(), corrected=corrected, now=later)
    at(later)
    at(REMINDED)
    reminder = OutgoingEmail.objects.get(kind=Kind.REMINDER, state=State.SENT)
    assert reminder.address is not None
    assert reminder.address.email == "right@example.com"
    assert not any(audit(REMINDED + timedelta(minutes=1)).values())


def run(*args: str) -> None:
    with time_machine.travel(AUDITED, tick=False):
        call_command("audit", *args)


def test_the_command_prints_a_zero_for_every_check(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--journal", str(scene.journal))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [name, "0"] for name in ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "next")
    ]


def test_without_a_journal_it_says_what_it_could_not_check(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    run()
    out = capsys.readouterr().out
    assert "A1 to A3 need the journal" in out
    assert [line.split()[1] for line in out.splitlines()[:3]] == ["-", "-", "-"]


def test_the_command_fails_and_names_the_row(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    reminded_after_the_answer(scene)
    with pytest.raises(CommandError) as raised:
        run("--journal", str(scene.journal))
    assert raised.value.returncode == 1
    assert "(reminder) was handed over after the answer declined" in capsys.readouterr().out


@pytest.mark.parametrize("line", ["{", "[]", '{"at": "x"}'])
def test_a_journal_that_cannot_be_read_is_said_to_be_so(line: str) -> None:
    with pytest.raises(BadJournal, match="Line 2"):
        read_journal(['{"message_id": "<a@b>", "sha256": "c"}', line])


def test_what_is_noted_for_now_is_not_noted_too_late() -> None:
    """A family answered before the first tick: what was due at inviting is noted for the answer."""
    home = make_invitation()
    at = NOW + timedelta(seconds=20)
    make_response(home, Answer.ACCEPTED, now=at)
    home.refresh_from_db()
    assert home.next_mail_at == at
    assert audit(at)["next"] == []
