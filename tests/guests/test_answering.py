"""Keeping an answer."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from guests.answering import Closed
from guests.inviting import NewContact, correct_contact
from guests.models import Channel, Invitation, Response
from parties.services import cancel_party, revise_party
from parties.words import Answer
from tests.factories import NOW, make_contact, make_invitation, make_response

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def test_an_answer_becomes_the_households_and_the_plan_is_asked_to_look() -> None:
    invitation = make_invitation(guests=("Ben", "Bella"), next_mail_at=None)
    response = make_response(invitation, Answer.ACCEPTED, now=LATER, adults=2, allergies="nuts")
    invitation.refresh_from_db()
    assert invitation.answer == Answer.ACCEPTED
    assert invitation.answered_at == invitation.next_mail_at == LATER
    assert invitation.answered_revision == invitation.party.revision
    assert [guest.answer for guest in invitation.guests.all()] == [Answer.ACCEPTED] * 2
    assert (response.adults, response.allergies, response.channel) == (2, "nuts", Channel.MAIL)
    assert invitation.contacts.get().newest == response


def test_the_same_submission_again_is_the_same_response() -> None:
    invitation = make_invitation()
    sid = uuid.uuid4()
    first = make_response(invitation, Answer.ACCEPTED, submission_id=sid)
    again = make_response(invitation, Answer.ACCEPTED, submission_id=sid, now=LATER)
    assert again == first
    assert Response.objects.count() == 1


def test_the_same_submission_with_other_content_is_a_new_response() -> None:
    invitation = make_invitation()
    sid = uuid.uuid4()
    make_response(invitation, Answer.ACCEPTED, submission_id=sid)
    make_response(invitation, Answer.DECLINED, submission_id=sid, now=LATER)
    invitation.refresh_from_db()
    assert Response.objects.count() == 2
    assert invitation.answer == Answer.DECLINED


def test_yes_no_and_yes_again_from_one_page_is_a_yes() -> None:
    invitation = make_invitation()
    sid = uuid.uuid4()
    for answer in (Answer.ACCEPTED, Answer.DECLINED, Answer.ACCEPTED, Answer.ACCEPTED):
        make_response(invitation, answer, submission_id=sid)
    invitation.refresh_from_db()
    assert invitation.answer == Answer.ACCEPTED
    assert Response.objects.count() == 3


def test_a_retry_of_an_old_submission_does_not_undo_a_newer_answer() -> None:
    invitation = make_invitation()
    sid = uuid.uuid4()
    make_response(invitation, Answer.ACCEPTED, submission_id=sid)
    make_response(invitation, Answer.DECLINED)
    make_response(invitation, Answer.ACCEPTED, submission_id=sid, now=LATER)
    invitation.refresh_from_db()
    assert invitation.answer == Answer.DECLINED


def test_two_homes_that_differ_are_disputed_and_the_host_settles_it() -> None:
    invitation = make_invitation(emails=("a@example.com", "b@example.com"))
    anna, tim = invitation.contacts.all()
    make_response(invitation, Answer.ACCEPTED, contact=anna)
    make_response(invitation, Answer.DECLINED, contact=tim)
    invitation.refresh_from_db()
    assert invitation.disputed
    assert not invitation.standing_yes(invitation.party)
    make_response(invitation, Answer.ACCEPTED, channel=Channel.HOST)
    settled = Invitation.objects.get()
    assert not settled.disputed
    assert settled.standing_yes(settled.party)


def test_what_came_in_under_a_retired_contact_does_not_count() -> None:
    invitation = make_invitation(answer=Answer.ACCEPTED)
    contact = invitation.contacts.get()
    correct_contact(contact=contact, corrected=NewContact(email="right@example.com"), now=LATER)
    invitation.refresh_from_db()
    assert invitation.answer == Answer.SILENT
    assert [guest.answer for guest in invitation.guests.all()] == [Answer.SILENT]


def test_twins_may_differ() -> None:
    invitation = make_invitation(guests=("Ben", "Bella"))
    ben, bella = invitation.guests.all()
    make_response(invitation, {ben.pk: Answer.ACCEPTED, bella.pk: Answer.DECLINED})
    invitation.refresh_from_db()
    assert invitation.answer == Answer.ACCEPTED
    assert not invitation.disputed
    assert [g.answer for g in invitation.guests.all()] == [Answer.ACCEPTED, Answer.DECLINED]


def test_nobody_answers_for_a_guest_of_another_home() -> None:
    mine, other = make_invitation(), make_invitation(guests=("Noah",))
    with pytest.raises(ValueError, match="No guest"):
        make_response(mine, {other.guests.get().pk: Answer.DECLINED})
    other.refresh_from_db()
    assert other.answer == Answer.SILENT
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    ("seen", "stored"),
    [
        pytest.param(1, 1, id="the page was opened before the move"),
        pytest.param(2, 2, id="and after it"),
        pytest.param(99, 2, id="a number that is not there yet"),
        pytest.param(None, 2, id="a page that does not say"),
    ],
)
def test_an_answer_is_to_the_plan_that_its_page_showed(seen: int | None, stored: int) -> None:
    invitation = make_invitation()
    invitation.party.place = "The hall"
    revise_party(party=invitation.party, changed=["place"], now=NOW)
    make_response(invitation, Answer.ACCEPTED, seen=seen)
    invitation.refresh_from_db()
    assert invitation.answered_revision == stored
    assert invitation.standing_yes(invitation.party) == (stored == 2)


def test_a_cancelled_party_takes_no_answer() -> None:
    invitation = make_invitation()
    cancel_party(party=invitation.party, note="", now=NOW)
    with pytest.raises(Closed):
        make_response(invitation, Answer.ACCEPTED)


def test_answers_come_in_until_the_party_ends() -> None:
    invitation = make_invitation()
    end = invitation.party.ends_at
    make_response(invitation, Answer.ACCEPTED, now=end - timedelta(seconds=1))
    with pytest.raises(Closed):
        make_response(invitation, Answer.DECLINED, now=end)


def test_the_day_a_parent_named_is_kept() -> None:
    invitation = make_invitation()
    make_response(invitation, Answer.TENTATIVE, know_by=date(2027, 6, 6))
    invitation.refresh_from_db()
    assert invitation.know_by == date(2027, 6, 6)


def test_the_families_link_speaks_with_a_voice_of_its_own() -> None:
    invitation = make_invitation()
    make_contact(invitation, "second@example.com")
    make_response(invitation, Answer.ACCEPTED, channel=Channel.FAMILY)
    make_response(invitation, Answer.DECLINED)
    invitation.refresh_from_db()
    assert invitation.disputed
