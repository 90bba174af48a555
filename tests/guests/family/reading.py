"""Reading a page as a person or a program does."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Protocol


class Page(Protocol):
    """A response, whoever made it."""

    @property
    def content(self) -> bytes: ...


def words(response: Page) -> str:
    """What a page says, without its markup, in one line."""
    page = re.sub(r"<svg.*?</svg>|<head>.*?</head>", " ", response.content.decode(), flags=re.S)
    text = re.sub(r"<(?!/?(?:strong|a)\b)[^>]*>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({})
        if tag == "textarea":
            self._area = given["name"] or ""
            self.forms[-1][self._area] = [""]
        if tag == "input" and given.get("name"):
            ticked = "checked" in given or given.get("type") not in ("radio", "checkbox")
            values = self.forms[-1].setdefault(given["name"] or "", [])
            if ticked:
                values.append(given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1][self._area][0] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


def forms(response: Page) -> list[dict[str, list[str]]]:
    """What each form of the page would send, without its buttons."""
    parser = _Fields()
    parser.feed(response.content.decode())
    return parser.forms


def details(response: Page) -> dict[str, list[str]]:
    """What the form with the details would send."""
    return next(form for form in forms(response) if "details" in form)
