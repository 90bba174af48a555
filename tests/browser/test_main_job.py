"""The main job, end to end: a host invites, families answer, and only the silent are reminded.

Real processes, a real browser, a real conversation with a mail server. Only time is helped along.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser import family_pages, host_pages
from tests.browser.drivers import (
    Stage,
    beat_and_worker,
    recipients,
    tick_from_cron,
    zone_of_daytime,
)
from tests.browser.family_pages import MAYBE, NO, YES
from tests.browser.visitors import Visitors
from tests.smtp_manners import Mail

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.main_job]

CHAT = Path(__file__).parent.parent / "guests" / "lists" / "jj_class_chat.txt"
HOST = "dee@example.com"
EMAIL = re.compile(r"[\w.]+@example\.(?:com|org|net)")


@pytest.fixture(params=[beat_and_worker, tick_from_cron], ids=["beat and worker", "tick --drain"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """The product, its mail server and its driver."""
    with request.param(tmp_path) as made:
        yield made


def test_only_the_silent_are_reminded(stage: Stage, visitors: Visitors) -> None:
    zone = zone_of_daytime()
    everybody = Counter(EMAIL.findall(CHAT.read_text()))
    assert set(everybody.values()) == {1}
    assert len(everybody) == 21

    # the host makes the party and invites
    host = visitors.arrive(permissions=["clipboard-read", "clipboard-write"])
    host_pages.sign_up(host, stage.live, HOST, lambda: code_in(stage.mail_to(HOST)))
    host.goto(stage.live.url("/parties/new/"))
    today = datetime.now(ZoneInfo(zone)).date()
    party = host_pages.make_party(host, day=today + timedelta(days=30), zone=zone)
    assert stage.live.ask("party", pk=party)["reply_by"] == str(today + timedelta(days=25))
    _paste_and_send(host)
    invited = stage.mails()[1:]  # after the code
    assert recipients(invited) == everybody

    # five homes answer, each in a browser of its own
    link = _family_link(host, stage, party)
    letters = {mail.to: mail.parsed for mail in invited}
    _answer_by_mail(visitors, letters["anna@example.com"], YES)
    _answer_by_mail(visitors, letters["priya@example.com"], NO)
    _answer_by_mail(
        visitors, letters["ines@example.org"], MAYBE, know_by=today + timedelta(days=25)
    )
    _answer_by_link(visitors, link)
    _answer_by_phone(host, stage, party)
    answered = {f"{name}@example.{end}" for name, end in (
        ("anna", "com"), ("priya", "com"), ("ines", "org"), ("sian", "org"), ("deniz", "org"),
    )}  # fmt: skip
    assert not stage.mails()  # thanks and news wait for a change of mind
    stage.let_pass(minutes=11)
    assert recipients(stage.mails()) == Counter([*answered, HOST])

    # the first reminder: four days after inviting, at 18:00; it is overdue by less than a day
    stage.let_pass(days=5)
    silent = everybody - Counter(answered)
    reminders = stage.mails()
    assert len(silent) == 16
    assert recipients(reminders) == silent

    # one more answers
    reminder = next(mail.parsed for mail in reminders if mail.to == "sergio@example.org")
    _answer_by_mail(visitors, reminder, YES)
    stage.let_pass(minutes=11)
    assert recipients(stage.mails()) == Counter(["sergio@example.org", HOST])

    # the second reminder: two days before reply-by, at 09:00
    stage.let_pass(days=18)
    assert recipients(stage.mails()) == silent - Counter(["sergio@example.org"])

    _look_at_the_party(host, stage, party)
    assert set(audited(stage).values()) == {"0"}


def code_in(mail: Mail) -> str:
    found = host_pages.CODE.search(_text(mail.parsed))
    assert found, _text(mail.parsed)
    return found[1]


def _text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def link_in(letter: EmailMessage, button: str) -> str:
    """Where a button of a mail leads."""
    found = re.search(rf"^{button}: (\S+)$", _text(letter), re.MULTILINE)
    assert found, _text(letter)
    return found[1]


def _paste_and_send(page: Page) -> None:
    host_pages.paste(page, CHAT.read_text())
    expect(page.get_by_text("22 homes", exact=True)).to_be_visible()
    expect(page.get_by_text("with 23 children")).to_be_visible()
    elsie = host_pages.row(page, "Elsie")
    elsie.get_by_text("Correct").click()
    elsie.get_by_label("Children").fill("Elsie-Mae")
    page.get_by_role("button", name="Add 22 homes").click()
    expect(page.get_by_role("heading", name="Send the invitations")).to_be_visible()
    page.get_by_label("Mia: A personal line").fill("Mia, the long slide is open again.")
    page.get_by_role("button", name="Send 20 invitations").click()
    expect(page.get_by_text("22 homes are invited. The mails go out now.")).to_be_visible()
    expect(page.get_by_role("link", name="Elsie-Mae")).to_be_visible()


def _family_link(page: Page, stage: Stage, party: int) -> str:
    """Copied from the page of Dylan's home."""
    host_pages.home(page, stage.live, party, "Dylan")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    return str(page.evaluate("navigator.clipboard.readText()"))


def _answer_by_mail(
    visitors: Visitors, letter: EmailMessage, answer: str, know_by: date | None = None
) -> None:
    page = visitors.arrive(viewport={"width": 390, "height": 844})
    page.goto(link_in(letter, answer))
    family_pages.tap(page, answer)
    if answer == YES:
        family_pages.tell(page, **{"How many grown-ups come?": "1"})
    if know_by is not None:
        family_pages.tell(page, **{"When will you know?": know_by.isoformat()})
    visitors.leave(page)


def _answer_by_link(visitors: Visitors, link: str) -> None:
    page = visitors.arrive(viewport={"width": 390, "height": 844})
    page.goto(link)
    family_pages.tap(page, YES)
    visitors.leave(page)


def _answer_by_phone(page: Page, stage: Stage, party: int) -> None:
    """Efe's father calls the host."""
    host_pages.home(page, stage.live, party, "Efe")
    page.get_by_label("Coming").check()
    page.get_by_role("button", name="Save their answer").click()
    expect(page.get_by_text("The answer for Efe is saved.")).to_be_visible()


def audited(stage: Stage) -> dict[str, str]:
    """Each check of the audit with what it counts."""
    lines = stage.live.run.manage("audit", "--journal", str(stage.journal)).splitlines()
    return {name: count for name, count, *_title in map(str.split, lines)}


def _look_at_the_party(page: Page, stage: Stage, party: int) -> None:
    page.goto(stage.live.url(f"/parties/{party}/"))
    expect(page.get_by_text("4 say yes.")).to_be_visible()
    homes = {tuple(home["guests"]): home for home in stage.live.ask("homes", party=party)}
    assert homes["Mia",]["responses"] == 2  # the tap, and what was added to it
    assert Counter(home["answer"] for home in homes.values()) == {
        "accepted": 4, "declined": 1, "tentative": 1, "silent": 16,
    }  # fmt: skip
