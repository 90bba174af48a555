"""The call list as a host uses it: on a small phone, without JavaScript or mouse, and on paper."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import family_pages
from tests.browser.family_pages import NO
from tests.browser.live import Live
from tests.browser.visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CHILDREN = (
    "Ava", "Leo", "Priya", "Tomasz", "Clara", "Dylan", "Otto", "Iris", "Mia", "Noah",
    "Efe", "Zoë", "Hugo", "Freya", "Ines", "Sian", "Deniz", "Elsie", "Kofi", "Samira",
)  # fmt: skip


def listed(demo: Live, page: Page, homes: list[dict[str, Any]]) -> int:
    """Signs a host in whose party has these homes, and opens the call list; the party's number."""
    host = demo.ask("host", name="Dee")
    page.context.add_cookies([{"name": host["name"], "value": host["value"], "url": demo.url("/")}])
    party = int(demo.ask("make", host=host["email"], homes=homes))
    page.goto(demo.url(f"/parties/{party}/calls/"))
    return party


def _read(one: Locator) -> str:
    """What is written on it, in one line."""
    return re.sub(r"\s+", " ", one.inner_text()).replace(" :", ":")


def tap_on(page: Page, name: str, key: str = "Enter") -> None:
    """Presses Tab until something of that name has the focus, and then the key."""
    for _step in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in _read(focused):
            page.keyboard.press(key)
            return
    raise AssertionError(f"no way to {name}")


def test_four_taps_with_the_keyboard_alone_on_a_small_phone_without_javascript(
    demo: Live, visitors: Visitors
) -> None:
    page = visitors.arrive(java_script_enabled=False, viewport={"width": 320, "height": 640})
    numbers = [("Yasmin", "+447700900118"), ("Pat", "+447700900119")]
    party = listed(
        demo,
        page,
        [
            {"guests": ["Samira"], "phones": numbers},
            {"guests": ["Ben", "Bella"], "phones": [("Tessa", "+447700900120")]},
            {"guests": ["Leo"]},
            {"guests": ["Ava"], "emails": ["ava.home@example.org"]},
        ],
    )
    now = page.locator("#now")

    # a number that somebody else answers: the next one is offered
    expect(now.get_by_role("heading", name="Samira")).to_be_visible()
    tap_on(page, "Wrong number: Yasmin")
    expect(page.get_by_text("is marked as wrong. Here is another one.")).to_be_visible()
    expect(now.get_by_role("link", name="Call 07700 900119")).to_be_visible()
    expect(now.get_by_role("link", name="Call 07700 900118")).to_have_count(0)

    # the focus is on the home whose turn it is, so the way to the next tap is short
    expect(page.locator("#now")).to_be_focused()
    tap_on(page, "Coming")
    expect(page.get_by_text("Samira: coming. Saved as by phone")).to_be_visible()
    expect(now.get_by_role("heading", name="Ben and Bella")).to_be_visible()
    tap_on(page, "Left a message")
    expect(page.get_by_text("Ben and Bella: you left a message.")).to_be_visible()

    # nobody has a number: the link goes by another way, and the text can be copied by hand
    expect(now.get_by_role("heading", name="Leo")).to_be_visible()
    tap_on(page, "The text, to read or to copy")
    text = now.get_by_label("Text with their own link").input_value()
    assert "JJ turns 6 and would love Leo to come" in text
    sms = now.get_by_role("link", name="Text message").get_attribute("href")
    assert unquote(str(sms)) == f"sms:?&body={text}"
    tap_on(page, "Can’t come")
    expect(page.get_by_text("Leo: can’t come.")).to_be_visible()

    # the message was a mistake
    tap_on(page, "Take it back: Ben and Bella")
    expect(page.get_by_text("Ben and Bella: taken back")).to_be_visible()
    expect(now.get_by_role("heading", name="Ben and Bella")).to_be_visible()
    expect(page.get_by_role("heading", name="Done today: 2")).to_be_visible()

    answers = {home["guests"][0]: home["answer"] for home in demo.ask("homes", party=party)}
    assert answers == {"Samira": "accepted", "Ben": "silent", "Leo": "declined", "Ava": "silent"}

    # and the family can still change it, by the link of the text
    family = visitors.arrive(viewport={"width": 390, "height": 844})
    family.goto(text.rpartition(" ")[2])
    family_pages.tap(family, NO)


def test_twenty_homes_are_printed_on_one_page(demo: Live, visitors: Visitors) -> None:
    page = visitors.arrive()
    homes = [
        {
            "guests": [name, f"{name}’s twin"],
            "phones": [
                (f"{name}’s mum", f"+4477009002{number:02}"),
                (f"{name}’s dad", f"+4477009003{number:02}"),
            ],
        }
        for number, name in enumerate(CHILDREN)
    ]
    listed(demo, page, homes)
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))
    assert len(pages) == 1

    page.emulate_media(media="print")
    expect(page.locator("table.paper tbody tr")).to_have_count(20)
    expect(page.locator("table.paper .tick:visible")).to_have_count(80)
    expect(page.get_by_role("cell", name="07700 900319")).to_be_visible()
    expect(page.locator("a:visible, button:visible, textarea:visible")).to_have_count(0)


def test_a_list_of_two_hundred_is_light_on_a_phone(demo: Live, visitors: Visitors) -> None:
    page = visitors.arrive(viewport={"width": 390, "height": 844})
    homes = [
        {"guests": [f"Ava {number}"], "phones": [("Pat", f"+4477009{number:05}")]}
        for number in range(200)
    ]
    party = listed(demo, page, homes)
    answer = page.request.get(demo.url(f"/parties/{party}/calls/"))
    assert len(answer.body()) < 250_000
    page.get_by_role("link", name="Show 179 more").click()
    expect(page.get_by_role("link", name="Show 159 more")).to_be_visible()
    assert page.locator("ul.rows > li").count() == 40
