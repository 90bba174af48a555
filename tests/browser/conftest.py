"""What the browser tests share: a Chromium, people, and a product with the mailbox."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import chromium, mailform
from tests.browser.live import Live, everything
from tests.browser.visitors import PATIENCE, Visitors

expect.set_options(timeout=PATIENCE)
# the mail server of the tests tells every word of every conversation
logging.getLogger("mail.log").setLevel(logging.WARNING)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, gone again with the last test of the module: Playwright keeps a
    loop running in this thread, beside which neither Django nor a second Playwright would work.
    """
    options: dict[str, Any] = chromium.launch_options()
    with sync_playwright() as playwright, playwright.chromium.launch(**options) as launched:
        yield launched


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Visitors]:
    """People at their browsers."""
    with Visitors(browser) as everybody:
        yield everybody


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The product as `make run` starts it, with the demo and the mailbox. One for each process of
    the suite: every test brings a host of its own.
    """
    with everything(tmp_path_factory.mktemp("product")) as live:
        yield live
        mailform.assert_folder(live.run.var_dir / "mailbox")
