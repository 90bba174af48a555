"""What follows from a report, and that it follows once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from guests.deliveries.hearing import SOFT_AT_MOST, News, heard
from guests.models import Address, Fate, OutgoingEmail, Report, State
from guests.outbox.commit import Prepared, decide
from guests.outbox.tick import tick
from guests.reasons import Reason
from parties.words import Kind
from tests.factories import NOW, make_mail
from tests.guests.deliveries.conftest import Went, send

pytestmark = pytest.mark.django_db


def hear(went: Went, fate: Fate | None, key: str = "k", *, final: bool = True) -> bool:
    news = News(key, fate, "5.1.1", "550 no anna@example.com here", final)
    return heard(mail_id=went.mail.pk, news=news, now=NOW)


def test_a_hard_bounce_ends_all_mail_there_and_the_host_is_told(went: Went) -> None:
    assert hear(went, Fate.HARD)
    assert went.address().bounced_at == NOW
    assert went.fresh().fate == Fate.HARD
    tick(NOW)
    assert OutgoingEmail.objects.filter(kind=Kind.BOUNCED.value, host=went.mail.party.host).exists()


def test_a_complaint_ends_all_mail_there_and_is_no_bounce(went: Went) -> None:
    hear(went, Fate.COMPLAINT)
    address = went.address()
    assert (address.complained_at, address.bounced_at) == (NOW, None)
    assert address.refuses == Reason.COMPLAINED
    tick(NOW)
    assert OutgoingEmail.objects.filter(kind=Kind.BOUNCED.value).exists()


def test_what_was_said_is_kept_without_the_address(went: Went) -> None:
    hear(went, Fate.HARD)
    report = Report.objects.get()
    assert (report.mail, report.status) == (went.mail, "5.1.1")
    assert "anna@" not in report.said
    assert "550 no" in report.said


def test_the_same_report_twice_is_one(went: Went) -> None:
    assert hear(went, Fate.SOFT)
    assert not hear(went, Fate.SOFT)
    assert Report.objects.count() == 1


@pytest.mark.parametrize("fate", [Fate.POLICY, Fate.DELIVERED])
def test_the_address_is_not_to_blame_for_everything(went: Went, fate: Fate) -> None:
    hear(went, fate)
    assert went.address().refuses == ""
    assert went.fresh().fate == fate


def test_the_third_mail_lost_in_a_month_makes_an_address_that_does_not_work() -> None:
    for number in range(SOFT_AT_MOST):
        assert Address.objects.filter(bounced_at=None).count() == Address.objects.count()
        one = send("full@example.com")
        hear(one, Fate.SOFT, f"a{number}")
        hear(one, Fate.SOFT, f"the same mail again {number}")
    assert Address.objects.get().bounced_at == NOW


def test_three_in_more_than_a_month_do_not() -> None:
    for days in (0, 20, 40):
        news = News(f"after {days}", Fate.SOFT)
        heard(mail_id=send("full@example.com").mail.pk, news=news, now=NOW + timedelta(days=days))
    assert Address.objects.get().bounced_at is None


def test_mail_that_only_waited_was_not_lost() -> None:
    for number in range(SOFT_AT_MOST + 1):
        hear(send("slow@example.com"), Fate.SOFT, str(number), final=False)
    assert Address.objects.get().bounced_at is None
    assert set(OutgoingEmail.objects.values_list("fate", flat=True)) == {""}


def test_worse_news_stay() -> None:
    one = send("anna@example.com")
    hear(one, Fate.HARD, "1")
    hear(one, Fate.DELIVERED, "2")
    assert one.fresh().fate == Fate.HARD
    hear(one, Fate.COMPLAINT, "3")
    assert one.fresh().fate == Fate.COMPLAINT


@pytest.mark.parametrize("fate", [None, *Fate])
@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.INVITATION])
def test_any_report_proves_that_an_unclear_mail_was_taken(fate: Fate | None, kind: Kind) -> None:
    contact = send("anna@example.com").contact
    unclear = make_mail(
        contact, kind=kind, occasion="9", state=State.UNCERTAIN, reason=Reason.UNCLEAR, unclear=1
    )
    hear(Went(unclear), fate, final=False)
    unclear.refresh_from_db()
    assert (unclear.state, unclear.sent_at, unclear.reason) == (State.SENT, unclear.handed_at, "")
    tick(NOW + timedelta(hours=1))
    unclear.refresh_from_db()
    assert unclear.state == State.SENT


def test_what_was_to_go_again_does_not() -> None:
    one = send("anna@example.com", body=b"x", body_sha256="y", handed_at=NOW, state=State.QUEUED)
    hear(one, Fate.DELIVERED)
    assert one.fresh().state == State.SENT


def test_a_mail_that_surely_did_not_go_is_not_called_sent() -> None:
    """A refusal at the door is no proof: those are never reported, but who knows."""
    one = send("anna@example.com", state=State.QUEUED)
    hear(one, Fate.DELIVERED)
    assert one.fresh().state == State.QUEUED


@pytest.mark.parametrize("fate", [Fate.HARD, Fate.COMPLAINT])
def test_a_mail_that_was_claimed_already_is_stopped_by_the_commit_point(fate: Fate) -> None:
    went = send("anna@example.com")
    token = uuid.uuid4()
    claimed = make_mail(
        went.contact,
        kind=Kind.CHANGED,
        occasion="1",
        state=State.CLAIMED,
        claim_token=token,
        attempts=1,
    )
    hear(went, fate)
    prepared = Prepared(b"x", "y", NOW, claimed.party.revision)
    assert not decide(claimed, token, NOW, prepared)
    claimed.refresh_from_db()
    expected = Reason.BOUNCED if fate is Fate.HARD else Reason.COMPLAINED
    assert (claimed.state, claimed.reason) == (State.SKIPPED, expected)


def test_a_deleted_mail_still_speaks_of_its_address() -> None:
    Address.objects.create(email="anna@example.com")
    assert heard(mail_id=4711, news=News("k", Fate.COMPLAINT), now=NOW, email="Anna@Example.com")
    assert Address.objects.get().complained_at == NOW
    assert not heard(mail_id=4711, news=News("k", Fate.HARD), now=NOW, email="")
    assert not heard(mail_id=4711, news=News("k", Fate.HARD), now=NOW, email="who@example.com")


def test_mail_to_a_host_that_came_back_is_nobodys_address(went: Went) -> None:
    host = make_mail(
        host=went.mail.party.host,
        party=went.mail.party,
        kind=Kind.NEWS,
        occasion="1",
        state=State.UNCERTAIN,
    )
    assert not hear(Went(host), Fate.HARD)
    host.refresh_from_db()
    assert host.state == State.SENT
    assert Report.objects.count() == 0
