"""Forgetting a family: what tells who they are goes, the numbers stay, and nothing breaks."""

from __future__ import annotations

import io
import json
import random
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import call_command

from guests.answering import Closed
from guests.audit import audit
from guests.forgetting import forget, held
from guests.host.overview import Overview
from guests.inviting import (
    AskedToBeForgotten,
    NewContact,
    NewHousehold,
    add_contact,
    add_households,
    correct_contact,
    invite,
)
from guests.links import OF_CONTACTS, Purpose, open_token, token_for
from guests.mails.compose import compose, for_composing
from guests.mails.confirming import NothingToSay
from guests.models import (
    Address,
    Channel,
    Contact,
    Fate,
    Guest,
    Invitation,
    OutgoingEmail,
    Report,
    Response,
    State,
)
from guests.outbox.claim import claim
from guests.outbox.commit import Prepared, commit_point
from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.record import record, record_nothing_to_say
from guests.outbox.recover import recover
from guests.planner import plan
from guests.reasons import Reason
from guests.stopping import stop_party
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

pytestmark = pytest.mark.django_db
ANNA = "anna.canary@example.com"
#: Everything that a home tells, and that may not be found anywhere once it was forgotten.
CANARIES = (
    "canary", "Niamh", "Theodric", "Annabella", "Tomasz", "7700900412", "peanutallergy",
    "messagewords", "personalwords",
)  # fmt: skip


def told_everything() -> Contact:
    """A home of two grown-ups and two children that has said and been sent all there is."""
    home = make_invitation(
        make_party(),
        guests=("Niamh", "Theodric"),
        emails=(ANNA,),
        personal_line="personalwords",
        favourite=True,
        reached=True,
    )
    anna = home.contacts.get()
    Contact.objects.filter(pk=anna.pk).update(name="Annabella", phone="+447700900412")
    tom = make_contact(home, "tom.canary@example.com", name="Tomasz")
    make_response(
        home,
        Answer.ACCEPTED,
        contact=anna,
        allergies="peanutallergy",
        message="messagewords",
        adults=2,
        siblings=1,
        stays="stay",
    )
    make_response(home, Answer.TENTATIVE, contact=tom, know_by=date(2027, 6, 5))
    wrong = make_contact(home, "old.canary@example.com", name="Tomasz")
    Contact.objects.filter(pk=wrong.pk).update(retired_at=NOW)
    kept = make_mail(anna, kind=Kind.CONFIRMATION, occasion="1", state=State.SENT)
    OutgoingEmail.objects.filter(pk=kept.pk).update(body=b"to Annabella: messagewords")
    news = make_mail(host=home.party.host, party=home.party, kind=Kind.NEWS, state=State.SENT)
    OutgoingEmail.objects.filter(pk=news.pk).update(body=b"Niamh: messagewords")
    address = Address.objects.get(email=ANNA)
    Report.objects.create(key="1", mail=kept, address=address, fate=Fate.DELIVERED)
    return Contact.objects.get(pk=anna.pk)


def everything() -> str:
    """The whole database as one text."""
    rows = [
        row
        for model in apps.get_models()
        if model._meta.managed
        for row in json.loads(serializers.serialize("json", model._default_manager.all()))
    ]
    return json.dumps(rows)


def forgotten(contact: Contact, *, never_again: bool = False) -> int:
    return forget(
        invitation_id=contact.invitation_id, contact=contact, never_again=never_again, now=NOW
    )


def clean() -> bool:
    """Whether the audit finds nothing."""
    return not any(audit(NOW).values())


def test_nothing_of_the_family_is_found_anywhere_afterwards() -> None:
    contact = told_everything()
    before = everything()
    assert all(canary in before for canary in CANARIES)

    assert forgotten(contact) == 1

    after = everything()
    assert [canary for canary in CANARIES if canary in after] == []


def test_the_answer_and_its_numbers_stay() -> None:
    contact = told_everything()
    forgotten(contact)

    home = Invitation.objects.get()
    assert (home.answer, home.disputed, home.forgotten_at) == ("accepted", True, NOW)
    assert [guest.answer for guest in home.guests.all()] == ["accepted", "accepted"]
    first = Response.objects.order_by("pk")[0]
    assert (first.adults, first.siblings) == (2, 1)
    assert clean()


