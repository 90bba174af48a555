"""The mails as a phone shows them: the buttons on the first screen, equal, and nothing cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from parties.themes import THEMES
from parties.words import HOST_KINDS, Answer, Kind
from tests import chromium
from tests.factories import NOW, make_invitation, make_mail, make_party, make_response
from tests.guests.mails.reading import receive

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

FIRST_SCREEN = 450  # CSS pixels down from the top of a mail, at a width of 360
KINDS = [kind for kind in Kind if kind not in HOST_KINDS]
LINE = "Nia, Jamie still talks about the tunnel you two dug. Theo, he has kept the green digger."


def html_of(kind: Kind, theme: str = "balloons") -> str:
    party = make_party(
        theme=theme, place="Larch Street Hall", where_exactly="8 Larch Street, the green side door"
    )
    invitation = make_invitation(party, guests=("Nia", "Theo"), personal_line=LINE)
    response = make_response(invitation, Answer.ACCEPTED)
    mail = make_mail(invitation.contacts.get(), kind=kind, occasion=str(response.pk))
    return receive(mail, NOW).html


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that is there only while it is used: the database is not asked meanwhile."""
    options: dict[str, Any] = chromium.launch_options()
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as launched:
        yield launched


def opened(launched: Browser, html: str, scheme: Any = "light") -> Page:
    page = launched.new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme)
    page.set_content(html)
    return page


def test_equal_buttons_stand_on_the_first_screen_of_a_phone() -> None:
    htmls = {kind: html_of(kind) for kind in KINDS}
    with browser() as launched:
        for kind, html in htmls.items():
            page = opened(launched, html)
            boxes = [box for link in page.locator("a.bt").all() if (box := link.bounding_box())]
            assert len(boxes) == {Kind.STILL_ON: 2, Kind.CANCELLED: 0, Kind.CONFIRMATION: 1}.get(
                kind, 3
            )
            assert all(box["y"] + box["height"] <= FIRST_SCREEN for box in boxes), kind
            assert all(box["height"] >= 44 for box in boxes), kind
            assert len({(box["y"], round(box["height"])) for box in boxes}) <= 1, kind
            assert page.evaluate("document.documentElement.scrollWidth") == 360, kind


def test_every_theme_can_be_read_by_day_and_by_night() -> None:
    htmls = {theme: html_of(Kind.INVITATION, theme) for theme in THEMES}
    with browser() as launched:
        for theme, html in htmls.items():
            for scheme in ("light", "dark"):
                found = Axe().run(opened(launched, html, scheme)).response["violations"]
                assert found == [], f"{theme}, {scheme}"
