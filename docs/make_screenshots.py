"""Makes the pictures of the README from the demo, as a host and a family see it.

    .venv/bin/python -m docs.make_screenshots

Starts Full Table with state of its own, signs in with the code from the mailbox, and takes a
phone's view of an invitation and a desktop's view of a dashboard.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests import chromium
from tests.running import running

HERE = Path(__file__).parent
PHONE = ViewportSize(width=390, height=844)
SILENT = "hyejin@example.org"  # has not answered, and was written a personal line
DESKTOP = ViewportSize(width=1280, height=900)


def main() -> None:
    """Writes docs/invitation.png and docs/dashboard.png."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as run,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**chromium.launch_options())  # type: ignore[arg-type]
        take_dashboard(browser, run.address)
        take_invitation(browser, run.address)
        browser.close()


def take_dashboard(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESKTOP, base_url=address)
    sign_in(page)
    page.goto("/parties/")
    page.get_by_role("link", name=re.compile("JJ")).first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / "dashboard.png")


def take_invitation(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=PHONE, base_url=address, device_scale_factor=1.5)
    page.goto("/mailbox/")
    page.get_by_role("listitem").filter(has_text=SILENT).get_by_role("link").first.click()
    link = page.locator("a[href*='/i/']").first.get_attribute("href") or ""
    page.goto(link.partition("?")[0])
    page.screenshot(path=HERE / "invitation.png")


def sign_in(page: Page) -> None:
    """As the demo host, with the code that the mailbox has."""
    page.goto("/accounts/login/code/")
    page.get_by_role("textbox").first.fill("rosa@example.org")
    page.get_by_role("textbox").first.press("Enter")
    page.wait_for_url("**/confirm/**")
    entry = page.url
    page.goto("/mailbox/")
    page.locator("main a").first.click()
    code = re.findall(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", page.locator("main").inner_text())[0]
    page.goto(entry)
    page.get_by_role("textbox").first.fill(code)
    page.get_by_role("textbox").first.press("Enter")
    page.wait_for_url("**/parties/**")


if __name__ == "__main__":
    main()
