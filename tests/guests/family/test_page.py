"""What a family's page says, stage by stage, and what it never says."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import time_machine
from django.test import Client

from guests import stopping
from guests.links import answer_path, stop_path
from guests.models import Channel, Contact, Invitation
from parties.models import Party, Rule
from parties.services import revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_party, make_response
from tests.guests.family.reading import details, forms, words
from tests.guests.family.stages import (
    STAGES,
    by_link,
    by_mail,
    cancelled,
    differing,
    disputed,
    moved,
    over,
)


def test_the_page_is_an_invitation(parent: Contact, phone: Client) -> None:
    said = words(phone.get(answer_path(parent)))

    for part in (
        "For Nia and Theo Jamie turns 7",
        "Nia, he still talks about the tunnel. Rosa, Jamie’s mum",
        "Saturday 12 June 2 pm to 4:30 pm",
        "Victoria Park the blue shelter behind the playground",
        "Can Nia and Theo come? We’re coming Can’t come Not sure yet",
        "A no today helps as much as a yes. Please tell us by Monday 7 June.",
        "About Jamie His words can be hard to catch.",
        "Stay or drop off Both are fine.",
        "Food Pizza and cake.",
        "Questions? Call Rosa, Jamie’s mum, on 07700 900412.",
        "Rosa gave us your address to invite you, and for nothing else.",
    ):
        assert part in said


def test_the_three_answers_are_equal_and_none_is_chosen(parent: Contact, phone: Client) -> None:
    page = phone.get(answer_path(parent)).content.decode()

    for answer in ("accepted", "declined", "tentative"):
        assert page.count(f'<button name="answer" value="{answer}">') == 1
    assert "aria-current" not in page


def test_what_the_host_left_empty_is_not_there(phone: Client, db: None) -> None:
    invitation = make_invitation(make_party(host_is="", where_exactly=""))

    said = words(phone.get(by_mail(invitation)))

    assert "Good to know" not in said
    assert "blockquote" not in said
    assert "Just reply to our mail. It goes to Dee, and to nobody else." in said


def test_words_of_host_and_family_are_text_and_never_markup(phone: Client, db: None) -> None:
    evil = "<script>alert(1)</script>\"'&"
    party = make_party(
        child_name=evil, host_name=evil, host_is=evil, place=evil, about_child=evil, host_phone="1"
    )
    invitation = make_invitation(party, guests=(evil, "Theo"), personal_line=evil)
    make_response(invitation, Answer.ACCEPTED, message=evil, allergies=evil)

    for path in (by_mail(invitation), by_link(invitation), stop_path(invitation.contacts.get())):
        assert "<script" not in phone.get(path).content.decode()


@pytest.mark.parametrize(
    ("invited_before", "says"),
    [
        pytest.param(timedelta(days=19), "by Monday 7 June.", id="the end of a day"),
        pytest.param(timedelta(days=3), "by Friday 11 June, 2 pm.", id="48 hours after inviting"),
        pytest.param(timedelta(hours=9), "by Saturday 12 June, 8 am.", id="6 hours before"),
    ],
)
def test_reply_by_is_said_with_its_hour_unless_it_ends_with_the_day(
    invited_before: timedelta,
    says: str,
    phone: Client,
    clock: time_machine.Traveller,
    db: None,
) -> None:
    party = make_party()
    now = party.starts_at - invited_before
    clock.move_to(now)
    invitation = make_invitation(party, invited_at=now, now=now)

    assert f"Please tell us {says}" in words(phone.get(by_mail(invitation)))


def test_after_reply_by_it_is_not_too_late(
    parent: Contact, phone: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(parent.invitation.party.starts_at - timedelta(days=1))

    assert "It is not too late to tell us." in words(phone.get(answer_path(parent)))


def test_days_and_hours_are_those_of_the_party_s_zone(phone: Client, db: None) -> None:
    party = make_party(timezone="Pacific/Auckland", day=date(2027, 6, 12), starts=time(9))

    assert "Saturday 12 June 9 am to 4:30 pm" in words(phone.get(by_mail(make_invitation(party))))


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
def test_a_button_of_a_mail_puts_its_answer_at_hand(
    answer: str, parent: Contact, phone: Client
) -> None:
    page = phone.get(answer_path(parent), {"answer": answer}).content.decode()

    assert f'<button name="answer" value="{answer}" aria-current="true">' in page
    assert page.count("aria-current") == 1
    assert "Tap it once more to save it." in page


def test_a_button_with_another_answer_than_the_saved_one_asks_again(
    parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, Answer.ACCEPTED)

    said = words(phone.get(answer_path(parent), {"answer": "declined"}))
    same = words(phone.get(answer_path(parent), {"answer": "accepted"}))

    assert "So far you told us: We’re coming Tap it once more to save it." in said
    assert "Lovely! Nia and Theo are coming." in same


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(
            Answer.ACCEPTED,
            "We’re coming Lovely! Nia and Theo are coming. Your answer is saved, and Rosa can see"
            " it. We’ll write once more, the day before. When Saturday 12 June",
            id="yes",
        ),
        pytest.param(
            Answer.DECLINED,
            "Can’t come Thank you for telling us. Now Rosa knows how many places to set, and that"
            " is a real help. Your answer is saved. We won’t send you any more reminders.",
            id="no",
        ),
        pytest.param(
            Answer.TENTATIVE,
            "Not sure yet That’s fine. When will you know? We’ll ask once, that morning. Your"
            " answer is saved, and Rosa can see it.",
            id="not sure",
        ),
        pytest.param(
            Answer.VIDEO,
            "We’ll join by video Lovely! Nia and Theo join by video. Your answer is saved",
            id="video",
        ),
    ],
)
def test_it_thanks_for_each_answer_in_its_own_words(
    answer: Answer, says: str, parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, answer)

    assert says in words(phone.get(answer_path(parent)))


def test_one_child_comes_and_the_other_cannot(parent: Contact, phone: Client) -> None:
    nia, theo = parent.invitation.guests.all()
    make_response(parent.invitation, {nia.pk: Answer.ACCEPTED, theo.pk: Answer.DECLINED})

    response = phone.get(answer_path(parent))

    assert "Lovely! Nia is coming." in words(response)
    assert "Theo can’t come this time." in words(response)
    assert details(response)["guests"] == [str(nia.pk)]


def _no_rules(contact: Contact) -> None:
    Rule.objects.filter(kind__in=[Kind.STILL_ON, Kind.FOLLOW_UP]).update(enabled=False)


def _stop(contact: Contact) -> None:
    stopping.stop_party(contact=contact, now=NOW)


def _bounce(contact: Contact) -> None:
    assert contact.address is not None
    contact.address.bounced_at = NOW
    contact.address.save()


@pytest.mark.parametrize("change", [_no_rules, _stop, _bounce])
@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.TENTATIVE])
def test_it_promises_no_mail_that_will_not_come(
    answer: Answer, change: object, parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, answer)
    assert callable(change)
    change(parent)

    said = words(phone.get(answer_path(parent)))

    assert "We’ll write" not in said
    assert "We’ll ask" not in said


def test_it_names_the_day_on_which_the_family_will_know(parent: Contact, phone: Client) -> None:
    make_response(parent.invitation, Answer.TENTATIVE, know_by=date(2027, 6, 4))

    said = words(phone.get(answer_path(parent)))

    assert "You’ll know by Friday 4 June. We’ll ask once, that morning." in said


def test_after_a_move_it_asks_to_confirm_with_the_new_place(phone: Client, db: None) -> None:
    said = words(phone.get(by_mail(moved())))

    assert "The plan has changed. Please confirm." in said
    assert "Larch Street Hall" in said
    assert "Can Nia and Theo still come? So far you told us: We’re coming" in said
    assert "Lovely!" not in said


def test_a_tap_confirms_the_new_plan(phone: Client, db: None) -> None:
    path = by_mail(moved())

    assert phone.post(path, {"answer": "accepted"}).status_code == 303
    assert "Lovely! Nia and Theo are coming." in words(phone.get(path))


def test_after_a_no_a_move_is_told_and_nothing_is_asked(parent: Contact, phone: Client) -> None:
    make_response(parent.invitation, Answer.DECLINED)
    party = Party.objects.get(pk=parent.invitation.party_id)
    party.place = "Larch Street Hall"
    revise_party(party=party, changed={"place"}, now=NOW)

    said = words(phone.get(answer_path(parent)))

    assert "Thank you for telling us." in said
    assert "The plan has changed since you answered. This is how it is now:" in said
    assert "Larch Street Hall" in said


def test_what_the_host_wrote_down_since_is_hinted_at_and_not_shown(phone: Client, db: None) -> None:
    said = words(phone.get(by_mail(differing())))

    assert "So far you told us: We’re coming Dee has a newer answer from your home." in said
    assert "Lovely!" not in said


def test_parents_who_differ_each_see_their_own_answer_only(phone: Client, db: None) -> None:
    invitation = disputed()
    first, second = invitation.contacts.order_by("pk")

    hers, his = words(phone.get(answer_path(first))), words(phone.get(answer_path(second)))

    assert "Lovely! Nia and Theo are coming." in hers
    assert "Dee may ask you once more, to be sure." in hers
    assert "Thank you for telling us." in his
    for secret in ("Olaf", "weekend", "other-parent@example.com"):
        assert secret not in hers


@pytest.mark.parametrize(
    "reader", [pytest.param(by_link, id="the household's link"), pytest.param(None, id="a contact")]
)
def test_a_voice_that_has_not_answered_sees_no_other_voice(
    reader: object, parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, Answer.ACCEPTED, allergies="NUTS", message="SECRET", adults=7)
    other = make_contact(parent.invitation, email="olaf@example.com", name="Olaf")

    path = by_link(parent.invitation) if reader else answer_path(other)
    response = phone.get(path)

    assert "Can Nia and Theo come?" in words(response)
    assert "SECRET" not in response.content.decode()
    assert "NUTS" not in response.content.decode()
    assert "aria-current" not in response.content.decode()


def test_the_link_of_a_household_and_its_slip_are_two_voices(
    phone: Client, twins: Invitation
) -> None:
    make_response(twins, Answer.DECLINED, channel=Channel.PAPER, message="BY SLIP")

    assert "BY SLIP" not in phone.get(by_link(twins)).content.decode()


def test_a_child_who_was_added_later_is_asked_for(parent: Contact, phone: Client) -> None:
    make_response(parent.invitation, Answer.ACCEPTED)
    parent.invitation.guests.create(name="Zoe", position=2)

    assert "Can Nia, Theo and Zoe come?" in words(phone.get(answer_path(parent)))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(cancelled, "The party is off. Dee had to cancel JJ’s party", id="cancelled"),
        pytest.param(over, "The party is over. JJ’s party was on Saturday 12 June", id="over"),
    ],
)
def test_a_party_that_is_off_or_over_says_so_and_takes_no_answer(
    make: object, says: str, phone: Client, db: None
) -> None:
    assert callable(make)
    path = by_mail(make())

    shown, posted = phone.get(path), phone.post(path, {"answer": "accepted"})

    for response in (shown, posted):
        assert response.status_code == 200
        assert says in words(response)
        assert "<button" not in response.content.decode()
    assert not Invitation.objects.exclude(answer="silent").exists()


def test_the_host_s_reason_for_cancelling_is_quoted(phone: Client, db: None) -> None:
    assert "JJ has chickenpox. Dee, JJ’s mum" in words(phone.get(by_mail(cancelled())))


def test_the_household_s_link_offers_no_stop_because_it_knows_no_address(
    twins: Invitation, phone: Client
) -> None:
    page = phone.get(by_link(twins)).content.decode()

    assert "/stop/" not in page
    assert "Please keep its link to yourself." in page


@pytest.mark.parametrize("stage", STAGES)
def test_a_page_has_no_script_no_inline_style_and_nothing_from_elsewhere(
    stage: str, phone: Client, db: None
) -> None:
    page = phone.get(STAGES[stage]()).content.decode()

    for unwanted in ("<script", "style=", "<style", "http://", "https://", "//cdn", "@import"):
        assert unwanted not in page


@pytest.mark.parametrize("stage", STAGES)
def test_every_form_carries_a_number_of_its_submission(stage: str, phone: Client, db: None) -> None:
    for form in forms(phone.get(STAGES[stage]())):
        assert len(form["submission_id"][0]) == 36


def test_no_page_shows_anything_of_another_family(phone: Client, db: None) -> None:
    party = make_party()
    ours = make_invitation(party, guests=("Nia",), emails=("ours@example.com",))
    canaries = ("Canary", "canary@example.com", "CANARY-LINE", "CANARY-NUTS", "CANARY-WORD")
    other = make_invitation(
        party, guests=("Canary",), emails=("canary@example.com",), personal_line="CANARY-LINE"
    )
    make_response(other, Answer.ACCEPTED, allergies="CANARY-NUTS", message="CANARY-WORD")

    paths = [by_mail(ours), by_link(ours), stop_path(ours.contacts.get())]
    pages = [phone.get(path).content.decode() for path in paths]
    make_response(ours, Answer.ACCEPTED)
    pages += [phone.get(path).content.decode() for path in paths]

    for page in pages:
        assert not [canary for canary in canaries if canary in page]
        assert "ours@example.com" not in page