def test_a_yes_counts_for_the_seats_and_for_the_alarm_as_before() -> None:
    party = make_party()
    contact = make_invitation(party, guests=("Mia", "Leo"), answer=Answer.ACCEPTED).contacts.get()
    before = Overview(party, NOW).seats
    forgotten(contact)

    view = Overview(party, NOW)
    assert view.seats == before == {"coming": 2}
    assert Invitation.objects.get().standing_yes(party)
    assert [home.names for home in view.homes] == [
        "A family that asked to be forgotten (2 children)"
    ]


def test_forgetting_twice_is_forgetting_once(django_assert_max_num_queries: Any) -> None:
    contact = told_everything()
    assert forgotten(contact) == 1
    once = everything()

    assert forgotten(contact) == 0
    assert everything() == once


def test_every_link_of_the_home_dies() -> None:
    contact = told_everything()
    home = contact.invitation
    own, shared = set(Purpose) & OF_CONTACTS, set(Purpose) - OF_CONTACTS
    tokens = [token_for(purpose, contact) for purpose in own]
    tokens += [token_for(purpose, home) for purpose in shared]
    assert all(open_token(token, set(Purpose), NOW) for token in tokens)

    forgotten(contact)

    assert not any(open_token(token, set(Purpose), NOW) for token in tokens)
    anew = token_for(Purpose.FAMILY, Invitation.objects.get())
    assert open_token(anew, set(Purpose), NOW) is None


@pytest.mark.parametrize("state", [State.QUEUED, State.CLAIMED])
def test_a_mail_that_waits_is_put_away(state: State) -> None:
    contact = make_invitation(emails=(ANNA,), reached=True).contacts.get()
    mail = make_mail(contact, kind=Kind.REMINDER, occasion="by hand", state=state)

    forgotten(contact)

    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.FORGOTTEN)
    assert (mail.claim_token, mail.lease_until) == (None, None)


def unclear(contact: Contact, state: State) -> OutgoingEmail:
    """A confirmation of which nobody knows whether it arrived, on its way to go again."""
    mail = make_mail(contact, kind=Kind.CONFIRMATION, occasion="1", state=state)
    OutgoingEmail.objects.filter(pk=mail.pk).update(
        body=b"bytes", body_sha256="sum", handed_at=NOW, composed_at=NOW
    )
    return mail


@pytest.mark.parametrize("state", [State.QUEUED, State.CLAIMED, State.UNCERTAIN])
def test_a_mail_that_may_have_arrived_is_held_and_never_goes_again(state: State) -> None:
    contact = make_invitation(emails=(ANNA,), reached=True).contacts.get()
    mail = unclear(contact, state)

    forgotten(contact)
    recover(NOW + timedelta(hours=1))

    mail.refresh_from_db()
    assert (mail.state, mail.reason, mail.body) == (State.UNCERTAIN, Reason.UNCLEAR, None)
    assert clean()


def handing() -> tuple[OutgoingEmail, uuid.UUID]:
    """A confirmation that has passed the commit point when its family asks to be forgotten."""
    contact = make_invitation(emails=(ANNA,), reached=True, answer=Answer.ACCEPTED).contacts.get()
    make_mail(contact, kind=Kind.CONFIRMATION, occasion=str(contact.invitation.responses.get().pk))
    batch = claim(NOW, 10)
    (mail,) = batch.mails
    assert commit_point(mail, batch.token, NOW, Prepared(b"bytes", "sum", NOW, 1))
    forgotten(contact)
    return mail, batch.token


#: What a mail server may say to a mail whose family was forgotten meanwhile.
REFUSED = Outcome(Result.REFUSED, Phase.RCPT, 550, "5.1.1")
OUTCOMES = {
    "taken": (Outcome(Result.SENT, Phase.DOT, 250), State.SENT),
    "silence after the dot": (Outcome(Result.UNCLEAR, Phase.DOT), State.UNCERTAIN),
    "not now": (Outcome(Result.NOT_NOW, Phase.DATA, 451), State.SKIPPED),
    "no such address": (REFUSED, State.FAILED),
}


