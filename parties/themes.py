"""The eight looks of an invitation: a palette and a drawing each.

Pure: neither database nor clock nor settings. The palette stands here a second time because mail
knows no stylesheet; a test holds it against static/full-table.css.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Theme:
    """One look. Colours are #rrggbb; the drawing is templates/themes/<name>.svg."""

    name: str
    label: str | Promise
    avatar: str  # the square of the drawing that makes the avatar, as an SVG viewBox
    sky: str  # the ground of the drawing
    p1: str  # the paints
    p2: str
    p3: str
    accent_l: str  # name, links and buttons on white: at least 5:1
    accent_d: str  # the same on #19231f: at least 7:1
    tint_l: str  # the sky thinned for the ground of a mail and its quotes, light
    tint_d: str  # and dark

    @property
    def ribbon(self) -> tuple[str, str, str, str]:
        """The colours of the band on top of a mail, in their order."""
        return (self.p1, self.p2, self.p3, self.sky)


_TABLE = (
    Theme(
        "balloons", _("Balloons"), "178 14 128 128",
        sky="#c4e6f7", p1="#e4513c", p2="#ffc53d", p3="#2f7fc0",
        accent_l="#a93220", accent_d="#ffa594", tint_l="#e8f5fc", tint_d="#2d3a39",
    ),
    Theme(
        "dinosaurs", _("Dinosaurs"), "210 0 128 128",
        sky="#d3ecc4", p1="#3f9155", p2="#f5a83c", p3="#1f5b42",
        accent_l="#1d6139", accent_d="#93d9a0", tint_l="#edf8e7", tint_d="#2f3b33",
    ),
    Theme(
        "space", _("Space"), "176 26 140 140",
        sky="#232860", p1="#ffcf4d", p2="#f2766a", p3="#8f9bff",
        accent_l="#3b3f9f", accent_d="#b3baff", tint_l="#dfe1ea", tint_d="#1a2428",
    ),
    Theme(
        "unicorn", _("Unicorn"), "204 10 156 156",
        sky="#fadcec", p1="#ffffff", p2="#bf6fd0", p3="#ffc94d",
        accent_l="#852f80", accent_d="#f2aee8", tint_l="#fdf1f7", tint_d="#343937",
    ),
    Theme(
        "football", _("Football"), "176 24 128 128",
        sky="#86cb73", p1="#ffffff", p2="#1f2b24", p3="#f0643f",
        accent_l="#1d642b", accent_d="#9bde92", tint_l="#cfebc8", tint_d="#26372a",
    ),
    Theme(
        "sea", _("Sea"), "120 34 140 140",
        sky="#c3ecf1", p1="#15809b", p2="#ff8a5c", p3="#ffd25e",
        accent_l="#0a6077", accent_d="#83d9ec", tint_l="#e7f7f9", tint_d="#2d3b38",
    ),
    Theme(
        "comic", _("Comic"), "150 8 180 180",
        sky="#ffd93d", p1="#e5352f", p2="#2459c9", p3="#151515",
        accent_l="#1c48ad", accent_d="#a6beff", tint_l="#fff1be", tint_d="#343928",
    ),
    Theme(
        "plain", _("Plain"), "166 14 148 148",
        sky="#d5e9e2", p1="#0b5d5b", p2="#ffc53d", p3="#f0694e",
        accent_l="#0b5d5b", accent_d="#7fd6c9", tint_l="#eef6f3", tint_d="#2f3b36",
    ),
)  # fmt: skip

THEMES: dict[str, Theme] = {theme.name: theme for theme in _TABLE}
DEFAULT_THEME = "balloons"
CHOICES: list[tuple[str, str | Promise]] = [(theme.name, theme.label) for theme in _TABLE]


def theme_of(name: str) -> Theme:
    """The theme of that name; the plain one for a name that is none. Raises nothing."""
    return THEMES.get(name, THEMES["plain"])
