"""The rig itself: a reminder on its ordinary way, by real processes."""

from __future__ import annotations

from guests.models import State
from tests.faults.households import due_homes, page_of, reminders
from tests.faults.rig import Rig


def test_reminders_go_out_by_beat_and_worker_and_an_answer_by_the_page(rig: Rig) -> None:
    first, *_others = due_homes(rig, 3)
    rig.web()
    assert rig.answer(page_of(first)).status == 303
    rig.beat()
    rig.worker()
    rig.settle()
    assert len(reminders(State.SENT)) == 2
    assert sorted(mail.to for mail in rig.smtp.mails) == [
        "parent1@example.com", "parent2@example.com"
    ]  # fmt: skip
    host = first.party.host
    assert rig.get(f"/parties/{first.party_id}/", host=host).status == 200


def test_reminders_go_out_by_the_timer_alone(rig: Rig) -> None:
    due_homes(rig, 2)
    assert "sent 2" in rig.manage("tick", "--drain")
    assert len(rig.smtp.mails) == 2
