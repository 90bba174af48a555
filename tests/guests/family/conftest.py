"""What the tests of the family's pages share: a client without cookies, and the whole database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.apps import apps
from django.core import serializers
from django.test import Client

from guests.models import Contact, Invitation
from tests.factories import NOW, make_invitation, make_party


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is NOW, and stays so until a test moves on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone() -> Client:
    """A family’s browser, on a site that minds CSRF."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def twins(db: None) -> Invitation:
    """Nia and Theo, one contact, invited to Jamie's seventh."""
    party = make_party(
        child_name="Jamie",
        turns=7,
        host_name="Rosa",
        host_is="Jamie’s mum",
        host_phone="+44 7700 900412",
        about_child="His words can be hard to catch.",
        stay_note="Both are fine.",
        food_note="Pizza and cake.",
        theme="dinosaurs",
    )
    return make_invitation(
        party, guests=("Nia", "Theo"), personal_line="Nia, he still talks about the tunnel."
    )


@pytest.fixture
def parent(twins: Invitation) -> Contact:
    """The only contact of the twins."""
    return twins.contacts.get()


@pytest.fixture
def everything(db: None) -> Callable[[], str]:
    """The whole database as one text, to see that nothing was written."""

    def dump() -> str:
        rows = [
            row
            for model in sorted(apps.get_models(), key=lambda model: model._meta.label)
            if model._meta.managed
            for row in json.loads(
                serializers.serialize("json", model._default_manager.order_by("pk"))
            )
        ]
        return json.dumps(rows, sort_keys=True)

    return dump
