"""Every page of the product in every state that looks different, and the way to it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from playwright.sync_api import Page

from tests.browser import mailbox
from tests.browser.live import Live

HOMES: dict[str, tuple[str, ...]] = {
    "asking": ("Mia",), "accepted": ("Noah",), "declined": ("Clara",), "tentative": ("Efe",),
    "video": ("Ana María",), "disputed": ("Noor",), "differing": ("Zoë",), "stopped": ("Hugo",),
    "bounced": ("Freya",), "twins": ("Ben", "Bella"), "no address": ("Samira",),
    "long": ("Maximiliana-Alexandrina", "Wolfeschlegelsteinhausen"), "forgotten": ("Ida", "Per"),
}  # fmt: skip
PASTED = """Mia - mia@example.com
Mia, mia@example.com
Ben + Bella tessa@gmial.com
Noor; amal.h@example.org, sami.h@example.org
Samira 07700 900118
???@@example
ok thanks!"""


class Scenes:
    """One host with parties in all states, made once for many tests."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.host = live.ask("host", name="Dee")
        self.party = self._party()
        self.homes = {
            name: home["pk"]
            for name, home in zip(HOMES, live.ask("homes", party=self.party), strict=True)
        }
        self._answers()
        self.waiting = self._small(sent=False)
        self.moved = self._small(moved=True)
        self.cancelled = self._small(cancelled=True)
        self.over = self._small(over=True)
        self.empty = self._make(homes=[])
        self.amber, self.red, self.black = (self._soon(days) for days in (6, 4, 2))

    def cookie(self) -> dict[str, str]:
        """What the host's browser holds."""
        return {
            "name": self.host["name"], "value": self.host["value"], "url": self.live.url("/"),
        }  # fmt: skip

    def door(self, name: str, which: str = "family") -> str:
        """A link of a home of the large party."""
        return str(self.live.ask("links", home=self.homes[name])[which])

    def only_door(self, party: int, which: str = "family") -> str:
        """A link of the one home of a small party."""
        home = self.live.ask("homes", party=party)[0]["pk"]
        return str(self.live.ask("links", home=home)[which])

    def _make(self, homes: list[dict[str, Any]], *, sent: bool = True, days: int = 30) -> int:
        return int(
            self.live.ask("make", host=self.host["email"], homes=homes, sent=sent, days=days)
        )

    def _soon(self, days: int) -> int:
        """A party of which nobody has said yes, so many days ahead."""
        names = ("Ben", "Mia", "Leo", "Zoë")
        return self._make(
            [{"guests": [name], "phones": [("Anna", "+447700900118")]} for name in names],
            days=days,
        )

    def _party(self) -> int:
        homes = [
            {
                "guests": guests,
                "line": f"{guests[0]}, the long slide is waiting." if number % 2 else "",
                "emails": [] if name == "no address" else self._emails(name, number),
                "phones": [("Yasmin", "+447700900118")] if name == "no address" else [],
            }
            for number, (name, guests) in enumerate(HOMES.items())
        ]
        return self._make(homes)

    def _emails(self, name: str, number: int) -> list[str]:
        emails = [f"home{number}.{self.host['email']}"]
        return [*emails, f"second{number}.{self.host['email']}"] if name == "disputed" else emails

    def _answers(self) -> None:
        said = {
            "accepted": "accepted", "declined": "declined", "tentative": "tentative",
            "video": "video", "disputed": "accepted", "differing": "accepted",
        }  # fmt: skip
        for name, answer in said.items():
            self.live.ask("answer", home=self.homes[name], answer=answer)
        self.live.ask("answer", home=self.homes["disputed"], answer="declined", by="last")
        self.live.ask("answer", home=self.homes["differing"], answer="declined", by="host")
        self.live.ask("stop", home=self.homes["stopped"])
        self.live.ask("forget", home=self.homes["forgotten"])
        self.live.ask("bounce", home=self.homes["bounced"])

    def _small(
        self, *, sent: bool = True, moved: bool = False, cancelled: bool = False, over: bool = False
    ) -> int:
        emails = [f"one{int(sent)}{int(moved)}{int(cancelled)}{int(over)}.{self.host['email']}"]
        homes: list[dict[str, Any]] = [{"guests": ["Mia"], "emails": emails}]
        if not sent:
            homes.append({"guests": ["Samira"]})
        party = self._make(homes, sent=sent)
        if moved:
            home = self.live.ask("homes", party=party)[0]["pk"]
            self.live.ask("answer", home=home, answer="accepted")
            self.live.ask("move", party=party, days=1)
        if cancelled:
            self.live.ask("cancel", party=party, note="JJ has chickenpox. We will try again.")
        if over:
            self.live.ask("end", party=party)
        return party


def open_page(page: Page, url: str, *, missing: bool = False) -> None:
    """Goes there, and makes sure that it is not the page of an error."""
    response = page.goto(url)
    assert response is not None
    assert response.status == (404 if missing else 200), f"{response.status}: {url}"


