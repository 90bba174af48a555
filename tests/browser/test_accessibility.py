"""On every page axe finds nothing, nothing is wider than a phone, and no mouse is needed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Page, expect

from tests.browser import scenes
from tests.browser.live import Live
from tests.browser.scenes import Scenes
from tests.browser.visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WIDTHS = (1280, 390, 320)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
#: What sticks out to the side, so that a phone has to be pushed around.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")]
        .filter(one => !one.closest("nav") && one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 120))"""
#: How the element that has the focus shows it: its own outline, or that of the card around it. The
#: button inside a field for dates is the browser's own, and so is its ring. `inside`: it is seen,
#: and its middle not under the bar at the foot of the page.
SHOWN = """() => {
    const one = document.activeElement;
    const drawn = style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const card = one.closest(".pick");
    const box = one.getBoundingClientRect();
    const over = document.elementFromPoint(
        Math.max(0, (box.left + box.right) / 2), (box.top + box.bottom) / 2);
    const foreign = ["date", "time"].includes(one.type) && !one.matches(":focus-visible");
    return {
        what: one.outerHTML.slice(0, 120),
        outlined: foreign || drawn(getComputedStyle(one))
            || (card !== null && drawn(getComputedStyle(card))),
        inside: box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight
            && (over === null || over.closest(".bar") === one.closest(".bar")),
    };
}"""


@pytest.fixture(scope="module")
def made(demo: Live) -> Scenes:
    """A host with parties in all states."""
    return Scenes(demo)


@pytest.fixture
def visitor(visitors: Visitors, made: Scenes, request: pytest.FixtureRequest) -> Page:
    """Somebody whose browser does not animate; signed in for the pages of hosts."""
    page = visitors.arrive(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    if request.getfixturevalue("name") in scenes.OF_HOST:
        page.context.add_cookies([made.cookie()])  # type: ignore[list-item]
    return page


@pytest.mark.parametrize("name", scenes.ALL)
def test_axe_finds_nothing_and_nothing_is_too_wide(name: str, visitor: Page, made: Scenes) -> None:
    scenes.ALL[name](visitor, made)
    visitor.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for width in WIDTHS:
        visitor.set_viewport_size({"width": width, "height": 900})
        if wide := visitor.evaluate(TOO_WIDE):
            found.append(f"wider than {width}: {wide}")
        for scheme in SCHEMES:
            visitor.emulate_media(color_scheme=scheme)
            response = visitor.evaluate("axe.run({resultTypes: ['violations']})")
            if response["violations"]:
                found.append(f"{width} px, {scheme}: {AxeResults(response).generate_report()}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "name",
    ["landing", "family, asking", "family, accepted", "stop", "forget", "party form",
     "check", "dashboard", "home, silent", "invite", "calls", "plan",
     "a mail of the plan, with errors"],
)  # fmt: skip
def test_the_focus_is_always_seen(name: str, visitor: Page, made: Scenes) -> None:
    scenes.ALL[name](visitor, made)
    visitor.set_viewport_size({"width": 390, "height": 844})
    visitor.evaluate("document.activeElement.blur()")
    seen: set[str] = set()
    hidden: list[dict[str, Any]] = []
    for _step in range(150):
        visitor.keyboard.press("Tab")
        if visitor.evaluate("document.activeElement === document.body"):
            break
        shown = visitor.evaluate(SHOWN)
        seen.add(shown["what"])
        if not (shown["outlined"] and shown["inside"]):
            hidden.append(shown)
    assert len(seen) > 3
    assert not hidden, hidden


def test_a_family_answers_with_the_keyboard_alone(
    demo: Live, visitors: Visitors, browser: Browser
) -> None:
    host = demo.ask("host")["email"]
    home = {"guests": ["Mia"], "emails": [f"mia.{host}"]}
    party = demo.ask("make", host=host, homes=[home])
    pk = demo.ask("homes", party=party)[0]["pk"]
    page = visitors.arrive()
    page.goto(demo.url(demo.ask("links", home=pk)["family"]))
    _tab_to(page, "We’re coming")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lovely! Mia is coming.")).to_be_visible()
    _tab_to(page, "How many grown-ups come?")
    page.keyboard.type("2")
    _tab_to(page, "Will a grown-up stay?")
    page.keyboard.press("Space")
    _tab_to(page, "Save these")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_label("How many grown-ups come?")).to_have_value("2")
    assert demo.ask("responses", home=pk)[-1]["adults"] == 2


def test_a_host_invites_with_the_keyboard_alone(demo: Live, visitors: Visitors) -> None:
    page = visitors.arrive()
    host = demo.ask("host")
    page.context.add_cookies([{"name": host["name"], "value": host["value"], "url": demo.url("/")}])
    page.goto(demo.url("/parties/"))
    _tab_to(page, "Make a party page")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/parties/new/"))
    day = datetime.now(UTC).date() + timedelta(days=30)
    for label, typed in (("First name", "JJ"), ("Turns", "6"), ("Your first name", "Dee")):
        _tab_to(page, label)
        page.keyboard.type(typed)
    # a browser shows dates and times in the order of its own country
    _type_one_of(page, "Day", day.isoformat(), (f"{day:%d%m%Y}", f"{day:%m%d%Y}"))
    _type_one_of(page, "Starts", "14:00", ("1400", "0200PM"))
    _type_one_of(page, "Ends", "16:30", ("1630", "0430PM"))
    _tab_to(page, "Place")
    page.keyboard.type("Victoria Park")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/homes/add/"))
    _tab_to(page, "The list")
    page.keyboard.type(f"Mia - mia.{host['email']}")
    _tab_to(page, "Read the list")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check the list")).to_be_visible()
    _tab_to(page, "Add 1 home")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Send the invitations")).to_be_visible()
    _tab_to(page, "Mia: A personal line")
    page.keyboard.type("Mia, the long slide is open.")
    _tab_to(page, "Send 1 invitation")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 home is invited. The mail goes out now.")).to_be_visible()


def _tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus bears that name, as a screen reader would say it."""
    for _step in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            """() => {
                const one = document.activeElement;
                const set = one.type === "radio" ? one.closest("fieldset") : null;
                const group = set?.querySelector("legend");
                return [...(one.labels || []), group, one]
                    .map(each => each?.textContent || "").join(" ").replace(/\\s+/g, " ");
            }"""
        ):
            return
    raise AssertionError(f"no way to {name}")


def _type_one_of(page: Page, label: str, value: str, spellings: tuple[str, ...]) -> None:
    """Types a date or a time as the browser wants it, looking at what comes of it."""
    for typed in spellings:
        _tab_to(page, label)
        page.keyboard.type(typed)
        if page.get_by_label(label, exact=True).input_value() == value:
            return
        while page.evaluate("document.activeElement.type") in ("date", "time"):
            page.keyboard.press("Shift+Tab")
    raise AssertionError(f"no way to type {value}")
