"""An account whose mail comes back, or is called spam, is paused; a few slips do no harm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guests.bouncing import mark_bounced, mark_complained
from guests.models import OutgoingEmail, State
from guests.operators.notices import notices
from guests.operators.reputation import watch
from guests.operators.rounds import go_round
from guests.strangers import lift_pause
from parties.models import Host, Party
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_party

pytestmark = pytest.mark.django_db


def write_to(party: Party, count: int, *, bounced: int = 0, complained: int = 0) -> None:
    """Mails to so many addresses an hour ago; of the first ones they came back, or complaints."""
    home = make_invitation(party, emails=())
    for number in range(count):
        contact = make_contact(home, email=f"p{OutgoingEmail.objects.count()}@example.com")
        make_mail(contact, state=State.SENT, at=NOW - timedelta(hours=1))
        assert contact.address_id is not None
        if number < bounced:
            mark_bounced(address_id=contact.address_id, now=NOW)
        if number < complained:
            mark_complained(address_id=contact.address_id, now=NOW)


def is_paused(party: Party) -> bool:
    return Host.objects.get(pk=party.host_id).paused_at is not None


@pytest.mark.parametrize(
    ("mails", "bounced", "complained", "paused"),
    [
        pytest.param(22, 4, 0, False, id="a class list with four slips"),
        pytest.param(100, 9, 0, False, id="nine of a hundred"),
        pytest.param(100, 10, 0, True, id="ten of a hundred"),
        pytest.param(210, 10, 0, False, id="less than one in twenty"),
        pytest.param(30, 0, 1, False, id="one complaint"),
        pytest.param(30, 0, 2, True, id="two complaints"),
    ],
)
def test_an_account_is_paused_by_what_came_back(
    mails: int, bounced: int, complained: int, paused: bool
) -> None:
    party = make_party()
    write_to(party, mails, bounced=bounced, complained=complained)
    assert watch(NOW) == int(paused)
    assert is_paused(party) == paused
    assert watch(NOW) == 0


def test_the_operator_is_told_and_what_was_lifted_stays_lifted() -> None:
    party = make_party()
    write_to(party, 30, bounced=10)
    go_round(NOW, beat=True)
    assert is_paused(party)
    assert "comes back" in notices(NOW)[f"paused-{party.host_id}"]
    lift_pause(host_id=party.host_id)
    assert watch(NOW + timedelta(hours=1)) == 0
    write_to(party, 30, bounced=10)
    assert watch(NOW + timedelta(hours=1)) == 1


def test_what_came_back_longer_ago_or_to_another_host_does_not_count() -> None:
    party, other = make_party(), make_party()
    write_to(other, 30, bounced=10)
    assert watch(NOW + timedelta(days=1)) == 0
    write_to(party, 30)
    assert watch(NOW) == 1
    assert not is_paused(party)
