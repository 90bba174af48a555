"""What a host does on the pages, as somebody who reads them does it: by label and by button."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.live import Live

#: Finds the code in the text of a mail.
CODE = re.compile(r"^\s+([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})\s*$", re.MULTILINE)


def sign_up(page: Page, live: Live, email: str, code: Callable[[], str]) -> None:
    """From the first page to the form of the first party; `code` fetches the code that came."""
    page.goto(live.url("/"))
    page.get_by_role("link", name="Make a party page").first.click()
    page.get_by_role("link", name="Sign up here").click()
    page.get_by_label("Your mail address").fill(email)
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    page.get_by_label("The code from the mail").fill(code())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(re.compile(r"/parties/"))


def make_party(page: Page, *, day: date, zone: str | None = None, **more: str) -> int:
    """JJ's party on that day; the party's number. `more` fills fields by their label."""
    fields = {
        "First name": "JJ", "Turns": "6", "Your first name": "Dee",
        "How the families know you": "JJ’s mum", "Day": day.isoformat(),
        "Starts": "14:00", "Ends": "16:30", "Place": "Victoria Park",
        "Where exactly?": "the blue shelter behind the playground",
        **more,
    }  # fmt: skip
    for label, value in fields.items():
        page.get_by_label(label, exact=True).fill(value)
    if zone is not None:
        page.get_by_label("Time zone").select_option(zone)
    page.get_by_label("Dinosaurs").check()
    page.get_by_role("button", name="Save and add homes").click()
    page.wait_for_url(re.compile(r"/parties/\d+/homes/add/"))
    return party_number(page)


def party_number(page: Page) -> int:
    """The number of the party whose page is open."""
    found = re.search(r"/parties/(\d+)/", page.url)
    assert found, page.url
    return int(found[1])


def paste(page: Page, pasted: str) -> None:
    """From the empty field to the page on which the list is checked."""
    page.get_by_label("The list").fill(pasted)
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_role("heading", name="Check the list")).to_be_visible()


def row(page: Page, name: str) -> Any:
    """The line of one home, on the page to check or to send."""
    return page.locator("ul.rows > li").filter(has=page.get_by_text(name, exact=True)).first


def home(page: Page, live: Live, party: int, name: str) -> None:
    """From the party's page to the page of one home."""
    page.goto(live.url(f"/parties/{party}/"))
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
