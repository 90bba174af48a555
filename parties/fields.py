"""Form fields for what hosts type: cleaned by `parties.text`, refused in plain sentences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parties import text, zones

WORDS: dict[text.Flaw, str | Promise] = {
    text.Flaw.BROKEN: _("Part of this text got damaged on its way. Please type it again."),
    text.Flaw.MARKS: _("This has too many accents on one letter. Please type it plainly."),
    text.Flaw.LINK: _("Please write a name here, and no web address."),
    text.Flaw.NO_LETTERS: _("Please write a name with at least one letter."),
    text.Flaw.NOT_A_NUMBER: _("Please write a phone number, for example 07700 900123."),
}
_TOO_LONG = _(
    "Please make this shorter: %(limit_value)d letters at most, and this has %(show_value)d."
)


class LineField(forms.CharField):
    """One line of text, made safe to store."""

    default_error_messages = {"max_length": _TOO_LONG}

    def tidied(self, raw: str) -> str:
        return text.one_line(raw)

    def to_python(self, value: object) -> str:
        try:
            return self.tidied(super().to_python(value) or "")
        except text.BadText as bad:
            raise ValidationError(str(WORDS[bad.flaw]), code=bad.flaw.value) from None


class NameField(LineField):
    """A first name, or how somebody is known."""

    def tidied(self, raw: str) -> str:
        return text.name(raw)


class PhoneField(LineField):
    """A phone number as people write it."""

    def tidied(self, raw: str) -> str:
        return text.phone(raw)


class ParagraphField(LineField):
    """A few sentences; line breaks stay."""

    widget = forms.Textarea

    def tidied(self, raw: str) -> str:
        return text.paragraph(raw)


class ZoneSelect(forms.Select):
    """A select that also knows the old names of each zone, for browsers that know no other."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        also = zones.other_names().get(str(value))
        if also:
            option["attrs"]["data-also"] = also
        return option


class ZoneField(forms.ChoiceField):
    """A time zone by any of its names; the value is the name under which it is stored."""

    widget = ZoneSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=zones.by_region, **kwargs)

    def to_python(self, value: Any) -> str:
        raw = super().to_python(value)
        found = zones.canonical(raw) if raw else ""
        if found is None:
            raise ValidationError(
                str(_("Please choose the time zone from the list.")), code="invalid_choice"
            )
        return found
