"""A reminder now obeys every rule of the plan, and the host reads why where it does not go."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from time_machine import Traveller

from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from guests.reminding import Outcome, remind_now
from guests.stopping import stop_everything, stop_party
from parties.models import Party
from parties.services import cancel_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail

INVITED = NOW - timedelta(days=3)


@pytest.fixture
def home(party: Party) -> Invitation:
    return make_invitation(party, reached=True, invited_at=INVITED)


def remind(home: Invitation, now: datetime = NOW, form: uuid.UUID | None = None) -> list[Outcome]:
    return remind_now(
        party=home.party, invitation_ids=[home.pk], form_uuid=form or uuid.uuid4(), now=now
    )


def reminders() -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=Kind.REMINDER.value))


def test_it_queues_a_reminder_to_each_contact(home: Invitation) -> None:
    make_mail(make_contact(home, "pat@example.org"), state=State.SENT, at=INVITED)
    form = uuid.uuid4()
    outcomes = remind(home, form=form)
    assert [one.at for one in outcomes] == [NOW, NOW]
    mails = reminders()
    assert {(mail.state, mail.occasion, mail.not_before) for mail in mails} == {
        (State.QUEUED, str(form), NOW)
    }
    assert {mail.expires_at for mail in mails} == {home.reply_by_at}
    assert {mail.rule_id for mail in mails} == {None}


def test_the_same_form_again_queues_nothing_more(home: Invitation) -> None:
    form = uuid.uuid4()
    first, second = remind(home, form=form), remind(home, form=form)
    assert [one.at for one in first] == [one.at for one in second]
    assert len(reminders()) == 1


def test_at_night_it_waits_until_eight(home: Invitation) -> None:
    at_ten_in_the_evening = datetime(2027, 5, 24, 21, tzinfo=UTC)
    (outcome,) = remind(home, at_ten_in_the_evening)
    assert outcome.at == datetime(2027, 5, 25, 7, tzinfo=UTC)
    assert reminders()[0].not_before == outcome.at


def _answered(home: Invitation) -> None:
    Invitation.objects.filter(pk=home.pk).update(answer=Answer.ACCEPTED.value, answered_at=NOW)


def _disputed(home: Invitation) -> None:
    Invitation.objects.filter(pk=home.pk).update(disputed=True)


def _stopped(home: Invitation) -> None:
    stop_party(contact=home.contacts.get(), now=NOW)


def _stopped_all(home: Invitation) -> None:
    stop_everything(contact=home.contacts.get(), now=NOW)


def _bounced(home: Invitation) -> None:
    Address.objects.update(bounced_at=NOW)


def _reminded_today(home: Invitation) -> None:
    Address.objects.update(last_plan_mail_at=NOW - timedelta(hours=19))


def _three_reminders(home: Invitation) -> None:
    for number in range(3):
        at = NOW - timedelta(days=2)
        contact = home.contacts.get()
        make_mail(contact, kind=Kind.REMINDER, occasion=str(number), state=State.SENT, at=at)


def _on_its_way(home: Invitation) -> None:
    make_mail(home.contacts.get(), kind=Kind.REMINDER, occasion="7", state=State.QUEUED)


def _not_invited(home: Invitation) -> None:
    OutgoingEmail.objects.all().delete()


def _cancelled(home: Invitation) -> None:
    cancel_party(party=home.party, note="", now=NOW)


def _reply_by_is_over(home: Invitation) -> None:
    Invitation.objects.filter(pk=home.pk).update(reply_by_at=NOW - timedelta(hours=1))


def _no_address(home: Invitation) -> None:
    Contact.objects.update(address=None)


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        pytest.param(_answered, Reason.ANSWERED, id="answered"),
        pytest.param(_disputed, Reason.DISPUTED, id="two answers"),
        pytest.param(_stopped, Reason.STOPPED, id="stopped this party"),
        pytest.param(_stopped_all, Reason.STOPPED_ALL, id="stopped everything"),
        pytest.param(_bounced, Reason.BOUNCED, id="bounced"),
        pytest.param(_reminded_today, Reason.TOO_CLOSE, id="19 hours ago"),
        pytest.param(_three_reminders, Reason.ENOUGH_REMINDERS, id="three already"),
        pytest.param(_on_its_way, Reason.ON_ITS_WAY, id="one on its way"),
        pytest.param(_not_invited, Reason.NOT_INVITED, id="no invitation yet"),
        pytest.param(_cancelled, Reason.CANCELLED, id="cancelled"),
        pytest.param(_reply_by_is_over, Reason.TOO_LATE, id="after reply-by"),
        pytest.param(_no_address, Reason.NO_ADDRESS, id="no address"),
    ],
)
def test_what_the_plan_forbids_is_not_sent(home: Invitation, happens: object, why: Reason) -> None:
    assert callable(happens)
    happens(home)
    before = len(reminders())
    (outcome,) = remind(home)
    assert (outcome.at, outcome.why) == (None, why)
    assert len(reminders()) == before


def test_a_home_without_any_contact_says_so(party: Party) -> None:
    (outcome,) = remind(make_invitation(party, emails=()))
    assert (outcome.contact, outcome.why) == (None, Reason.NO_ADDRESS)


def test_homes_of_another_party_are_left_alone(home: Invitation) -> None:
    other = make_invitation(reached=True)
    outcomes = remind_now(
        party=home.party, invitation_ids=[other.pk], form_uuid=uuid.uuid4(), now=NOW
    )
    assert outcomes == []


def test_the_host_reads_when_it_goes(dee: Client, home: Invitation, clock: Traveller) -> None:
    path = f"/parties/{home.party_id}/homes/{home.pk}/remind/"
    text = dee.post(path, {"form_uuid": str(uuid.uuid4())}, follow=True).content.decode()
    assert "1 reminder goes out now." in text


def test_at_night_the_host_reads_that_it_waits(
    dee: Client, home: Invitation, clock: Traveller
) -> None:
    clock.move_to(datetime(2027, 5, 24, 21, tzinfo=UTC))
    path = f"/parties/{home.party_id}/homes/{home.pk}/remind/"
    text = dee.post(path, {"form_uuid": "nonsense"}, follow=True).content.decode()
    assert "1 reminder goes out: Tomorrow, 8 am." in text


def test_all_who_are_silent_are_written_to_and_nobody_else(
    dee: Client, home: Invitation, party: Party
) -> None:
    make_invitation(party, guests=("Ben",), reached=True, answer=Answer.ACCEPTED)
    make_invitation(party, guests=("New",), invited_at=None)
    stopped = make_invitation(party, guests=("Leo",), reached=True, invited_at=INVITED)
    stop_party(contact=stopped.contacts.get(), now=NOW)
    form = {"form_uuid": str(uuid.uuid4())}
    text = dee.post(f"/parties/{party.pk}/remind/", form, follow=True).content.decode()
    assert "1 reminder goes out now." in text
    assert "Leo: They stopped mails about this party." in text
    dee.post(f"/parties/{party.pk}/remind/", form)
    assert [mail.invitation_id for mail in reminders()] == [home.pk]
