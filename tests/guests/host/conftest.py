from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from time_machine import Traveller, travel

from parties.models import Host, Party
from tests.factories import NOW, make_host, make_party


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A Monday noon in London, three weeks before the party."""
    with travel(NOW, tick=False) as found:
        yield found


@pytest.fixture
def host(db: None) -> Host:
    return make_host(name="Dee")


@pytest.fixture
def party(host: Host) -> Party:
    return make_party(host)


@pytest.fixture
def dee(host: Host, clock: Traveller) -> Client:
    """A browser in which the host is signed in."""
    client = Client()
    client.force_login(host)
    return client


@pytest.fixture
def stranger(db: None, clock: Traveller) -> Client:
    """A browser in which another host is signed in."""
    client = Client()
    client.force_login(make_host())
    return client


@pytest.fixture
def now() -> datetime:
    return NOW
