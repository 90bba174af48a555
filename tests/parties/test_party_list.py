from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from parties.models import Host
from tests.factories import NOW, make_host, make_party

PATH = "/parties/"


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def host(db: None) -> Host:
    return make_host()


@pytest.fixture
def dee(host: Host) -> Client:
    client = Client()
    client.force_login(host)
    return client


def test_it_lists_the_hosts_own_parties_with_the_soonest_first(dee: Client, host: Host) -> None:
    make_party(host, child_name="Late", day=date(2027, 7, 1))
    make_party(host, child_name="Soon")
    make_party(host, child_name="Past", day=date(2026, 7, 1))
    make_party(child_name="Foreign")
    text = dee.get(PATH).content.decode()
    assert text.index("Soon turns 6") < text.index("Late turns 6") < text.index("Past turns 6")
    assert "Foreign" not in text


def test_it_invites_to_make_one_where_there_is_none(dee: Client) -> None:
    text = dee.get(PATH).content.decode()
    assert "No party yet" in text
    assert 'href="/parties/new/"' in text


def test_a_party_that_one_helps_with_is_there_too(dee: Client, host: Host) -> None:
    make_party(child_name="Helped").co_hosts.add(host)
    assert "Helped turns 6" in dee.get(PATH).content.decode()


def test_it_asks_who_is_not_signed_in_to_sign_in(db: None) -> None:
    assert Client().get(PATH).status_code == 302


def test_it_refuses_a_post(dee: Client) -> None:
    assert dee.post(PATH).status_code == 405


def test_many_parties_take_no_more_queries_than_one(
    dee: Client, host: Host, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        make_party(host)
    with django_assert_num_queries(4):  # session, host, those to come, those that were
        dee.get(PATH)


def test_the_first_page_is_there_for_everybody(client: Client, db: None) -> None:
    assert client.get("/").status_code == 200
    assert client.post("/").status_code == 405
