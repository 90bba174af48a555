"""A host changes the plan, reads whom it leaves out and why, and hears of an outage once.

A real browser, real processes and a real mail server; time is helped along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.drivers import Stage, tick_from_cron, zone_of_daytime
from tests.browser.visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.processes]

BOTH = ("Ben", "Leo", "Mia")
WORDS = "We buy the bags on Friday."


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The product and its mail server; nothing is sent unless the test asks for it."""
    with tick_from_cron(tmp_path) as made:
        yield made


def test_a_host_keeps_the_plan_in_hand(stage: Stage, visitors: Visitors) -> None:
    zone = zone_of_daytime()
    host = stage.live.ask("host", name="Dee")
    party = _party(stage, host["email"], zone, (*BOTH, "Zoe", "Ava"))
    other = _party(stage, host["email"], zone, BOTH)
    assert len(stage.mails()) == 8
    today = datetime.now(ZoneInfo(zone)).date()
    page = visitors.arrive(viewport={"width": 390, "height": 844})
    page.context.add_cookies(
        [{"name": host["name"], "value": host["value"], "url": stage.live.url("/")}]
    )

    # moves a line, writes words of her own, and sees the mail before she saves it
    page.goto(stage.live.url(f"/parties/{party}/"))
    page.get_by_role("link", name="All mails, and what you can change").click()
    expect(_coming(page, "Reminder").first).to_contain_text("to 5 silent homes")
    _of_line(page, "link", "Change", "Reminder, 4 days after").click()
    page.get_by_label("How many days").fill("6")
    page.get_by_label("At", exact=True).fill("07:00")
    page.get_by_label("Your words in this mail").fill(WORDS)
    page.get_by_role("button", name="See it with these words").click()
    expect(page.get_by_role("link", name="No mail goes out at night.")).to_be_visible()
    page.get_by_label("At", exact=True).fill("10:30")
    page.get_by_role("button", name="See it with these words").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text(WORDS)).to_be_visible()
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Your change is saved.")).to_be_visible()
    sixth = (today + timedelta(days=6)).strftime("%A %-d %B")
    expect(_coming(page, "Reminder").first).to_contain_text(f"{sixth}, 10:30 am")

    # the last call goes in the evening, and another line not at all
    _of_line(page, "link", "Change", "Last call").click()
    page.get_by_label("At", exact=True).fill("19:00")
    page.get_by_role("button", name="Save the change").click()
    _of_line(page, "button", "Switch off", "Reminder, 2 days before").click()
    expect(page.get_by_text("It is off. Nobody gets this mail.")).to_be_visible()
    expect(_coming(page, "Reminder")).to_have_count(1)

    # three of the homes had a reminder of another party today
    page.goto(stage.live.url(f"/parties/{other}/plan/"))
    page.get_by_role("button", name="Send a reminder now").click()
    expect(page.get_by_text("3 reminders go out now.")).to_be_visible()
    assert len(stage.mails()) == 3
    page.goto(stage.live.url(f"/parties/{party}/plan/"))
    page.get_by_role("button", name="Send a reminder now").click()
    expect(page.get_by_text("2 reminders go out now.")).to_be_visible()
    why = "Ben, Leo, Mia: Their last mail was less than 20 hours before."
    expect(page.get_by_text(why)).to_be_visible()
    assert _names(stage) == {"zoe", "ava"}

    # what was moved goes once, on its new day, with the new words
    stage.let_pass(days=5)
    of_other = stage.mails()
    assert len(of_other) == len(BOTH)
    assert not any(WORDS in _plain(mail.parsed) for mail in of_other)
    stage.let_pass(days=2)
    reminders = stage.mails()
    assert {mail.to.split(".")[0] for mail in reminders} == {"ben", "leo", "mia", "zoe", "ava"}
    assert all(WORDS in _plain(mail.parsed) for mail in reminders)
    stage.let_pass(days=18)
    stage.mails()

    # nothing runs for a day, and in that day the last call goes by
    stage.let_pass(days=1)
    stage.mails()
    stage.let_pass(minutes=11)
    told = [mail for mail in stage.mails() if mail.to == host["email"]]
    digests = [mail for mail in told if "could not go out" in str(mail.parsed["Subject"])]
    assert len(digests) == 1
    page.goto(stage.live.url(f"/parties/{party}/plan/"))
    expect(page.get_by_text("could not go out. We told you by mail: Today")).to_have_count(1)
    expect(page.get_by_text("Its time had passed before it could go.").first).to_be_visible()


def _party(stage: Stage, host: str, zone: str, names: tuple[str, ...]) -> int:
    homes = [{"guests": [name], "emails": [f"{name.lower()}.{host}"]} for name in names]
    return int(stage.live.ask("make", host=host, homes=homes, zone=zone))


def _of_line(page: Page, role: Literal["link", "button"], word: str, line: str) -> Locator:
    """What stands beside one line of the plan."""
    return page.get_by_role(role, name=re.compile(rf"{word}\s?: {line}"))


def _coming(page: Page, what: str) -> Locator:
    """The entries of that name among what is coming."""
    return page.get_by_role("region", name="What is coming").get_by_role("listitem").filter(
        has=page.get_by_text(what, exact=True)
    )  # fmt: skip


def _names(stage: Stage) -> set[str]:
    """To whom the new mails went, by the beginning of the address."""
    return {re.split(r"\.", mail.to)[0] for mail in stage.mails()}


def _plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
