"""A table that may stay empty: the host hears of it in time, calls, and the alarm falls silent.

Real processes, a real browser, a real conversation with a mail server. Only time is helped along.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser import family_pages, host_pages
from tests.browser.drivers import Stage, beat_and_worker, recipients, zone_of_daytime
from tests.browser.family_pages import MAYBE, NO, YES
from tests.browser.test_main_job import CHAT, EMAIL, audited, code_in, link_in
from tests.browser.visitors import Visitors
from tests.smtp_manners import Mail

pytestmark = [pytest.mark.browser, pytest.mark.processes]

HOST = "dee@example.com"
RETURN = "bounces@fulltable.example"
#: The mail server knows nobody there; that of the other two finds it out later.
REFUSED = ("deniz@example.org", "jeanluc@example.com")
CAME_BACK = ("beth@example.net", "sergio@example.org")
PHONE = {"width": 390, "height": 844}
AMBER, RED = "a few more would be good", "a call helps most now"
ALARM = re.compile(f"{AMBER}|{RED}|three things that help today")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The product, its mail server, beat and worker."""
    with beat_and_worker(tmp_path, RETURN_ADDRESS=RETURN) as made:
        yield made


@pytest.fixture
def zone() -> str:
    """Where it is about noon: alarms come by day."""
    return zone_of_daytime()


def test_in_the_park_the_host_hears_in_time_calls_and_it_is_calm_again(
    stage: Stage, visitors: Visitors, zone: str
) -> None:
    everybody = Counter(EMAIL.findall(CHAT.read_text()))
    for address in REFUSED:
        stage.server.script(address, ["550rcpt"])
    host, party = _a_party(stage, visitors, zone)
    host_pages.paste(host, CHAT.read_text())
    host.get_by_role("button", name="Add 22 homes").click()
    host.get_by_role("button", name="Send 20 invitations").click()
    expect(host.get_by_text("22 homes are invited.")).to_be_visible()
    invited = [mail for mail in stage.mails() if mail.to in everybody]
    assert recipients(invited) == everybody - Counter(REFUSED)

    # two mails come back an hour later; three homes answer, one of them yes
    letters = {mail.to: mail for mail in invited}
    for address in CAME_BACK:
        _bounce(stage, letters[address])
    for address, answer in (
        ("anna@example.com", YES),
        ("priya@example.com", NO),
        ("ines@example.org", MAYBE),
    ):
        family = visitors.arrive(viewport=PHONE)
        family.goto(link_in(letters[address].parsed, answer))
        family_pages.tap(family, answer)
        visitors.leave(family)

    # the same day the host is told of all four, with what to do; "not reached" is not "silent"
    stage.let_pass(minutes=20)
    told = " ".join(_text(mail.parsed) for mail in _to_host(stage.mails()))
    for address in (*REFUSED, *CAME_BACK):
        assert address in told
    host.goto(stage.live.url(f"/parties/{party}/"))
    expect(host.get_by_role("heading", name="6 homes were not reached")).to_be_visible()

    # reminders go their way, and nothing to those four; there is no alarm yet
    reachable = everybody - Counter([*REFUSED, *CAME_BACK])
    silent = reachable - Counter(["anna@example.com", "priya@example.com", "ines@example.org"])
    stage.let_pass(days=5)
    mails = stage.mails()
    assert recipients([mail for mail in mails if mail.to != HOST]) == silent
    assert not _alarms(mails)
    stage.let_pass(days=18)
    mails = stage.mails()
    assert recipients([mail for mail in mails if mail.to != HOST]) == silent
    assert not _alarms(mails)

    # amber on the day before reply-by, red on the day itself: once each
    stage.let_pass(days=1)
    assert [AMBER in _subject(mail) for mail in _alarms(stage.mails())] == [True]
    host.goto(stage.live.url(f"/parties/{party}/"))
    expect(host.locator("section.alarm")).to_have_attribute("data-level", "amber")
    stage.let_pass(days=1)
    red = _alarms(stage.mails())
    assert [RED in _subject(mail) for mail in red] == [True]
    _by_day(red, zone)
    assert not _alarms(stage.mails())
    host.goto(stage.live.url(f"/parties/{party}/"))
    expect(host.locator("section.alarm")).to_have_attribute("data-level", "red")

    # from the mail to the call list: two come, one cannot, one number is nobody's
    host.goto(link_in(red[0].parsed, "Call list"))
    _tap(host, "Samira", "Wrong number")
    _tap(host, "Efe", "Coming")
    _tap(host, "Tomasz", "Coming")
    _tap(host, "Hugo", "Can’t come")
    stage.let_pass(minutes=11)
    assert not _alarms(stage.mails())
    host.goto(stage.live.url(f"/parties/{party}/"))
    expect(host.get_by_text("3 say yes.")).to_be_visible()
    expect(host.locator("section.alarm")).to_have_count(0)

    # and stays calm to the end; whoever answered by phone is not reminded
    stage.let_pass(days=3)
    mails = stage.mails()
    assert not _alarms(mails)
    assert "anna.tim@example.org" not in recipients(mails)
    assert set(audited(stage).values()) == {"0"}


