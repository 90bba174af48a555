"""Template tags of the look: drawings, icons, the row of plates, and a form's problems.

Everything that these mark as safe comes out of the project's own templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django import forms, template
from django.core.validators import EmailValidator
from django.forms import BaseForm, BoundField
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from parties.seating import Plan, seat_plan
from parties.themes import theme_of

register = template.Library()

# One piece of a drawing never changes while the process lives, so each is rendered once.


@cache
def _drawing(name: str, view_box: str, css_class: str) -> SafeString:
    text = get_template(f"themes/{name}.svg").render({"view_box": view_box, "css_class": css_class})
    return SafeString(text.strip())


@cache
def _piece(path: str) -> SafeString:
    return SafeString(get_template(path).render({}).strip())


@register.simple_tag
def banner(theme: str) -> SafeString:
    """The drawing of a theme across the top of an invitation; the plain one for a wrong name."""
    return _drawing(theme_of(theme).name, "0 0 480 170", "")


@register.simple_tag
def avatar(theme: str) -> SafeString:
    """The square part of a theme's drawing. It takes its colours from the nearest data-theme."""
    found = theme_of(theme)
    return _drawing(found.name, found.avatar, "avatar")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon of templates/icons. Raises TemplateDoesNotExist for a name that is none."""
    return _piece(f"icons/{name}.svg")


@register.simple_tag
def face(answer: str) -> SafeString:
    """The face of an answer, on its button."""
    return _piece(f"faces/{answer}.svg")


@register.inclusion_tag("_seats.html")
def seats(
    *,
    coming: int = 0,
    tentative: int = 0,
    video: int = 0,
    silent: int = 0,
    lost: int = 0,
    declined: int = 0,
    low: int | None = None,
    high: int | None = None,
    enough: int | None = None,
) -> dict[str, Plan | int | None]:
    """One plate a child, in the order of hope, with its key.

    The bracket stands under `low` to `high` most likely guests and is left out without them; the
    flag stands at the plate that makes it a good party.
    """
    counts = {
        "coming": coming,
        "tentative": tentative,
        "video": video,
        "silent": silent,
        "lost": lost,
        "declined": declined,
    }
    return {
        "plan": seat_plan(counts, low=low, high=high, enough=enough),
        "total": sum(counts.values()),
        "low": low,
        "high": high,
        "enough": enough,
        **counts,
    }


@register.filter
def bare(field: BoundField) -> BoundField:
    """The field without its placeholder: a label says it, and stays when something is typed."""
    field.field.widget.attrs.pop("placeholder", None)
    return field


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix: what to say, and the id of the field to go to ('' = the whole form)."""

    target: str
    words: str


def _please(field: BoundField) -> str:
    """What to say at a field that was left empty."""
    label = str(field.label)
    if isinstance(field.field, forms.EmailField):
        return _("Please type a mail address.")  # its page calls it otherwise than its form
    if isinstance(field.field, forms.BooleanField):
        return _("Please tick “%(label)s”.") % {"label": label}
    if label.endswith(("?", "؟", "？", ";")):
        return _("Please answer “%(label)s”") % {"label": label}
    return _("Please fill in “%(label)s”.") % {"label": label}


def _ours(field: BoundField, message: str) -> str:
    """Our words instead of Django's bare ones; what a form says itself stays."""
    if message == str(forms.Field.default_error_messages["required"]):
        return _please(field)
    if message == str(EmailValidator.message):
        return _("This does not look like a mail address. Please look again.")
    if message == str(forms.IntegerField.default_error_messages["invalid"]):
        return _("Please type a number in “%(label)s”.") % {"label": field.label}
    return message


@register.filter
def error_words(field: BoundField) -> list[str]:
    """What to say about the errors of a field, one sentence each."""
    return [_ours(field, str(error)) for error in field.errors]


def _problems(form: BaseForm) -> Iterator[Problem]:
    for error in form.non_field_errors():
        yield Problem("", str(error))
    for name in form.fields:
        field = form[name]
        # a group of radios has no single input to point at: its fieldset carries the bare id
        target = "" if field.is_hidden else field.id_for_label or field.auto_id
        for words in error_words(field):
            yield Problem(target, words)


@register.filter
def problems(form: Any) -> list[Problem]:
    """What is to be fixed in a form or in all forms of a formset; [] for anything else."""
    if isinstance(form, BaseForm):
        return list(_problems(form)) if form.is_bound else []
    if isinstance(form, forms.BaseFormSet):
        if not form.is_bound:
            return []
        whole = [Problem("", str(error)) for error in form.non_form_errors()]
        return whole + [problem for part in form.forms for problem in _problems(part)]
    return []
