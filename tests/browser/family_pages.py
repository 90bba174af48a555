"""What a family does on its page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

YES, NO, MAYBE = "We’re coming", "Can’t come", "Not sure yet"


def tap(page: Page, answer: str) -> None:
    """One tap on one of the three answers, until the page says that it is saved."""
    page.get_by_role("button", name=answer, exact=True).click()
    expect(page.get_by_text("Your answer is saved").first).to_be_visible()


def tell(page: Page, **details: str) -> None:
    """Fills in some of the further questions, by their label, and saves them."""
    for label, value in details.items():
        page.get_by_label(label, exact=True).fill(value)
    page.locator("form", has=page.locator("[name=details]")).get_by_role("button").last.click()
    expect(page.get_by_text("Your answer is saved").first).to_be_visible()
