"""Mails to hosts about mail that came back, and about mails that could not go out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from guests.bouncing import mark_bounced
from guests.inviting import NewContact, correct_contact
from guests.looking import look
from guests.mails.compose import NothingToSay, compose, for_composing
from guests.models import Address, Contact, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from parties.models import Party
from parties.services import cancel_party
from parties.words import Answer, Kind
from tests.factories import (
    NOW,
    make_contact,
    make_invitation,
    make_mail,
    make_party,
    make_response,
)
from tests.guests.mails.reading import Received, receive
from tests.guests.mails.test_to_families import both

pytestmark = pytest.mark.django_db


@pytest.fixture
def party() -> Party:
    return make_party()


def bounced(party: Party, *emails: str, guests: tuple[str, ...] = ("Mia", "Ben")) -> Contact:
    invitation = make_invitation(party, guests=guests, emails=emails, reached=True)
    contact = invitation.contacts.first()
    assert contact is not None
    assert contact.address_id is not None
    mark_bounced(address_id=contact.address_id, now=NOW)
    return contact


def missed(party: Party, guest: str = "Mia", **over: object) -> OutgoingEmail:
    contact = make_invitation(
        party, guests=(guest,), emails=(f"{guest.lower()}@example.com",), reached=True
    ).contacts.get()
    fields: dict[str, object] = {
        "kind": Kind.REMINDER,
        "occasion": "by hand",
        "state": State.SKIPPED,
        "reason": Reason.EXPIRED,
        "not_before": NOW,
        "expires_at": NOW + timedelta(hours=6),
    }
    return make_mail(contact, **{**fields, **over})  # type: ignore[arg-type]


def told(kind: Kind, after: timedelta = timedelta(hours=7)) -> Received:
    look(NOW)
    return receive(OutgoingEmail.objects.get(kind=kind.value), NOW + after)


def test_a_bounce_names_the_home_the_address_and_three_things_to_do(party: Party) -> None:
    contact = bounced(party, "anna@gmial.com")
    Contact.objects.update(phone="+447700900118")
    mail = told(Kind.BOUNCED)
    assert mail.subject == "JJ's party on Saturday 12 June: mail came back"
    home = f"http://localhost:8000/parties/{party.pk}/homes/{contact.invitation_id}/"
    for said in both(mail):
        assert "Mail to a home came back" in said
        assert "Mia and Ben" in said
        assert "(Anna)" in said
        assert "anna@gmial.com does not work." in said
        assert "Is it anna@gmail.com?" in said
        assert "They may not know about the party." in said
        assert "Correct the address" in said
        assert "Share their link" in said
        assert "Call 07700" in said
    assert f"{home}?correct={contact.pk}#contact{contact.pk}" in mail.page.links
    assert f"{home}#link" in mail.page.links
    assert "tel:+447700900118" in mail.page.links
    assert f"{home}?correct={contact.pk}#contact{contact.pk}" in mail.text


def test_several_homes_are_counted_and_the_other_grown_up_is_named(party: Party) -> None:
    bounced(party, "anna@example.com")
    second = bounced(party, "ben@example.com", guests=("Zoe",))
    make_contact(second.invitation, "dad@example.com", name="Dan")
    for said in both(told(Kind.BOUNCED)):
        assert "Mail to 2 homes came back" in said
        assert "Mail to Dan still gets there." in said


def test_a_home_that_answered_is_told_apart(party: Party) -> None:
    contact = bounced(party, "anna@example.com")
    make_response(contact.invitation, Answer.ACCEPTED)
    for said in both(told(Kind.BOUNCED)):
        assert "They answered, but our next mail will not get there." in said


@pytest.mark.parametrize("why", ["corrected", "declined", "off the list"])
def test_a_bounce_that_was_dealt_with_is_nothing_to_tell(party: Party, why: str) -> None:
    contact = bounced(party, "anna@example.com")
    look(NOW)
    match why:
        case "corrected":
            right = NewContact("Anna", "right@example.com")
            correct_contact(contact=contact, corrected=right, now=NOW)
        case "declined":
            make_response(contact.invitation, Answer.DECLINED)
        case "off the list":
            Invitation.objects.update(withdrawn_at=NOW)
    with pytest.raises(NothingToSay):
        told(Kind.BOUNCED)


def test_missed_reminders_are_counted_with_when_they_were_tried(party: Party) -> None:
    for guest in ("Mia", "Ben", "Zoe"):
        missed(party, guest)
    mail = told(Kind.MISSED)
    assert mail.subject == "JJ's party on Saturday 12 June: 3 reminders could not go out"
    for said in both(mail):
        assert "3 reminders could not go out" in said
        assert "We tried on Monday 24 May between 12 noon and 6 pm" in said
        assert "Its time had passed" not in said  # the title says it all
        assert "Ben" in said
        assert "Or send a reminder now" in said


def test_over_several_days_both_ends_have_their_day(party: Party) -> None:
    missed(party, expires_at=NOW + timedelta(days=2))
    for said in both(told(Kind.MISSED, timedelta(days=3))):
        assert "between Monday 24 May, 12 noon and Wednesday 26 May, 12 noon" in said


def test_a_mail_that_was_given_up_was_tried_until_now(party: Party) -> None:
    missed(party, state=State.FAILED, reason=Reason.TRIED_ENOUGH, expires_at=party.starts_at)
    for said in both(told(Kind.MISSED)):
        assert "A reminder could not go out" in said
        assert "on Monday 24 May between 12 noon and 7 pm" in said
        assert "Their mail server never took it." in said


def test_after_reply_by_the_way_to_a_reminder_is_more_time(party: Party) -> None:
    missed(party)
    Invitation.objects.update(reply_by_at=NOW)
    mail = told(Kind.MISSED)
    for said in both(mail):
        assert "move your reply-by day first" in said
    assert f"http://localhost:8000/parties/{party.pk}/edit/" in mail.page.links


def test_mails_of_several_kinds_are_mails(party: Party) -> None:
    missed(party, "Mia")
    still_on = missed(party, "Ben", kind=Kind.STILL_ON, occasion="1")
    assert still_on.invitation is not None
    make_response(still_on.invitation, Answer.ACCEPTED)
    mail = told(Kind.MISSED)
    assert mail.subject.endswith("2 mails could not go out")
    for said in both(mail):
        assert "“Still on?”: Its time had passed before it could go." in said


@pytest.mark.parametrize("bounced", [False, True])
def test_who_does_not_know_that_it_is_cancelled_is_named(party: Party, bounced: bool) -> None:
    missed(party, "Mia")
    cancel_party(party=party, note="", now=NOW)
    cancelled = missed(party, "Ben", kind=Kind.CANCELLED, state=State.FAILED, reason=Reason.REFUSED)
    if bounced:
        assert cancelled.address_id is not None
        mark_bounced(address_id=cancelled.address_id, now=NOW)
    mail = told(Kind.MISSED)
    assert mail.subject.endswith("a mail could not go out")
    for said in both(mail):
        assert "Ben" in said
        assert "Mia" not in said
        assert "A call is quickest." in said


@pytest.mark.parametrize("why", ["answered", "corrected", "off the list", "stopped"])
def test_what_is_settled_is_not_missed_any_more(party: Party, why: str) -> None:
    mail = missed(party)
    look(NOW)
    assert mail.invitation is not None
    assert mail.contact is not None
    match why:
        case "answered":
            make_response(mail.invitation, Answer.DECLINED)
        case "corrected":
            right = NewContact("Anna", "right@example.com")
            correct_contact(contact=mail.contact, corrected=right, now=NOW)
        case "off the list":
            Invitation.objects.update(withdrawn_at=NOW)
        case "stopped":
            Address.objects.update(stopped_at=NOW)
    with pytest.raises(NothingToSay):
        told(Kind.MISSED)


def test_nothing_private_stands_in_subject_and_preview(party: Party) -> None:
    bounced(party, "anna@gmial.com")
    missed(party, "Zoe")
    for kind in (Kind.BOUNCED, Kind.MISSED):
        mail = told(kind)
        head = mail.subject + mail.page.text.split("JJ’s party", 1)[0]
        for private in ("Mia", "Zoe", "Anna", "gmial"):
            assert private not in head


def test_both_take_a_handful_of_queries_for_any_number_of_homes(
    party: Party, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        bounced(party, f"b{number}@example.com")
        missed(party, f"G{number}")
    look(NOW)
    for row in for_composing(OutgoingEmail.objects.filter(contact=None)):
        with django_assert_max_num_queries(4):
            compose(row, NOW)
