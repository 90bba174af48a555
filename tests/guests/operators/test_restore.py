"""`manage.py after_restore`: what may have gone out is held, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from guests.audit import Entry, Journal, audit
from guests.models import Address, Installation, OutgoingEmail, State
from guests.operators.pulse import pulse
from guests.operators.rounds import go_round
from guests.outbox import gate
from guests.outbox import tick as ticking
from guests.outbox.drain import drain
from guests.reasons import Reason
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party, make_response

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# Invited at NOW: the first reminder goes four days later at 6 pm in London, the second on 5 June.
FIRST = datetime(2027, 5, 28, 17, 0, tzinfo=UTC)
SECOND = datetime(2027, 6, 5, 8, 0, tzinfo=UTC)


def after_restore(now: datetime, *args: str) -> None:
    with time_machine.travel(now, tick=False):
        call_command("after_restore", *args)


def ticks_at(now: datetime) -> None:
    """The last tick that the backup knows of."""
    pulse(now, beat=True)


def states(kind: Kind = Kind.REMINDER) -> list[tuple[str, str]]:
    found = OutgoingEmail.objects.filter(kind=kind).order_by("pk")
    return list(found.values_list("state", "reason"))


HELD = (State.UNCERTAIN.value, Reason.RESTORED.value)


def clean(now: datetime) -> bool:
    return not any(audit(now).values())


def test_what_waited_in_the_backup_is_held_whatever_its_kind(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ticks_at(NOW)
    party = make_party()
    contacts = [make_invitation(party).contacts.get() for _ in range(5)]
    make_mail(contacts[0], state=State.QUEUED)
    make_mail(contacts[1], state=State.CLAIMED)
    make_mail(contacts[2], state=State.HANDING)
    make_mail(contacts[3], state=State.UNCERTAIN, body=b"bytes", body_sha256="sum")
    make_mail(contacts[4], state=State.QUEUED, body=b"bytes", body_sha256="sum")
    after_restore(NOW + HOUR)
    assert states(Kind.INVITATION) == [HELD] * 5
    kept = [bytes(mail.body) if mail.body else None for mail in OutgoingEmail.objects.all()]
    assert kept == [None, None, None, b"bytes", b"bytes"]
    out = capsys.readouterr().out
    assert "5 mails of 1 parties may have gone out" in out
    assert f"party {party.pk:>6}      5 held" in out
    assert clean(NOW + HOUR)


def test_what_became_due_after_the_backup_is_held_although_nobody_had_planned_it() -> None:
    make_invitation(reached=True)
    go_round(NOW, beat=True)
    after_restore(FIRST + HOUR)
    assert states() == [HELD]
    mail = OutgoingEmail.objects.get(kind=Kind.REMINDER)
    assert mail.handed_at == FIRST
    assert Address.objects.get().last_plan_mail_at == FIRST
    assert clean(FIRST + HOUR)


def test_each_day_is_lived_again_and_not_only_the_last_one() -> None:
    make_invitation(reached=True)
    go_round(NOW, beat=True)
    after_restore(SECOND + HOUR)
    assert states() == [HELD, HELD]
    assert clean(SECOND + HOUR)


def test_an_invitation_that_may_have_gone_has_its_reminders() -> None:
    make_invitation()
    ticks_at(NOW - HOUR)
    after_restore(FIRST + HOUR)
    assert states(Kind.INVITATION) == [HELD]
    assert states() == [HELD]
    ticking.tick(SECOND)
    drain(lambda: SECOND, connections=1)
    assert states() == [HELD, (State.SENT.value, "")]
    assert clean(SECOND)


def test_what_becomes_due_later_goes() -> None:
    make_invitation(reached=True)
    go_round(NOW, beat=True)
    after_restore(FIRST - HOUR)
    assert states() == []
    assert go_round(FIRST, beat=True).closed == ""
    drain(lambda: FIRST, connections=1)
    assert states() == [(State.SENT.value, "")]


def test_what_waits_for_the_morning_cannot_have_gone() -> None:
    ticks_at(FIRST + 4 * HOUR)
    home = make_invitation(reached=True, next_mail_at=None)
    rule = home.party.rules.filter(kind=Kind.REMINDER).order_by("pk")[0]
    make_mail(
        home.contacts.get(),
        kind=Kind.REMINDER,
        occasion=str(rule.pk),
        rule=rule,
        at=FIRST + 4 * HOUR,
    )
    after_restore(FIRST + 5 * HOUR)
    assert states() == [(State.QUEUED.value, "")]
    assert OutgoingEmail.objects.get(kind=Kind.REMINDER).not_before == datetime(
        2027, 5, 29, 7, 0, tzinfo=UTC
    )


def test_the_pointless_is_put_away_and_not_held() -> None:
    ticks_at(NOW)
    home = make_invitation(reached=True, next_mail_at=None)
    rule = home.party.rules.filter(kind=Kind.REMINDER).order_by("pk")[0]
    make_mail(home.contacts.get(), kind=Kind.REMINDER, occasion=str(rule.pk), rule=rule)
    make_response(home, Answer.DECLINED, now=NOW - HOUR)
    after_restore(NOW + HOUR)
    assert states() == [(State.SKIPPED.value, Reason.ANSWERED.value)]
    assert clean(NOW + HOUR)


def test_what_was_pointless_only_by_now_may_have_gone() -> None:
    ticks_at(NOW)
    make_mail(make_invitation().contacts.get())
    after_restore(NOW + timedelta(days=60))
    assert (State.UNCERTAIN.value, Reason.RESTORED.value) in states(Kind.INVITATION)


def test_news_for_hosts_is_held_too() -> None:
    ticks_at(NOW)
    host = make_host()
    make_mail(host=host, party=make_party(host), kind=Kind.NEWS, occasion="1")
    after_restore(NOW + HOUR)
    assert states(Kind.NEWS) == [HELD]


def test_the_host_reads_what_is_held_and_why(client: Client) -> None:
    ticks_at(NOW)
    home = make_invitation(next_mail_at=None)
    make_mail(home.contacts.get())
    after_restore(NOW + HOUR)
    with time_machine.travel(NOW + HOUR, tick=False):
        client.force_login(home.party.host)
        party = client.get(reverse("party", args=[home.party_id])).content.decode()
        page = client.get(reverse("home", args=[home.party_id, home.pk])).content.decode()
    assert "This may have gone out before a backup was restored." in party
    assert "This may have gone out before a backup was restored." in page
    assert "may have been sent" in page


def test_a_second_time_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    make_invitation(reached=True)
    go_round(NOW, beat=True)
    after_restore(FIRST - HOUR)
    seal = Installation.objects.get().seal
    after_restore(FIRST + HOUR)
    assert "This was done already" in capsys.readouterr().out
    assert states() == []
    assert Installation.objects.get().seal == seal


def test_a_copy_is_taken_over(settings: Settings) -> None:
    ticks_at(NOW)
    before = Installation.objects.get()
    settings.INSTANCE_ID = "the new place"
    assert gate.closed() == gate.Why.INSTANCE
    after_restore(NOW + HOUR)
    assert gate.closed() == ""
    row = Installation.objects.get()
    assert row.instance_id == "the new place"
    assert row.seal != before.seal


def test_a_database_that_went_back_goes_on_under_a_new_seal() -> None:
    for _ in range(3):
        ticks_at(NOW)
    old = Installation.objects.get()
    Installation.objects.update(ticks=1)
    assert go_round(NOW + HOUR, beat=True).closed == gate.Why.WENT_BACK
    after_restore(NOW + HOUR)
    assert go_round(NOW + HOUR, beat=True).closed == ""
    Installation.objects.update(seal=old.seal, ticks=2)
    assert gate.closed() == gate.Why.WENT_BACK  # the same backup once more


def test_ticks_that_were_not_allowed_do_not_move_the_time_of_the_backup(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(3):
        ticks_at(NOW)
    make_mail(make_invitation(next_mail_at=None).contacts.get(), at=NOW + HOUR)
    Installation.objects.update(ticks=1)
    go_round(NOW + 2 * HOUR, beat=True)
    after_restore(NOW + 3 * HOUR)
    assert f"taken to be of {NOW.isoformat()}" in capsys.readouterr().out
    assert states(Kind.INVITATION) == [HELD]


def test_cut_short_it_stays_closed_and_does_the_rest_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticks_at(NOW)
    make_mail(make_invitation(next_mail_at=None).contacts.get())

    def broken(_now: datetime) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(ticking, "plan", broken)
        with pytest.raises(CommandError, match="Did not finish: plan"):
            after_restore(NOW + HOUR)
    assert go_round(NOW + HOUR, beat=True).closed == gate.Why.WENT_BACK
    after_restore(NOW + 2 * HOUR)
    assert states(Kind.INVITATION) == [HELD]
    assert gate.closed() == ""


def test_a_database_that_never_ticked_is_held_as_of_now() -> None:
    make_mail(make_invitation(next_mail_at=None).contacts.get())
    after_restore(NOW + HOUR)
    assert states(Kind.INVITATION) == [HELD]


def test_the_time_of_the_backup_can_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    ticks_at(NOW)
    after_restore(NOW + HOUR, "--backup-time", "2027-05-24T10:00:00")
    assert "2027-05-24T10:00:00+00:00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("yesterday", "must be a moment"), ("2027-13-01", "must be"), ("2099-01-01T00:00", "ahead")],
)
def test_a_time_that_makes_no_sense_is_refused(given: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        after_restore(NOW, "--backup-time", given)
    assert not Installation.objects.exists()


def test_the_audit_forgives_what_only_the_mail_server_can_know() -> None:
    ticks_at(NOW)
    after_restore(NOW + HOUR)
    unknown = OutgoingEmail.new_message_id("example.org")
    for at, broken in ((NOW + HOUR / 2, 0), (NOW + 2 * HOUR, 1), (None, 1)):
        journal = Journal(mails=(Entry(unknown, "sum", at),))
        assert len(audit(NOW + 2 * HOUR, journal)["A3"]) == broken


def test_while_nothing_may_go_the_audit_says_that_once(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks_at(NOW)
    make_mail(make_invitation().contacts.get())
    settings.INSTANCE_ID = "a copy"
    found = audit(NOW + HOUR)
    assert "A6" not in found
    assert "A7" not in found
    with time_machine.travel(NOW + HOUR, tick=False):
        call_command("audit")
    out = capsys.readouterr().out
    assert "another INSTANCE_ID" in out
    assert "A6 and A7 were left out" in out
