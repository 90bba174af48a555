"""How a mail looks: a theme's colours as inline styles, for mail programs know no stylesheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from parties.themes import Theme, theme_of

# No quotes: a name of two words needs none, and so a style can stand in an attribute as it is.
FONT = "font-family:ui-rounded,system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,Arial,sans-serif"
INK, MUTED, PAPER = "#182828", "#50605e", "#ffffff"
_RIBBON_ROUNDS = 4
_ROOM = 5
_WORDS_A_LINE, _WHERE_A_LINE, _NAMES_A_LINE, _CHILD_A_LINE = 34, 38, 20, 16

# Mail programs show what follows a short preview text; this keeps names and places out of there.
FILLER = SafeString("\n".join(["&zwnj;&nbsp;" * 20] * 5))


@dataclass(frozen=True, slots=True)
class Look:
    """The styles of one theme's mails, by what they are for."""

    theme: Theme
    ribbon: SafeString
    styles: dict[str, str]


@cache
def look_of(theme_name: str) -> Look:
    """The look of a theme; of the plain one for a name that is none."""
    theme = theme_of(theme_name)
    return Look(theme=theme, ribbon=_ribbon(theme), styles=_styles(theme))


def name_size(name: str) -> int:
    """Pixels of the large name: a long one still leaves the buttons on the first screen."""
    return 44 if len(name) <= 10 else 34 if len(name) <= 16 else 24


def fits_above(words: str, where: str, child: str, names: str) -> bool:
    """Whether the host's words can stand above the buttons, with the buttons on the first screen.

    Counted in lines of a phone 360 px wide: beside what each mail has, five more have room.
    """
    wrapped = max(len(names) - _NAMES_A_LINE, 0) // _NAMES_A_LINE + (len(child) > _CHILD_A_LINE)
    return _lines(words, _WORDS_A_LINE) + _lines(where, _WHERE_A_LINE) + 2 * wrapped <= _ROOM


def _lines(text: str, letters: int) -> int:
    return -(-len(text) // letters)


def two_lines(label: str) -> SafeString:
    """A button's label broken at the space nearest its middle, so that all buttons are as high."""
    spaces = [at for at, char in enumerate(label) if char == " "]
    if not spaces:
        return format_html("{}", label)
    at = min(spaces, key=lambda place: (abs(2 * place + 1 - len(label)), -place))
    return format_html("{}<br>{}", label[:at], label[at + 1 :])


def _ribbon(theme: Theme) -> SafeString:
    cell = (
        '<td height="10" bgcolor="{}" style="height:10px;line-height:10px;font-size:0">&nbsp;</td>'
    )
    return format_html_join("\n", cell, ((one,) for one in theme.ribbon * _RIBBON_ROUNDS))


def _text(size: int, line: int, colour: str = INK, rest: str = "") -> str:
    return f"{FONT};font-size:{size}px;line-height:{line}px;color:{colour}{rest}"


def _styles(theme: Theme) -> dict[str, str]:
    return {
        "lead": _text(16, 22, MUTED, ";padding-top:18px"),
        "name": _text(30, 44, INK, ";font-weight:bold;letter-spacing:-.5px;padding-bottom:10px"),
        "title": _text(28, 34, INK, ";font-weight:bold;letter-spacing:-.5px;padding:2px 0 10px"),
        "words": _text(16, 23) + f";background:{theme.tint_l};border-radius:16px;padding:12px 16px",
        "cite": f"font-size:15px;color:{MUTED}",
        "body": _text(16, 24, INK, ";padding-top:14px"),
        "question": _text(20, 26, INK, ";font-weight:bold;padding:16px 0 10px"),
        "after_question": _text(16, 24),
        "small": _text(15, 22, MUTED, ";padding-top:12px"),
        "foot": _text(14, 21, MUTED, ";padding:18px 44px 28px"),
        "button": _text(16, 20, PAPER)
        + ";display:block;padding:16px 2px;font-weight:bold;text-decoration:none",
        "way": _text(16, 24, theme.accent_l, ";display:inline-block;padding:10px 0"),
        "link": f"color:{theme.accent_l}",
        "foot_link": f"color:{MUTED}",
    }
