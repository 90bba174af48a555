"""Hosts are told of mail that came back and of mails that could not go out, each once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guests.bouncing import mark_bounced
from guests.inviting import NewContact, correct_contact
from guests.looking import look
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.models.mail import TO_TELL
from guests.planner import plan
from guests.reasons import Reason
from guests.telling import NOBODY
from parties.models import Party
from parties.words import Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def party() -> Party:
    return make_party()


def home(party: Party, email: str = "anna@example.com") -> Contact:
    return make_invitation(party, emails=(email,), reached=True).contacts.get()


def bounce(contact: Contact, now: datetime = NOW) -> None:
    assert contact.address_id is not None
    mark_bounced(address_id=contact.address_id, now=now)


def missed(contact: Contact, **over: object) -> OutgoingEmail:
    fields = {
        "kind": Kind.REMINDER,
        "occasion": "by hand",
        "state": State.SKIPPED,
        "reason": Reason.EXPIRED,
    }
    return make_mail(contact, **{**fields, **over})  # type: ignore[arg-type]


def mails(kind: Kind) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=kind.value).order_by("pk"))


def test_a_bounce_is_told_once_to_every_host_after_a_while(party: Party) -> None:
    party.co_hosts.add(make_host())
    bounce(home(party))
    assert look(NOW) == 2
    for mail in mails(Kind.BOUNCED):
        assert mail.not_before == NOW + 10 * MINUTE
        assert mail.expires_at == party.starts_at
    for hours in range(1, 30):
        assert look(NOW + timedelta(hours=hours)) == 0
    assert len(mails(Kind.BOUNCED)) == 2


def test_addresses_that_bounce_together_are_one_mail(party: Party) -> None:
    first, second = home(party), home(party, "ben@example.com")
    bounce(first)
    assert look(NOW) == 1
    bounce(second, NOW + 5 * MINUTE)
    assert look(NOW + 5 * MINUTE) == 0
    told = set(Contact.objects.values_list("bounce_told", flat=True))
    assert told == {mails(Kind.BOUNCED)[0].occasion}


def test_what_bounces_after_the_mail_went_is_another_mail(party: Party) -> None:
    first, second = home(party), home(party, "ben@example.com")
    bounce(first)
    look(NOW)
    OutgoingEmail.objects.filter(kind=Kind.BOUNCED).update(
        state=State.SENT, handed_at=NOW, sent_at=NOW
    )
    bounce(second, NOW + 20 * MINUTE)
    assert look(NOW + 20 * MINUTE) == 1
    assert len(mails(Kind.BOUNCED)) == 2


def test_a_mail_that_may_have_gone_is_not_added_to(party: Party) -> None:
    first, second = home(party), home(party, "ben@example.com")
    bounce(first)
    look(NOW)
    OutgoingEmail.objects.filter(kind=Kind.BOUNCED).update(handed_at=NOW, body_sha256="sum")
    bounce(second)
    assert look(NOW) == 1


def test_every_party_that_uses_the_address_hears_of_it(party: Party) -> None:
    others = [make_party(), make_party()]
    for one in others:
        home(one)
    bounce(home(party))
    assert look(NOW) == 3
    assert {mail.party for mail in mails(Kind.BOUNCED)} == {party, *others}


@pytest.mark.parametrize("why", ["cancelled", "over", "corrected", "off the list", "not invited"])
def test_who_can_do_nothing_about_a_bounce_is_not_told(party: Party, why: str) -> None:
    contact = home(party)
    bounce(contact)
    now = NOW
    match why:
        case "cancelled":
            Party.objects.update(cancelled_at=NOW)
        case "over":
            now = party.starts_at
        case "corrected":
            right = NewContact("Anna", "right@example.com")
            correct_contact(contact=contact, corrected=right, now=NOW)
        case "off the list":
            Invitation.objects.update(withdrawn_at=NOW)
        case "not invited":
            Invitation.objects.update(invited_at=None)
    assert look(now) == 0
    assert mails(Kind.BOUNCED) == []


ENDED = [
    ({}, True),
    ({"kind": Kind.FOLLOW_UP}, True),
    ({"kind": Kind.STILL_ON, "occasion": "1"}, True),
    ({"kind": Kind.INVITATION, "state": State.FAILED, "reason": Reason.TRIED_ENOUGH}, True),
    ({"state": State.FAILED, "reason": Reason.TRIED_ENOUGH}, True),
    ({"state": State.FAILED, "reason": Reason.REFUSED}, True),
    ({"state": State.FAILED, "reason": Reason.NOT_COMPOSED}, True),
    ({"reason": Reason.NIGHT, "attempts": 1}, True),
    ({"reason": Reason.NIGHT}, False),
    ({"reason": Reason.ANSWERED}, False),
    ({"reason": Reason.TOO_CLOSE}, False),
    ({"reason": Reason.SUPERSEDED}, False),
    ({"reason": Reason.STOPPED}, False),
    ({"kind": Kind.CONFIRMATION, "occasion": "9"}, False),
]


@pytest.mark.parametrize(("ended", "told"), ENDED, ids=[str(row[0]) for row in ENDED])
def test_of_mails_that_ended_without_going_the_hosts_hear(
    party: Party, ended: dict[str, object], told: bool
) -> None:
    contact = make_invitation(party).contacts.get()
    missed(contact, **ended)
    assert look(NOW) == int(told)
    assert look(NOW + 5 * MINUTE) == 0
    assert not OutgoingEmail.objects.filter(TO_TELL).exists()


def test_all_that_an_outage_kept_from_going_is_one_mail(party: Party) -> None:
    contacts = [home(party, f"p{number}@example.com") for number in range(3)]
    for contact in contacts[:2]:
        missed(contact)
    assert look(NOW) == 1
    missed(contacts[2])
    assert look(NOW + 5 * MINUTE) == 0
    (mail,) = mails(Kind.MISSED)
    assert OutgoingEmail.objects.filter(told=mail.occasion).count() == 3


def test_a_later_outage_is_a_mail_of_its_own(party: Party) -> None:
    missed(home(party))
    look(NOW)
    OutgoingEmail.objects.filter(kind=Kind.MISSED).update(
        state=State.SENT, handed_at=NOW, sent_at=NOW
    )
    missed(home(party, "ben@example.com"))
    assert look(NOW + timedelta(days=1)) == 1


def test_parties_are_told_apart(party: Party) -> None:
    missed(home(party))
    missed(home(make_party(), "ben@example.com"))
    assert look(NOW) == 2
    first, second = mails(Kind.MISSED)
    assert first.party != second.party
    assert first.occasion != second.occasion


@pytest.mark.parametrize("why", ["cancelled", "over", "bounced"])
def test_who_can_do_nothing_about_it_is_not_told(party: Party, why: str) -> None:
    mail = missed(home(party))
    now = NOW
    match why:
        case "cancelled":
            Party.objects.update(cancelled_at=NOW)
        case "over":
            now = party.starts_at
        case "bounced":
            Address.objects.update(bounced_at=NOW)
    look(now)
    assert mails(Kind.MISSED) == []
    mail.refresh_from_db()
    assert mail.told == NOBODY


@pytest.mark.parametrize("bounced", [False, True])
def test_a_cancellation_that_nobody_took_is_told(party: Party, bounced: bool) -> None:
    contact = home(party)
    Party.objects.update(cancelled_at=NOW)
    mail = missed(contact, kind=Kind.CANCELLED, state=State.FAILED, reason=Reason.REFUSED)
    if bounced:
        bounce(contact)
    assert look(NOW) == 1
    (told,) = mails(Kind.MISSED)
    mail.refresh_from_db()
    assert (mail.told, told.expires_at) == (told.occasion, party.ends_at)


def test_a_cancellation_is_of_no_use_once_the_party_is_over(party: Party) -> None:
    Party.objects.update(cancelled_at=NOW)
    missed(home(party), kind=Kind.CANCELLED, state=State.FAILED, reason=Reason.REFUSED)
    assert look(party.ends_at) == 0


def test_a_mail_to_a_host_that_did_not_go_is_told_to_nobody(party: Party) -> None:
    make_mail(
        host=party.host,
        party=party,
        kind=Kind.NEWS,
        occasion="1",
        state=State.SKIPPED,
        reason=Reason.EXPIRED,
    )
    assert look(NOW) == 0


@pytest.mark.parametrize(
    ("hour", "waits_until"),
    [(20, 20 + 1 / 6), (20 + 5 / 6, 24 + 8), (23, 24 + 8), (3, 8)],
    ids=["evening", "shortly before nine", "night", "early morning"],
)
def test_bad_news_waits_for_the_morning(party: Party, hour: float, waits_until: float) -> None:
    midnight = NOW.replace(hour=0) - timedelta(hours=1)  # London is an hour ahead
    missed(home(party))
    look(midnight + timedelta(hours=hour))
    (mail,) = mails(Kind.MISSED)
    assert mail.not_before == midnight + timedelta(hours=waits_until)


def test_what_the_plan_finds_too_late_says_when_it_was_due(party: Party) -> None:
    make_invitation(party, reached=True)
    late = party.starts_at - timedelta(hours=3)
    plan(late)
    expired = OutgoingEmail.objects.filter(reason=Reason.EXPIRED)
    assert expired.exists()
    for mail in expired:
        assert mail.not_before < mail.expires_at <= late
    look(late)
    assert len(mails(Kind.MISSED)) == 1


def test_with_nothing_to_tell_a_tick_asks_one_query(party: Party) -> None:
    missed(home(party))
    look(NOW)
    with CaptureQueriesContext(connection) as captured:
        look(NOW)
    assert len([one for one in captured if "told" in one["sql"]]) == 1


def test_the_question_is_answered_by_an_index() -> None:
    found = OutgoingEmail.objects.filter(TO_TELL).order_by("party").values_list("party", flat=True)
    assert "mail_to_tell" in found.explain() or connection.vendor != "sqlite"
