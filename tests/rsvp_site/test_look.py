"""The stylesheet, the drawings and the templates keep what the look promises."""

from __future__ import annotations

import re
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.test import Client

from parties.templatetags import look
from parties.themes import CHOICES, DEFAULT_THEME, THEMES, Theme, theme_of

TEMPLATES = Path(settings.BASE_DIR) / "templates"
CSS = (Path(settings.BASE_DIR) / "static" / "full-table.css").read_text()
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*.html")
    if not path.is_relative_to(TEMPLATES / "emails")
    and not path.is_relative_to(TEMPLATES / "account" / "email")
)
EACH_THEME = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
EACH_PAGE = pytest.mark.parametrize(
    "path", PAGES, ids=[str(path.relative_to(TEMPLATES)) for path in PAGES]
)


def _squeezed(text: str) -> int:
    return len(brotli.compress(text.encode()))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _rule(selector: str) -> str:
    found = re.search(re.escape(selector) + r"\{([^}]*)\}", CSS)
    assert found, f"no rule {selector}"
    return found[1]


# -- budget --------------------------------------------------------------------------------------


def test_the_stylesheet_stays_below_its_budget() -> None:
    assert _squeezed(CSS) <= 6656


@EACH_THEME
def test_the_first_visit_of_an_invitation_is_small(theme: Theme) -> None:
    page = engines["django"].from_string(
        '{% extends "base_family.html" %}{% block main %}'
        '{% include "_banner.html" with theme=party.theme %}{% include "_answers.html" %}'
        "{% endblock %}"
    )
    words = page.render({"party": {"theme": theme.name}})
    mark = (Path(settings.BASE_DIR) / "static" / "favicon.svg").read_text()
    assert _squeezed(words) + _squeezed(CSS) + _squeezed(mark) <= 9 * 1024
    assert "<script" not in words


def test_the_stylesheet_fetches_nothing() -> None:
    assert "@import" not in CSS
    assert "url(" not in CSS


# -- themes --------------------------------------------------------------------------------------


@EACH_THEME
def test_the_palette_of_mails_is_that_of_the_stylesheet(theme: Theme) -> None:
    if theme.name == "plain":  # the plain theme is what :root has
        rules = "".join(re.findall(r":root\{([^}]*)\}", CSS)[:1])
    else:
        rules = _rule(f"[data-theme={theme.name}]")
    values = dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", rules))
    long = {
        name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
        for name, value in values.items()
    }
    for name in ("sky", "p1", "p2", "p3"):
        assert long[name] == getattr(theme, name)
    assert (long["accent-l"], long["accent-d"]) == (theme.accent_l, theme.accent_d)


@EACH_THEME
def test_every_theme_is_legible(theme: Theme) -> None:
    assert _contrast(theme.accent_l, "#ffffff") >= 5
    assert _contrast(theme.accent_d, "#19231f") >= 7
    for text in ("#182828", "#50605e", theme.accent_l):
        assert _contrast(text, theme.tint_l) >= 4.5
    for text in ("#ecf2ee", "#a9b8b2", theme.accent_d):
        assert _contrast(text, theme.tint_d) >= 4.5


@EACH_THEME
def test_every_theme_has_a_small_drawing_and_an_avatar(theme: Theme) -> None:
    banner, avatar = look.banner(theme.name), look.avatar(theme.name)
    assert 'viewBox="0 0 480 170"' in banner
    assert f'class="avatar" viewBox="{theme.avatar}"' in avatar
    _x, _y, width, height = theme.avatar.split()
    assert width == height
    assert len(banner) < 1800
    assert theme.label


@EACH_THEME
def test_drawings_carry_no_ids_so_that_any_number_can_share_a_page(theme: Theme) -> None:
    drawing = look.banner(theme.name)
    assert not re.search(r"\sid=|url\(|<use", drawing)


def test_somebody_wears_a_hat_that_hops_in_every_drawing_but_the_unicorn() -> None:
    assert {name for name in THEMES if 'class="hop"' not in look.banner(name)} == {"unicorn"}


def test_a_name_that_is_no_theme_draws_the_plain_one() -> None:
    assert theme_of("../../etc/passwd").name == "plain"
    assert look.banner("nonsense") == look.banner("plain")
    assert look.avatar("") == look.avatar("plain")


def test_hosts_choose_among_all_themes() -> None:
    assert [name for name, _label in CHOICES] == list(THEMES)
    assert DEFAULT_THEME in THEMES


# -- templates -----------------------------------------------------------------------------------


@EACH_PAGE
def test_no_page_has_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"<script\b(?![^>]*\ssrc=)", text)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert "javascript:" not in text


@EACH_PAGE
def test_no_page_switches_escaping_off(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape off|mark_safe", path.read_text())


@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt", ".svg"}],
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)
def test_every_template_compiles(path: Path) -> None:
    get_template(str(path.relative_to(TEMPLATES)))


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_error_pages_need_nothing_but_themselves(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert page.count("<h1") == 1
    assert '<html lang="en" dir="ltr">' in page
    assert 'href="/static/full-table.css"' in page  # the plain name: no list of hashed files


@pytest.mark.parametrize(
    ("context", "marked"),
    [
        ({}, []),
        ({"current": "declined"}, ["declined"]),
        ({"current": "declined", "asked": "accepted"}, ["accepted"]),
        ({"asked": "nonsense"}, []),
    ],
    ids=["first visit", "answered", "another answer from a mail", "tampered link"],
)
def test_one_answer_at_most_is_marked(context: dict[str, str], marked: list[str]) -> None:
    buttons = render_to_string("_answers.html", context)
    assert re.findall(r'value="(\w+)" aria-current="true"', buttons) == marked
    assert re.findall(r'name="answer" value="(\w+)"', buttons) == [
        "accepted",
        "declined",
        "tentative",
    ]


def test_a_name_with_markup_is_shown_as_it_was_typed() -> None:
    fact = render_to_string(
        "_fact.html", {"name": "pin", "label": "Where", "strong": "<b>Hall</b>", "text": "a\n<i>"}
    )
    assert "&lt;b&gt;Hall&lt;/b&gt;" in fact
    assert "a<br>&lt;i&gt;" in fact


@pytest.mark.parametrize("door", ["/i/", "/stop/", "/calendar/", "/p/", "/mailbox/"])
def test_search_engines_are_asked_to_stay_out_of_families_pages(client: Client, door: str) -> None:
    answer = client.get("/robots.txt")
    assert answer["Content-Type"].startswith("text/plain")
    assert f"Disallow: {door}\n" in answer.content.decode()