@pytest.mark.parametrize("said", OUTCOMES)
def test_what_is_on_the_wire_is_written_down_and_brings_nothing_back(said: str) -> None:
    outcome, state = OUTCOMES[said]
    mail, token = handing()

    record(mail, token, outcome, committed=True, now=NOW, rng=random.Random(1))
    for later in (1, 2, 3):
        moment = NOW + timedelta(hours=later)
        recover(moment)
        batch = claim(moment, 10)
        for again in batch.mails:
            with pytest.raises(NothingToSay):
                compose(again, moment)
            record_nothing_to_say(again, batch.token)

    mail.refresh_from_db()
    assert (mail.state, mail.body) == (state, None)
    assert ANNA not in everything()
    assert not Address.objects.filter(bounced_at__isnull=False).exists()


def test_a_mail_of_a_forgotten_home_cannot_be_composed() -> None:
    contact = make_invitation(emails=(ANNA,), reached=True).contacts.get()
    mail = make_mail(contact, kind=Kind.REMINDER, occasion="by hand")
    forgotten(contact)

    with pytest.raises(NothingToSay):
        compose(for_composing(OutgoingEmail.objects.filter(pk=mail.pk)).get(), NOW)


def test_the_plan_has_nothing_more_to_say_there_not_even_that_it_is_cancelled() -> None:
    contact = make_invitation(emails=(ANNA,), reached=True, answer=Answer.ACCEPTED).contacts.get()
    forgotten(contact)
    mails = OutgoingEmail.objects.filter(contact__isnull=False).count()

    cancel_party(party=Party.objects.get(), note="", now=NOW)
    plan(NOW)

    assert OutgoingEmail.objects.filter(contact__isnull=False).count() == mails
    assert clean()


def test_a_second_mail_of_the_same_kind_is_still_ruled_out() -> None:
    contact = make_invitation(emails=(ANNA,), reached=True).contacts.get()
    forgotten(contact)

    mail = OutgoingEmail.objects.get()
    assert (mail.recipient_key, mail.kind, mail.occasion) == (
        f"c:{contact.pk}",
        "invitation",
        "first",
    )


def test_an_address_that_others_use_stays_with_them() -> None:
    contact = make_invitation(emails=(ANNA,), reached=True).contacts.get()
    elsewhere = make_invitation(emails=(ANNA,), reached=True).contacts.get()

    forgotten(contact)

    elsewhere = Contact.objects.select_related("address").get(pk=elsewhere.pk)
    assert elsewhere.is_mailable
    assert elsewhere.address is not None
    assert elsewhere.address.email == ANNA
    assert OutgoingEmail.objects.get(contact=elsewhere).address == elsewhere.address


def test_who_wants_nothing_more_from_anybody_is_known_by_the_hash_alone() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    elsewhere = make_invitation(emails=(ANNA,)).contacts.get()

    forgotten(contact, never_again=True)

    assert not Contact.objects.select_related("address").get(pk=elsewhere.pk).is_mailable
    forgotten(elsewhere)
    assert ANNA not in everything()
    household = NewHousehold(guests=("Mia",), contacts=(NewContact(email=ANNA),))
    (home,) = add_households(party=make_party(), households=[household], now=NOW)
    assert not home.contacts.select_related("address").get().is_mailable


def test_without_that_wish_another_host_may_invite_them() -> None:
    forgotten(make_invitation(emails=(ANNA,)).contacts.get())

    household = NewHousehold(guests=("Mia",), contacts=(NewContact(email=ANNA),))
    (home,) = add_households(party=make_party(), households=[household], now=NOW)

    assert home.contacts.select_related("address").get().is_mailable


@pytest.mark.parametrize(
    "way",
    [NewContact(email=ANNA), NewContact(email=ANNA.upper()), NewContact(phone="+447700900412")],
    ids=["the address", "in capitals", "the number"],
)
def test_the_same_list_again_does_not_bring_the_home_back(way: NewContact) -> None:
    contact = told_everything()
    party = contact.invitation.party
    forgotten(contact)

    again = NewHousehold(guests=("Niamh", "Theodric"), contacts=(way,))
    other = NewHousehold(guests=("Ben",), contacts=(NewContact(email="ben@example.com"),))

    assert len(add_households(party=party, households=[again, other], now=NOW)) == 1
    assert Invitation.objects.count() == 2


