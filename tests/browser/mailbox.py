"""What somebody reads in the mailbox, while no mail server is configured."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import host_pages
from tests.browser.live import Live
from tests.running import wait_for


def open_mail(page: Page, live: Live, recipient: str) -> None:
    """The page of the newest mail to somebody, as soon as there is one."""
    page.goto(live.url("/mailbox/"))
    mail = page.get_by_role("listitem").filter(has_text=f"To {recipient}")

    def is_there() -> bool:
        page.reload()
        return mail.count() > 0

    wait_for(is_there)
    mail.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="As plain text")).to_be_visible()


def code(page: Page, live: Live, recipient: str) -> str:
    """The sign-in code of the newest mail to somebody."""
    open_mail(page, live, recipient)
    words = page.get_by_role("region", name="As plain text").inner_text()
    found = re.search(r"^\s*([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})\s*$", words, re.MULTILINE)
    assert found, words
    return found[1]


def sign_up(page: Page, reader: Page, live: Live, email: str) -> None:
    """A new host, whose mails `reader` reads in a window of its own."""
    host_pages.sign_up(page, live, email, lambda: code(reader, live, email))
