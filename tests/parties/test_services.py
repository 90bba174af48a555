"""Making, changing and cancelling a party."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from guests.models import Channel, Invitation
from parties.models import Party, Rule
from parties.schedule import DEFAULT_RULES
from parties.services import cancel_party, revise_party
from parties.words import Answer
from tests.factories import NOW, make_host, make_invitation, make_party, make_response

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def test_a_new_party_has_the_whole_plan() -> None:
    party = make_party()
    lines = [rule.line for rule in party.rules.order_by("pk")]
    assert lines == [
        default.line(line.key) for default, line in zip(DEFAULT_RULES, lines, strict=True)
    ]


def test_its_instants_are_derived_from_its_local_times() -> None:
    party = make_party(timezone="America/New_York", day=date(2027, 3, 14), starts=time(2, 30))
    # 02:30 is in the gap of that night: the clocks go from 02:00 to 03:00
    assert party.starts_at.isoformat() == "2027-03-14T07:30:00+00:00"


@pytest.mark.parametrize("field", ["day", "starts", "place", "where_exactly"])
def test_a_change_of_when_or_where_raises_the_revision(field: str) -> None:
    party = make_party()
    new = {"day": date(2027, 6, 13), "starts": time(13), "place": "The hall", "where_exactly": "x"}
    setattr(party, field, new[field])
    assert revise_party(party=party, changed=[field], now=LATER)
    party.refresh_from_db()
    assert (party.revision, party.revised_at) == (2, LATER)


def test_other_changes_do_not() -> None:
    party = make_party()
    party.about_child = "Likes comics"
    assert not revise_party(party=party, changed=["about_child"], now=LATER)
    party.refresh_from_db()
    assert (party.revision, party.revised_at, party.about_child) == (1, None, "Likes comics")


def test_two_tabs_do_not_lose_a_revision() -> None:
    first = make_party()
    second = Party.objects.get(pk=first.pk)
    first.place = "The hall"
    revise_party(party=first, changed=["place"], now=LATER)
    second.starts = time(13)
    revise_party(party=second, changed=["starts"], now=LATER)
    assert Party.objects.get().revision == 3


def test_what_another_tab_changed_meanwhile_stays_changed() -> None:
    first = make_party()
    second = Party.objects.get(pk=first.pk)
    first.day = date(2027, 6, 13)
    revise_party(party=first, changed=["day"], now=LATER)
    Party.objects.update(next_look_at=NOW, cancel_note="Chickenpox.")
    second.starts = time(13)
    revise_party(party=second, changed=["starts"], now=LATER)
    party = Party.objects.get()
    assert (party.day, party.starts) == (date(2027, 6, 13), time(13))
    assert party.starts_at.isoformat() == "2027-06-13T12:00:00+00:00"
    assert (party.next_look_at, party.cancel_note) == (NOW, "Chickenpox.")
    assert (second.day, second.next_look_at) == (party.day, NOW)


@pytest.mark.parametrize("moved", [True, False], ids=["moved", "cancelled"])
def test_a_home_that_answered_before_it_was_invited_is_looked_at_too(moved: bool) -> None:
    party = make_party()
    home = make_invitation(party, invited_at=None)
    make_response(home, Answer.ACCEPTED, channel=Channel.HOST)
    Invitation.objects.update(next_mail_at=None)
    if moved:
        party.place = "The hall"
        revise_party(party=party, changed=["place"], now=LATER)
    else:
        cancel_party(party=party, note="", now=LATER)
    home.refresh_from_db()
    assert home.next_mail_at == LATER


def test_each_homes_reply_by_moves_with_the_partys() -> None:
    party = make_party()
    early = make_invitation(party)
    late = make_invitation(party, invited_at=party.reply_by_at - timedelta(hours=1))
    fresh = make_invitation(party, invited_at=None)
    party.reply_by = date(2027, 6, 9)
    revise_party(party=party, changed=["reply_by"], now=LATER)
    for home in (early, late, fresh):
        home.refresh_from_db()
    assert early.reply_by_at == party.reply_by_at
    assert late.invited_at is not None
    assert late.reply_by_at == max(party.reply_by_at, late.invited_at + timedelta(hours=48))
    assert fresh.reply_by_at is None
    assert early.next_mail_at == LATER
    assert fresh.next_mail_at is None


def test_cancelling_twice_keeps_the_first_moment() -> None:
    party = make_party()
    home = make_invitation(party)
    cancel_party(party=party, note="Chickenpox.", now=NOW)
    cancel_party(party=Party.objects.get(), note="", now=LATER)
    party = Party.objects.get()
    home.refresh_from_db()
    assert (party.cancelled_at, party.cancel_note) == (NOW, "Chickenpox.")
    assert home.next_mail_at == NOW


def test_hosts_and_co_hosts_have_the_door_and_strangers_have_none() -> None:
    rosa, helper, stranger = make_host(), make_host(), make_host()
    party = make_party(rosa)
    party.co_hosts.add(helper)
    assert list(Party.objects.for_host(rosa)) == [party]
    assert list(Party.objects.for_host(helper)) == [party]
    assert not Party.objects.for_host(stranger).exists()
    assert set(party.hosts()) == {rosa, helper}


@pytest.mark.parametrize(
    "wrong",
    [{"ends": time(13)}, {"reply_by": date(2027, 6, 13)}, {"enough": 0}],
    ids=["ends before it starts", "reply-by after the party", "enough is none"],
)
def test_the_database_refuses_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_party(**wrong)


def test_a_rule_of_the_plan_is_never_for_a_mail_outside_it() -> None:
    party = make_party()
    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.create(party=party, kind="invitation", anchor="half_way")
