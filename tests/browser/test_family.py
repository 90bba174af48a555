"""Ten seconds on a phone: from a mail to a saved answer, whatever fingers and networks do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import family_pages, mailbox
from tests.browser.family_pages import MAYBE, NO, YES
from tests.browser.live import Live
from tests.browser.visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SAVED = "Your answer is saved"


@pytest.fixture
def phone(visitors: Visitors) -> Page:
    """A parent's phone."""
    return visitors.arrive(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )


@pytest.fixture
def home(demo: Live) -> dict[str, Any]:
    """Twins who are invited, with the doors of their household."""
    return _home(demo)


def _home(demo: Live, **over: Any) -> dict[str, Any]:
    host = demo.ask("host")["email"]
    emails = [f"parent.{host}"]
    wanted = {"guests": ["Ben", "Bella"], "emails": emails, **over}
    party = demo.ask("make", host=host, homes=[wanted])
    found: dict[str, Any] = demo.ask("homes", party=party)[0]
    return {**found, **demo.ask("links", home=found["pk"]), "party": party}


def _said(demo: Live, home: dict[str, Any]) -> list[list[str]]:
    return [response["answers"] for response in demo.ask("responses", home=home["pk"])]


def test_a_button_of_the_mail_and_one_tap_are_enough(
    demo: Live, visitors: Visitors, phone: Page, home: dict[str, Any]
) -> None:
    reader = visitors.arrive()
    mailbox.open_mail(reader, demo, home["emails"][0])
    link = reader.frame_locator("iframe").get_by_role("link", name=NO).get_attribute("href")
    assert link

    phone.goto(link)
    button = phone.get_by_role("button", name=NO, exact=True)
    expect(button).to_have_attribute("aria-current", "true")
    expect(button).to_be_in_viewport()
    expect(phone.get_by_text("Tap it once more to save it.")).to_be_visible()
    assert _said(demo, home) == []  # opening it saved nothing
    button.tap()
    expect(phone.get_by_text(SAVED)).to_be_visible()
    assert _said(demo, home) == [["declined"]]


def test_two_quick_taps_save_once(demo: Live, phone: Page, home: dict[str, Any]) -> None:
    phone.goto(demo.url(home["family"]))
    phone.get_by_role("button", name=YES, exact=True).dblclick()
    expect(phone.get_by_text(SAVED)).to_be_visible()
    assert _said(demo, home) == [["accepted"]]


def test_a_reload_saves_nothing_again(demo: Live, phone: Page, home: dict[str, Any]) -> None:
    phone.goto(demo.url(home["family"]))
    family_pages.tap(phone, MAYBE)
    phone.reload()
    expect(phone.get_by_text(SAVED)).to_be_visible()
    assert _said(demo, home) == [["tentative"]]


def test_back_and_the_same_answer_again_is_the_same_answer(
    demo: Live, phone: Page, home: dict[str, Any]
) -> None:
    phone.goto(demo.url(home["family"]))
    family_pages.tap(phone, YES)
    phone.go_back()
    family_pages.tap(phone, YES)
    assert set(map(tuple, _said(demo, home))) == {("accepted",)}
    phone.go_back()
    family_pages.tap(phone, NO)
    assert _said(demo, home)[-1] == ["declined"]
    assert demo.ask("homes", party=home["party"])[0]["answer"] == "declined"


def test_one_twin_comes(demo: Live, phone: Page, home: dict[str, Any]) -> None:
    phone.goto(demo.url(home["family"]))
    family_pages.tap(phone, YES)
    expect(phone.get_by_role("heading", name="Lovely! Ben and Bella are coming.")).to_be_visible()
    phone.get_by_label("Bella").uncheck()
    family_pages.tell(phone, **{"How many grown-ups come?": "1"})
    expect(phone.get_by_role("heading", name="Lovely! Ben is coming.")).to_be_visible()
    assert _said(demo, home)[-1] == ["accepted", "declined"]


def test_what_was_typed_wrongly_stays_on_the_page(
    demo: Live, phone: Page, home: dict[str, Any]
) -> None:
    phone.goto(demo.url(home["family"]))
    family_pages.tap(phone, YES)
    phone.get_by_label("Bella").uncheck()
    phone.get_by_label("Ben").uncheck()
    phone.get_by_label("Allergies, or food they don’t eat").fill("Nuts")
    phone.get_by_role("button", name="Save these").click()
    expect(phone.get_by_role("alert")).to_contain_text("Who is coming?")
    expect(phone.get_by_label("Allergies, or food they don’t eat")).to_have_value("Nuts")
    assert _said(demo, home) == [["accepted"]]


def test_a_cookie_is_never_set_and_no_script_is_loaded(
    demo: Live, phone: Page, home: dict[str, Any]
) -> None:
    loaded: list[str] = []
    phone.on("request", lambda request: loaded.append(request.url))
    phone.goto(demo.url(home["family"]))
    family_pages.tap(phone, YES)
    assert phone.context.cookies() == []
    assert all(url.startswith(demo.url("/")) for url in loaded)
    assert not [url for url in loaded if url.endswith(".js")]


def test_stopping_takes_one_tap_and_can_be_taken_back(
    demo: Live, phone: Page, home: dict[str, Any]
) -> None:
    phone.goto(demo.url(home["stop"]))
    phone.get_by_role("button", name="Stop mails about this party").click()
    expect(phone.get_by_role("heading", name=re.compile("^Done."))).to_be_visible()
    phone.get_by_role("button", name="Start again").click()
    expect(phone.get_by_role("heading", name="Mails about this party go again.")).to_be_visible()


def test_the_calendar_file_is_offered(demo: Live, phone: Page, home: dict[str, Any]) -> None:
    phone.goto(demo.url(home["family"]))
    family_pages.tap(phone, YES)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Add to calendar").click()
    assert download.value.suggested_filename.endswith(".ics")
