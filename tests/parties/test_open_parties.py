"""How many parties one host may have before them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from parties.models import Party
from parties.services import MAX_OPEN, TooManyParties, make_party
from tests.factories import NOW, make_host
from tests.factories import make_party as made
from tests.parties.test_party_form import TYPED

pytestmark = pytest.mark.django_db


def test_a_host_has_ten_parties_to_come_and_no_more() -> None:
    host = make_host()
    for _ in range(MAX_OPEN):
        made(host)
    party = Party.objects.first()
    assert party is not None
    party.pk = None
    party.slug = "another"
    with pytest.raises(TooManyParties):
        make_party(party=party, now=NOW)
    assert Party.objects.count() == MAX_OPEN


def test_parties_that_are_over_or_cancelled_or_anothers_do_not_count() -> None:
    host = make_host()
    for _ in range(MAX_OPEN - 1):
        made(host)
    made(host, day=date(2027, 5, 1))
    made(host, cancelled_at=NOW)
    made().co_hosts.add(host)
    party = made()
    party.pk, party.host, party.slug = None, host, "another"
    assert make_party(party=party, now=NOW).pk


def test_the_page_says_so_and_keeps_what_was_typed(client: Client) -> None:
    host = make_host()
    day = timezone.now().date() + timedelta(days=30)
    for _ in range(MAX_OPEN):
        made(host, day=day)
    client.force_login(host)
    answer = client.post("/parties/new/", {**TYPED, "day": day.isoformat()})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "You have 10 parties to come" in page
    assert Party.objects.count() == MAX_OPEN
