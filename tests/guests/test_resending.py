"""The invitation once more, because the host asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from guests.judge import Skip, verdict
from guests.models import Contact, OutgoingEmail, State
from guests.reasons import Reason
from guests.reminding import Outcome
from guests.resending import invite_again
from guests.stopping import stop_everything, stop_party
from parties.models import Party
from parties.services import cancel_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party, make_response

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=21)


@pytest.fixture
def party() -> Party:
    return make_party()


def of(party: Party, state: State = State.SENT, **over: object) -> Contact:
    """The contact of a home whose first invitation came to this."""
    contact = make_invitation(party, **over).contacts.get()  # type: ignore[arg-type]
    make_mail(contact, state=state)
    return contact


def again(contact: Contact, *, only_unreached: bool = False) -> Outcome:
    (outcome,) = invite_again(
        party=contact.invitation.party,
        invitation_ids=[contact.invitation_id],
        form_uuid=uuid.uuid4(),
        now=LATER,
        only_unreached=only_unreached,
    )
    return outcome


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED, State.SENT, State.UNCERTAIN])
def test_it_goes_again_at_once(party: Party, state: State) -> None:
    contact = of(party, state)
    assert again(contact).at == LATER
    mail = OutgoingEmail.objects.get(state=State.QUEUED)
    assert (mail.kind, mail.contact, mail.not_before) == ("invitation", contact, LATER)


def test_the_same_form_twice_is_one_mail(party: Party) -> None:
    home = of(party).invitation
    form = uuid.uuid4()
    for _tap in range(2):
        outcomes = invite_again(party=party, invitation_ids=[home.pk], form_uuid=form, now=LATER)
        assert [one.at for one in outcomes] == [LATER]
    assert OutgoingEmail.objects.filter(state=State.QUEUED).count() == 1


def answered(contact: Contact) -> None:
    make_response(contact.invitation, Answer.DECLINED)


def invited_twice(contact: Contact) -> None:
    make_mail(contact, occasion="again", state=State.SENT)


def reminded(contact: Contact) -> None:
    make_mail(
        contact, kind=Kind.REMINDER, occasion="x", state=State.SENT, at=NOW + timedelta(hours=9)
    )


def waits(contact: Contact) -> None:
    make_mail(contact, occasion="again", state=State.QUEUED)


FORBIDDEN = [
    pytest.param(answered, Reason.ANSWERED, id="they answered"),
    pytest.param(invited_twice, Reason.INVITED_TWICE, id="invited twice"),
    pytest.param(reminded, Reason.TOO_CLOSE, id="reminded today"),
    pytest.param(waits, Reason.ON_ITS_WAY, id="one waits"),
    pytest.param(lambda c: stop_party(contact=c, now=NOW), Reason.STOPPED, id="stopped"),
    pytest.param(
        lambda c: stop_everything(contact=c, now=NOW), Reason.STOPPED_ALL, id="stopped for good"
    ),
    pytest.param(
        lambda c: cancel_party(party=c.invitation.party, note="", now=NOW),
        Reason.CANCELLED,
        id="cancelled",
    ),
]


@pytest.mark.parametrize(("happens", "reason"), FORBIDDEN)
def test_it_does_not_go_where_it_would_be_a_nuisance(
    party: Party, happens: Callable[[Contact], None], reason: Reason
) -> None:
    contact = of(party)
    happens(contact)
    outcome = again(contact)
    assert (outcome.at, outcome.why) == (None, reason)


def test_for_all_only_those_get_it_that_it_did_not_get_to(party: Party) -> None:
    assert again(of(party), only_unreached=True).why == Reason.ARRIVED
    assert again(of(party, State.FAILED), only_unreached=True).queued


def test_a_home_without_an_address_and_one_not_invited_say_why(party: Party) -> None:
    nobody = make_invitation(party, emails=())
    waiting = make_invitation(party, invited_at=None)
    ids = [nobody.pk, waiting.pk]
    outcomes = invite_again(party=party, invitation_ids=ids, form_uuid=uuid.uuid4(), now=LATER)
    assert [one.why for one in outcomes] == [Reason.NO_ADDRESS, Reason.NOT_INVITED]


def test_one_that_waits_does_not_go_to_who_has_answered_meanwhile(party: Party) -> None:
    contact = of(party)
    again(contact)
    make_response(contact.invitation, Answer.ACCEPTED)
    mail = OutgoingEmail.objects.get(state=State.QUEUED)
    found = verdict(
        mail,
        invitation=mail.invitation,
        party=mail.party,
        contact=mail.contact,
        address=mail.address,
        now=LATER,
    )
    assert found == Skip(Reason.ANSWERED)
