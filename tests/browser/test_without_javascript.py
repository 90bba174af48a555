"""Everything works without JavaScript, from the first page to a family's answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser import family_pages, host_pages, mailbox
from tests.browser.family_pages import NO, YES
from tests.browser.live import Live
from tests.browser.visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.processes]

HOST = "quiet.host@example.org"
PASTED = """Mia - mia.parent@example.org
Noah (mum Priya) noah.parent@example.org +44 7700 900123
Samira"""


def test_a_host_invites_and_a_family_answers(demo: Live, visitors: Visitors) -> None:
    host = visitors.arrive(java_script_enabled=False)
    reader = visitors.arrive(java_script_enabled=False)
    mailbox.sign_up(host, reader, demo, HOST)
    host.goto(demo.url("/parties/new/"))
    party = host_pages.make_party(
        host, day=datetime.now(UTC).date() + timedelta(days=30), zone="Europe/Berlin"
    )
    host_pages.paste(host, PASTED)
    host.get_by_role("button", name="Add 3 homes").click()
    host.get_by_role("button", name="Send 2 invitations").click()
    expect(host.get_by_text("3 homes are invited. The mails go out now.")).to_be_visible()

    mailbox.open_mail(reader, demo, "mia.parent@example.org")
    reader.frame_locator("iframe").get_by_role("link", name=YES).click()
    family_pages.tap(reader, YES)
    family_pages.tell(reader, **{"How many grown-ups come?": "2"})
    expect(reader.get_by_label("How many grown-ups come?")).to_have_value("2")
    family_pages.tap(reader, NO)

    host_pages.home(host, demo, party, "Samira")
    link = host.get_by_label("Link", exact=True).input_value()
    host.get_by_label("Not sure", exact=True).check()
    host.get_by_role("button", name="Save their answer").click()
    reader.goto(link)
    family_pages.tap(reader, YES)

    host.goto(demo.url(f"/parties/{party}/"))
    expect(host.get_by_text("1 is silent.")).to_be_visible()
    answers = {home["guests"][0]: home["answer"] for home in demo.ask("homes", party=party)}
    assert answers["Mia"] == "declined"
    assert answers["Noah"] == "silent"


def test_a_host_changes_and_cancels(demo: Live, visitors: Visitors) -> None:
    host = visitors.arrive(java_script_enabled=False)
    signed_in = demo.ask("host")
    host.context.add_cookies(
        [{"name": signed_in["name"], "value": signed_in["value"], "url": demo.url("/")}]
    )
    party = demo.ask(
        "make", host=signed_in["email"], homes=[{"guests": ["Mia"], "emails": ["m@example.org"]}]
    )
    home = demo.ask("homes", party=party)[0]
    demo.ask("answer", home=home["pk"], answer="accepted")

    host.goto(demo.url(f"/parties/{party}/edit/"))
    host.get_by_label("Place", exact=True).fill("The old pool")
    host.get_by_role("button", name="Save the changes").click()
    host.get_by_role("button", name="Save and tell 1 home").click()
    expect(host.get_by_text("Your changes are saved. 1 home gets a mail about it.")).to_be_visible()

    host.goto(demo.url(f"/parties/{party}/cancel/"))
    host.get_by_role("button", name="Cancel it and tell 1 home").click()
    expect(host.get_by_text("This party is cancelled")).to_be_visible()
    host.goto(demo.url(home["link"]))
    expect(host.get_by_role("heading", name="The party is off.")).to_be_visible()


def test_a_host_changes_the_plan(demo: Live, visitors: Visitors) -> None:
    host = visitors.arrive(java_script_enabled=False)
    signed_in = demo.ask("host")
    host.context.add_cookies(
        [{"name": signed_in["name"], "value": signed_in["value"], "url": demo.url("/")}]
    )
    party = demo.ask(
        "make", host=signed_in["email"], homes=[{"guests": ["Mia"], "emails": ["m@example.net"]}]
    )
    host.goto(demo.url(f"/parties/{party}/plan/"))
    host.get_by_role("link", name="Add: Reminder").click()
    host.get_by_label("How many days").fill("3")
    host.get_by_label("days before reply-by").check()
    host.get_by_label("At", exact=True).fill("17:15")
    host.get_by_label("Your words in this mail").fill("The cake is ordered on Monday.")
    host.get_by_role("button", name="See it with these words").click()
    mail = host.frame_locator("iframe")
    expect(mail.get_by_text("The cake is ordered on Monday.")).to_be_visible()
    host.get_by_role("button", name="Add it to the plan").click()
    expect(host.get_by_text("The new mail is in the plan.")).to_be_visible()
    line = host.get_by_role("listitem").filter(has_text="3 days before reply-by, 5:15 pm")
    line.get_by_role("button", name="Switch off").click()
    expect(host.get_by_text("It is off. Nobody gets this mail.")).to_be_visible()
    line.get_by_role("link", name="Change").click()
    host.get_by_role("button", name="Take it away").click()
    expect(host.get_by_text("The mail is out of the plan.")).to_be_visible()
    expect(line).to_have_count(0)