def test_where_nobody_has_an_address_alarm_and_call_list_work_all_the_same(
    stage: Stage, visitors: Visitors, zone: str
) -> None:
    children = ("Ava", "Leo", "Otto", "Iris", "Mia", "Noah", "Hugo", "Freya")
    host, party = _a_party(stage, visitors, zone)
    host_pages.paste(host, "\n".join(children))
    host.get_by_role("button", name="Add 8 homes").click()
    host.get_by_role("button", name="I will pass the links on").click()
    stage.mails()
    stage.let_pass(days=24)
    assert [AMBER in _subject(mail) for mail in _alarms(stage.mails())] == [True]
    stage.let_pass(days=1)
    red = _alarms(stage.mails())
    assert [RED in _subject(mail) for mail in red] == [True]
    stage.let_pass(days=2)
    black = _alarms(stage.mails())
    assert len(black) == 1

    # each home has a link of its own to pass on
    host.goto(link_in(black[0].parsed, "Call list"))
    for name in children:
        expect(host.get_by_text(name, exact=True).first).to_be_visible()
    _tap(host, "Ava", "Coming")
    _tap(host, "Leo", "Coming")
    text = host.locator("#now").get_by_label("Text with their own link").input_value()
    family = visitors.arrive(viewport=PHONE)
    family.goto(text.rpartition(" ")[2])
    family_pages.tap(family, YES)
    stage.let_pass(minutes=11)
    assert not _alarms(stage.mails())
    host.goto(stage.live.url(f"/parties/{party}/"))
    expect(host.get_by_text("3 say yes.")).to_be_visible()
    expect(host.locator("section.alarm")).to_have_count(0)
    assert set(audited(stage).values()) == {"0"}


def _a_party(stage: Stage, visitors: Visitors, zone: str) -> tuple[Page, int]:
    """A host on a phone with a party in thirty days, in the morning; reply by five days before."""
    host = visitors.arrive(viewport=PHONE)
    host_pages.sign_up(host, stage.live, HOST, lambda: code_in(stage.mail_to(HOST)))
    host.goto(stage.live.url("/parties/new/"))
    day = datetime.now(ZoneInfo(zone)).date() + timedelta(days=30)
    return host, host_pages.make_party(host, day=day, zone=zone, Starts="10:00", Ends="12:30")


def _tap(page: Page, name: str, button: str) -> None:
    """One of the four taps for a home, wherever it stands on the list."""
    now = page.locator("#now")
    if not now.get_by_role("heading", name=name).count():
        page.get_by_text(f"Reach them: {name}").click()
        now = page.locator("li").filter(has=page.get_by_text(f"Reach them: {name}"))
    now.get_by_role("button", name=button).first.click()
    expect(page.get_by_role("status").or_(page.locator(".messages")).first).to_be_visible()


def _to_host(mails: list[Mail]) -> list[Mail]:
    return [mail for mail in mails if mail.to == HOST]


def _alarms(mails: list[Mail]) -> list[Mail]:
    return [mail for mail in _to_host(mails) if ALARM.search(_subject(mail))]


def _subject(mail: Mail) -> str:
    return str(mail.parsed["Subject"])


def _text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _by_day(mails: list[Mail], zone: str) -> None:
    for mail in mails:
        assert 8 <= mail.at.astimezone(ZoneInfo(zone)).hour < 21


def _bounce(stage: Stage, mail: Mail) -> None:
    """The next server gives up on a mail, and writes to the address that its envelope names."""
    report = f"""From: MAILER-DAEMON@mx.example
To: {mail.sender}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {mail.to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b--
"""
    stage.live.run.manage("read_bounces", stdin=report)