def test_no_other_home_of_the_party_is_given_that_address() -> None:
    party = make_party()
    forgotten(make_invitation(party, emails=(ANNA,)).contacts.get())
    other = make_invitation(party, guests=("Ben",), emails=("ben@example.com",))

    with pytest.raises(AskedToBeForgotten):
        add_contact(invitation=other, contact=NewContact(email=ANNA), now=NOW)
    with pytest.raises(AskedToBeForgotten):
        correct_contact(contact=other.contacts.get(), corrected=NewContact(email=ANNA), now=NOW)
    assert not Address.objects.filter(email=ANNA).exists()


def test_nobody_is_added_to_a_home_that_was_forgotten() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    forgotten(contact)

    with pytest.raises(AskedToBeForgotten):
        add_contact(invitation=contact.invitation, contact=NewContact(name="Anna"), now=NOW)


def test_an_answer_that_comes_too_late_is_not_stored() -> None:
    home = make_invitation(emails=(ANNA,))
    contact = home.contacts.get()
    forgotten(contact)

    with pytest.raises(Closed):
        make_response(home, Answer.ACCEPTED, contact=contact, message="messagewords")
    with pytest.raises(Closed):
        make_response(home, Answer.ACCEPTED, channel=Channel.HOST)
    assert not Response.objects.exists()


def test_the_homes_of_siblings_with_one_address_go_together() -> None:
    party = make_party()
    mia = make_invitation(party, guests=("Mia",), emails=(ANNA,)).contacts.get()
    make_invitation(party, guests=("Leo",), emails=(ANNA,))
    make_invitation(party, guests=("Ben",), emails=("ben@example.com",))

    assert held(invitation=mia.invitation, contact=mia).children == ("Mia", "Leo")
    assert forgotten(mia) == 2
    assert set(Guest.objects.filter(name__startswith="#").values_list("answer", flat=True)) == {
        "silent"
    }
    assert Guest.objects.filter(name="Ben").exists()


def test_whoever_has_the_link_of_the_home_can_ask_as_well() -> None:
    home = make_invitation(emails=(ANNA,))

    assert forget(invitation_id=home.pk, contact=None, never_again=True, now=NOW) == 1

    assert ANNA not in everything()


def test_it_happened_after_the_mail_that_was_handed_over_meanwhile() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    later = NOW + timedelta(seconds=3)
    make_mail(contact, state=State.SENT, at=later)

    forgotten(contact)

    assert Invitation.objects.get().forgotten_at == later
    assert clean()


def test_an_earlier_stop_keeps_its_moment() -> None:
    contact = make_invitation(emails=(ANNA,)).contacts.get()
    stop_party(contact=contact, now=NOW - timedelta(days=1))

    forgotten(contact)

    assert Contact.objects.get().stopped_at == NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("no", "said"),
    [([], "A family that asked to be forgotten (2 children)"), ([1], "A child: can’t come")],
    ids=["both come", "one of two comes"],
)
def test_news_that_are_not_written_yet_name_nobody(no: list[int], said: str) -> None:
    home = make_invitation(guests=("Niamh", "Theodric"), emails=(ANNA,))
    answers = {
        guest.pk: Answer.DECLINED if place in no else Answer.ACCEPTED
        for place, guest in enumerate(home.guests.all())
    }
    response = make_response(home, answers, message="messagewords")
    forgotten(home.contacts.get())

    news = make_mail(
        host=home.party.host, party=home.party, kind=Kind.NEWS, occasion=str(response.pk)
    )
    letter = compose(for_composing(OutgoingEmail.objects.filter(pk=news.pk)).get(), NOW)

    assert said in str(letter.body)
    assert "#" not in str(letter.body)
    assert "messagewords" not in str(letter.body)


def test_a_home_that_was_forgotten_before_it_was_invited_is_not_invited() -> None:
    home = make_invitation(emails=(ANNA,), invited_at=None)
    forgotten(home.contacts.get())

    assert invite(party=Party.objects.get(), now=NOW) == 0


def test_the_command_that_audits_agrees() -> None:
    forgotten(told_everything())

    call_command("audit", stdout=io.StringIO())
