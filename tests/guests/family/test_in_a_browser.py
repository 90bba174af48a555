"""The pages in a real browser: by keyboard, without JavaScript, on a small phone, for axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from guests.links import answer_path, stop_path
from guests.models import Contact, Response
from tests import chromium
from tests.guests.family.stages import STAGES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chrome(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Page]]:
    """Opens pages of the live site in a Chromium that is gone again when the test ends.

    Playwright's loop runs in this thread meanwhile; the database may be used in it all the same.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    options: dict[str, Any] = {**chromium.launch_options()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield lambda **options: browser.new_page(base_url=live_server.url, **options)
        browser.close()
        connections.close_all()  # those that were opened beside that loop


def press_until(page: Page, words: str) -> None:
    """Walk through the page with the Tab key until the element with these words has the focus."""
    for _step in range(40):
        page.keyboard.press("Tab")
        if words in page.evaluate("document.activeElement.innerText || ''"):
            return
    pytest.fail(f"No Tab leads to “{words}”.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out_on_a_small_phone(
    scheme: str, chrome: Callable[..., Page]
) -> None:
    found = []
    page = chrome(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    paths = {stage: make() for stage, make in STAGES.items()}
    paths |= {"stop": stop_path(Contact.objects.all()[0]), "missing": "/i/m1.wrong/"}
    for stage, path in paths.items():
        page.goto(path)
        found += [(stage, one["id"]) for one in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((stage, "sticks out"))

    assert not found


def test_a_family_answers_by_keyboard_and_without_javascript(
    chrome: Callable[..., Page], parent: Contact
) -> None:
    page = chrome(java_script_enabled=False)
    page.goto(answer_path(parent))
    page.get_by_role("button", name="Not sure yet").press("Enter")
    page.get_by_label("When will you know?").fill("2027-06-04")
    page.get_by_role("button", name="Save these").press("Enter")
    page.get_by_role("button", name="We’re coming").press("Space")
    page.get_by_label("Theo").press("Space")
    page.get_by_label("Allergies, or food they don’t eat").fill("Nuts")
    page.get_by_label("We’ll drop off").press("Space")
    page.get_by_role("button", name="Save these").press("Enter")
    heading = page.get_by_role("heading", level=1).inner_text()

    assert heading == "Lovely! Nia is coming."
    newest = Response.objects.latest("pk")
    assert (newest.allergies, newest.stays) == ("Nuts", "drop_off")
    assert Response.objects.count() == 4


def test_tab_reaches_every_answer_and_the_stop(
    chrome: Callable[..., Page], parent: Contact
) -> None:
    page = chrome()
    page.goto(answer_path(parent))

    for words in ("We’re coming", "Can’t come", "Not sure yet", "Stop mails about this party"):
        press_until(page, words)


def test_the_whole_invitation_fits_a_phone_without_scrolling(
    chrome: Callable[..., Page], parent: Contact
) -> None:
    page = chrome(viewport={"width": 390, "height": 844})
    page.goto(answer_path(parent))
    last = page.get_by_text("Please tell us by").bounding_box()
    sizes = {
        (round(box["width"]), round(box["height"]))
        for box in (button.bounding_box() for button in page.get_by_role("button").all())
        if box
    }

    assert last
    assert last["y"] + last["height"] <= 844
    assert len(sizes) == 1, "the three answers are equal"
