"""What a family's phone has to load on the first visit."""

from __future__ import annotations

import re

import brotli  # type: ignore[import-untyped]
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from parties.themes import THEMES
from tests.factories import make_invitation, make_party
from tests.guests.family.stages import STAGES, by_mail

MOST = 14 * 1024  # bytes, compressed, of everything that the first visit loads


def weight(page: str) -> int:
    """The page and every file that it names, as they go over the line."""
    total = len(brotli.compress(page.encode()))
    for name in re.findall(r'(?:href|src)="/static/([^"]+)"', page):
        found = finders.find(name)
        assert isinstance(found, str)
        with open(found, "rb") as file:
            total += len(brotli.compress(file.read()))
    return total


@pytest.mark.parametrize("stage", STAGES)
def test_the_first_visit_weighs_at_most_fourteen_kilobytes(
    stage: str, phone: Client, db: None
) -> None:
    assert weight(phone.get(STAGES[stage]()).content.decode()) <= MOST


@pytest.mark.parametrize("theme", THEMES)
def test_no_drawing_makes_it_heavier_than_that(theme: str, phone: Client, db: None) -> None:
    invitation = make_invitation(make_party(theme=theme))

    assert weight(phone.get(by_mail(invitation)).content.decode()) <= MOST