def at(path: str, page: Page, scenes: Scenes, *, missing: bool = False) -> None:
    """A page that is simply there; `{name}` stands for something that the scenes know."""
    home = scenes.homes
    open_page(
        page,
        scenes.live.url(
            path.format(
                party=scenes.party, waiting=scenes.waiting, moved=scenes.moved, over=scenes.over,
                cancelled=scenes.cancelled, empty=scenes.empty, asking=home["asking"],
                amber=scenes.amber, red=scenes.red, black=scenes.black,
                disputed=home["disputed"], bounced=home["bounced"],
                accepted=home["accepted"], nobody=home["no address"],
                forgotten=home["forgotten"],
            )
        ),
        missing=missing,
    )  # fmt: skip


def family(
    name: str, page: Page, scenes: Scenes, *, query: str = "", which: str = "family"
) -> None:
    """A home's door."""
    open_page(page, scenes.live.url(scenes.door(name, which) + query))


def of_small(which: str, page: Page, scenes: Scenes, *, door: str = "family") -> None:
    """The door of the one home of a small party."""
    open_page(page, scenes.live.url(scenes.only_door(getattr(scenes, which), door)))


def pressed(path: str, button: str, page: Page, scenes: Scenes, *, typed: str = "") -> None:
    """What comes back after a button was pressed on a page."""
    at(path, page, scenes)
    if typed:
        page.get_by_role("textbox").first.fill(typed)
    page.get_by_role("button", name=button).first.click()
    page.wait_for_load_state("load")


def family_pressed(name: str, page: Page, scenes: Scenes) -> None:
    """The answer's further questions with something to fix."""
    family(name, page, scenes)
    for one in page.get_by_role("checkbox").all():
        one.uncheck()
    page.get_by_label("How many grown-ups come?").fill("99")
    page.locator("form").first.evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Save these").click()
    page.get_by_role("alert").wait_for()


def wished(which: str, button: str, page: Page, scenes: Scenes) -> None:
    """What comes back after one tap behind such a door, in a home of its own."""
    emails = [f"{uuid.uuid4().hex[:8]}.{scenes.host['email']}"]
    party = scenes._make(homes=[{"guests": ["Ida", "Per"], "emails": emails}])
    open_page(page, scenes.live.url(scenes.only_door(party, which)))
    page.get_by_role("button", name=button).click()
    page.get_by_role("heading", name="Done.").wait_for()


def code_page(page: Page, scenes: Scenes, *, wrong: bool = False) -> None:
    """Where the code from the mail is typed."""
    page.goto(scenes.live.url("/accounts/signup/"))
    who = "wrong" if wrong else "new"
    page.get_by_label("Your mail address").fill(f"{who}.{scenes.host['email']}")
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code from the mail").wait_for()
    if wrong:
        page.get_by_label("The code from the mail").fill("NO-CODE")
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("alert").wait_for()


def a_mail(page: Page, scenes: Scenes) -> None:
    """One mail in the mailbox."""
    mailbox.open_mail(page, scenes.live, f"home0.{scenes.host['email']}")


def mail_itself(page: Page, scenes: Scenes) -> None:
    """The mail without the mailbox around it."""
    a_mail(page, scenes)
    content = page.request.get(page.url + "html/").text()
    page.goto("about:blank")  # its own address is sandboxed, and axe is a script
    page.set_content(content)


def checked_with_errors(page: Page, scenes: Scenes) -> None:
    """A pasted list with a mistake in a correction."""
    pressed("/parties/{waiting}/homes/add/", "Read the list", page, scenes, typed=PASTED)
    page.get_by_label("Children").first.evaluate("field => field.closest('details').open = true")
    page.get_by_label("Children").first.fill("")
    page.get_by_role("button", name="Add").last.click()
    page.get_by_role("alert").wait_for()


def tapped(page: Page, scenes: Scenes) -> None:
    """The call list after a tap, with much of it unfolded."""
    at("/parties/{party}/calls/?home={nobody}", page, scenes)
    page.get_by_role("button", name="Left a message").first.click()
    page.get_by_text("you left a message.").wait_for()
    for one in page.locator("details:not([open]) > summary").all()[:8]:
        if one.is_visible():
            one.click()


def moving(page: Page, scenes: Scenes) -> None:
    """A change that families are told about."""
    at("/parties/{party}/edit/", page, scenes)
    page.get_by_label("Place", exact=True).fill("The old pool")
    page.get_by_role("button", name="Save the changes").click()
    page.get_by_role("alert").wait_for()


def a_line(page: Page, scenes: Scenes, *, wrong: bool = False) -> None:
    """One line of the plan, as it is or with a mistake."""
    at("/parties/{party}/plan/", page, scenes)
    page.get_by_role("link", name="Change").last.click()
    page.get_by_label("At", exact=True).wait_for()
    if wrong:
        page.get_by_label("At", exact=True).fill("05:00")
        page.get_by_role("button", name="Save the change").click()
        page.get_by_role("alert").wait_for()


