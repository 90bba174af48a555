"""How far mail to each contact came, in one word, wherever a host looks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from guests.bouncing import mark_bounced, mark_complained
from guests.deliveries.hearing import News, heard
from guests.deliveries.truth import Delivery, delivery_of
from guests.host.reach import Stand, home_line
from guests.models import Contact, Fate, Invitation, OutgoingEmail, State
from guests.reasons import Reason
from guests.stopping import stop_everything, stop_party
from parties.models import Party
from parties.words import Answer, Kind
from tests.factories import (
    NOW,
    make_contact,
    make_host,
    make_invitation,
    make_mail,
    make_party,
    make_response,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def party() -> Party:
    return make_party(make_host(email="dee@example.org"))


@pytest.fixture
def dee(party: Party, client: Client, time_machine: object) -> Client:
    time_machine.move_to(NOW, tick=False)  # type: ignore[attr-defined]
    client.force_login(party.host)
    return client


def mail(contact: Contact, **over: object) -> OutgoingEmail:
    return make_mail(contact, **{"state": State.SENT, **over})  # type: ignore[arg-type]


def reminder(contact: Contact, **over: object) -> OutgoingEmail:
    return mail(contact, **{"kind": Kind.REMINDER, "occasion": "7", **over})


def bounced(contact: Contact) -> None:
    mail(contact)
    mark_bounced(address_id=contact.address_id or 0, now=NOW)


def complained(contact: Contact) -> None:
    mail(contact)
    mark_complained(address_id=contact.address_id or 0, now=NOW)


def answered(contact: Contact) -> None:
    mail(contact)
    make_response(contact.invitation, Answer.ACCEPTED, contact=contact)


def waits_after_one_that_went(contact: Contact) -> None:
    mail(contact)
    reminder(contact, state=State.QUEUED)


def came_back_and_then_got_there(contact: Contact) -> None:
    mail(contact, fate=Fate.SOFT)
    reminder(contact)


SEEN: dict[str, tuple[Callable[[Contact], object], Delivery]] = {
    "invited a moment ago": (lambda _one: None, Delivery.QUEUED),
    "queued": (lambda one: mail(one, state=State.QUEUED), Delivery.QUEUED),
    "accepted": (mail, Delivery.ACCEPTED),
    "delivered": (lambda one: mail(one, fate=Fate.DELIVERED), Delivery.DELIVERED),
    "unclear": (lambda one: mail(one, state=State.UNCERTAIN), Delivery.UNCLEAR),
    "refused": (lambda one: mail(one, state=State.FAILED), Delivery.REFUSED),
    "mailbox full": (lambda one: mail(one, fate=Fate.SOFT), Delivery.CAME_BACK),
    "blocked": (lambda one: mail(one, fate=Fate.POLICY), Delivery.REFUSED),
    "bounced": (bounced, Delivery.BOUNCED),
    "complained": (complained, Delivery.COMPLAINED),
    "stopped": (lambda one: (mail(one), stop_party(contact=one, now=NOW)), Delivery.STOPPED),
    "stopped all": (
        lambda one: (mail(one), stop_everything(contact=one, now=NOW)),
        Delivery.STOPPED_ALL,
    ),
    "answered": (answered, Delivery.ANSWERED),
    "another mail waits": (waits_after_one_that_went, Delivery.ACCEPTED),
    "the next one got there": (came_back_and_then_got_there, Delivery.ACCEPTED),
    "only skipped": (lambda one: mail(one, state=State.SKIPPED), Delivery.NOT_SENT),
}


def seen(contact: Contact) -> Delivery:
    contact = Contact.objects.select_related("address", "invitation").get(pk=contact.pk)
    mails = list(OutgoingEmail.objects.order_by("pk"))
    return delivery_of(contact, mails, invited=contact.invitation.invited_at is not None)


@pytest.mark.parametrize("case", SEEN)
def test_each_contact_has_one_word(party: Party, case: str) -> None:
    happens, expected = SEEN[case]
    contact = make_invitation(party).contacts.get()
    happens(contact)
    assert seen(contact) is expected


def test_nobody_is_told_of_mail_that_cannot_go(party: Party) -> None:
    assert seen(make_contact(make_invitation(party, emails=()))) is Delivery.NO_ADDRESS
    waiting = make_invitation(party, invited_at=None)
    assert seen(waiting.contacts.get()) is Delivery.NOT_INVITED


def stand(home: Invitation) -> tuple[Stand, str]:
    home.refresh_from_db()
    line = home_line(
        home.party, home, home.guests.all(), home.contacts.all(), list(home.mails.order_by("pk"))
    )
    return line.stand, line.lost_why


@pytest.mark.parametrize(
    ("fate", "why"),
    [
        (Fate.SOFT, Reason.CAME_BACK),
        (Fate.POLICY, Reason.REFUSED),
        (Fate.HARD, Reason.BOUNCED),
        (Fate.COMPLAINT, Reason.COMPLAINED),
    ],
)
def test_a_home_whose_only_mail_came_back_is_not_reached(
    party: Party, fate: Fate, why: Reason
) -> None:
    home = make_invitation(party, reached=True)
    assert stand(home) == (Stand.SILENT, "")
    heard(mail_id=home.mails.get().pk, news=News("k", fate), now=NOW)
    assert stand(home) == (Stand.LOST, why)


def test_one_grown_up_who_got_it_is_enough(party: Party) -> None:
    home = make_invitation(party, emails=("a@example.com", "b@example.com"), reached=True)
    first = home.mails.order_by("pk").first()
    assert first is not None
    heard(mail_id=first.pk, news=News("k", Fate.SOFT), now=NOW)
    assert stand(home) == (Stand.SILENT, "")


def test_a_later_mail_that_got_there_is_enough(party: Party) -> None:
    home = make_invitation(party, reached=True)
    heard(mail_id=home.mails.get().pk, news=News("k", Fate.SOFT), now=NOW)
    reminder(home.contacts.get())
    assert stand(home) == (Stand.SILENT, "")


def test_the_dashboard_says_how_far_mail_came(dee: Client, party: Party) -> None:
    make_invitation(party, guests=("Mia",), reached=True)
    two = make_invitation(party, guests=("Leo",), emails=("a@example.com",), reached=True)
    make_contact(two, "dan@example.com", name="Dan")
    full = make_invitation(party, guests=("Ava",), reached=True)
    heard(mail_id=full.mails.get().pk, news=News("k", Fate.SOFT), now=NOW)
    text = dee.get(f"/parties/{party.pk}/").content.decode()
    assert "Anna. Mail accepted." in text
    assert "Anna: Mail accepted. Dan: On its way." in text
    assert "1 home was not reached" in text
    assert "The mailbox may be full." in text


@pytest.mark.parametrize("fate", [Fate.HARD, Fate.COMPLAINT])
def test_a_yes_does_not_hide_that_mail_no_longer_gets_there(
    dee: Client, party: Party, fate: Fate
) -> None:
    home = make_invitation(party, reached=True, answer=Answer.ACCEPTED)
    heard(mail_id=home.mails.get().pk, news=News("k", fate), now=NOW)
    text = dee.get(f"/parties/{party.pk}/").content.decode()
    assert "1 mail got stuck" in text
    assert ("Mail came back." if fate is Fate.HARD else "Marked as spam.") in text


@pytest.mark.parametrize(
    ("fate", "tag"), [(Fate.HARD, "Mail came back"), (Fate.COMPLAINT, "Marked as spam")]
)
def test_the_page_of_a_home_offers_three_ways(
    dee: Client, party: Party, fate: Fate, tag: str
) -> None:
    home = make_invitation(party, emails=())
    contact = make_contact(home, "anna@example.com", phone="+447700900118")
    heard(mail_id=mail(contact).pk, news=News("k", fate), now=NOW)
    text = dee.get(f"/parties/{party.pk}/homes/{home.pk}/").content.decode()
    assert f'data-a="lost">{tag}</span>' in text
    assert f'href="?correct={contact.pk}#contact{contact.pk}"' in text
    assert 'href="#link"' in text
    assert 'href="tel:+447700900118"' in text
    assert ("came back." if fate is Fate.HARD else "marked as spam.") in text