Visit = Callable[[Page, Scenes], None]
#: Pages for anybody, without a session.
PUBLIC: dict[str, Visit] = {
    "landing": partial(at, "/"),
    "sign in": partial(at, "/accounts/login/"),
    "sign in, wrong": partial(pressed, "/accounts/login/", "Mail me the code"),
    "sign in by code": partial(at, "/accounts/login/code/"),
    "sign up": partial(at, "/accounts/signup/"),
    "code": code_page,
    "code, wrong": partial(code_page, wrong=True),
    "mailbox": partial(at, "/mailbox/"),
    "a mail": a_mail,
    "the mail itself": mail_itself,
    "not found": partial(at, "/nothing/", missing=True),
    "family, asking": partial(family, "asking"),
    "family, asking with a button": partial(family, "asking", query="?answer=declined"),
    "family, twins": partial(family, "twins"),
    "family, long names": partial(family, "long"),
    "family, accepted": partial(family, "accepted"),
    "family, with something to fix": partial(family_pressed, "accepted"),
    "family, declined": partial(family, "declined"),
    "family, tentative": partial(family, "tentative"),
    "family, video": partial(family, "video"),
    "family, disputed": partial(family, "disputed"),
    "family, differing": partial(family, "differing"),
    "family, confirming": partial(of_small, "moved"),
    "family, cancelled": partial(of_small, "cancelled"),
    "family, over": partial(of_small, "over"),
    "family, missing": partial(at, "/i/m1.nothing/", missing=True),
    "stop": partial(family, "asking", which="stop"),
    "stop, stopped": partial(family, "stopped", which="stop"),
    "forget": partial(family, "asking", which="forget"),
    "forget, done": partial(wished, "forget", "Delete it now"),
    "stranger": partial(family, "asking", which="stranger"),
    "stranger, done": partial(wished, "stranger", "Stop all mail to me"),
}
#: Pages of a host who is signed in.
OF_HOST: dict[str, Visit] = {
    "parties": partial(at, "/parties/"),
    "party form": partial(at, "/parties/new/"),
    "party form, with errors": partial(pressed, "/parties/new/", "Save and add homes"),
    "paste": partial(at, "/parties/{party}/homes/add/"),
    "check": partial(pressed, "/parties/{party}/homes/add/", "Read the list", typed=PASTED),
    "check, with errors": checked_with_errors,
    "invite": partial(at, "/parties/{waiting}/invite/"),
    "dashboard": partial(at, "/parties/{party}/"),
    "dashboard, narrowed": partial(at, "/parties/{party}/?show=accepted"),
    "dashboard, amber": partial(at, "/parties/{amber}/"),
    "dashboard, red": partial(at, "/parties/{red}/"),
    "dashboard, black": partial(at, "/parties/{black}/"),
    "dashboard, nobody": partial(at, "/parties/{empty}/"),
    "dashboard, before inviting": partial(at, "/parties/{waiting}/"),
    "dashboard, moved": partial(at, "/parties/{moved}/"),
    "dashboard, cancelled": partial(at, "/parties/{cancelled}/"),
    "dashboard, over": partial(at, "/parties/{over}/"),
    "home, silent": partial(at, "/parties/{party}/homes/{asking}/"),
    "home, accepted": partial(at, "/parties/{party}/homes/{accepted}/"),
    "home, disputed": partial(at, "/parties/{party}/homes/{disputed}/"),
    "home, not reached": partial(at, "/parties/{party}/homes/{bounced}/"),
    "home, no address": partial(at, "/parties/{party}/homes/{nobody}/"),
    "home, forgotten": partial(at, "/parties/{party}/homes/{forgotten}/"),
    "calls": partial(at, "/parties/{party}/calls/"),
    "calls, tapped": tapped,
    "calls, moved": partial(at, "/parties/{moved}/calls/"),
    "calls, before inviting": partial(at, "/parties/{waiting}/calls/"),
    "calls, over": partial(at, "/parties/{over}/calls/"),
    "edit": partial(at, "/parties/{party}/edit/"),
    "edit, moving": moving,
    "cancel": partial(at, "/parties/{party}/cancel/"),
    "preview": partial(at, "/parties/{party}/preview/"),
    "plan": partial(at, "/parties/{party}/plan/"),
    "plan, before inviting": partial(at, "/parties/{waiting}/plan/"),
    "plan, cancelled": partial(at, "/parties/{cancelled}/plan/"),
    "a mail of the plan": a_line,
    "a mail of the plan, with errors": partial(a_line, wrong=True),
    "a new mail": partial(at, "/parties/{party}/plan/add/reminder/"),
    "sign out": partial(at, "/accounts/logout/"),
}
ALL = {**PUBLIC, **OF_HOST}
