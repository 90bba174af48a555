"""The form of one line of the plan."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parties.fields import ParagraphField
from parties.models import Party, Rule
from parties.planning import ANCHORS, DAYS, When, may_go_at
from parties.schedule import resolve
from parties.words import Anchor, Kind

WORDS_MAX = 500
FIRST_WHEN: dict[Kind, When] = {
    Kind.REMINDER: When(Anchor.BEFORE_REPLY_BY, 1, time(9)),
    Kind.FOLLOW_UP: When(Anchor.NAMED_DAY, 0, time(9)),
    Kind.STILL_ON: When(Anchor.BEFORE_PARTY, 1, time(9)),
}
"""What the form of a new line begins with."""
_FROM: dict[Anchor, str | Promise] = {
    Anchor.AFTER_INVITING: gettext_lazy("days after the invitation"),
    Anchor.BEFORE_REPLY_BY: gettext_lazy("days before reply-by"),
    Anchor.HALF_WAY: gettext_lazy("half-way between the two"),
}
_RANGE: dict[Anchor, str | Promise] = {
    Anchor.AFTER_INVITING: gettext_lazy("Please write a number from 1 to 60."),
    Anchor.BEFORE_REPLY_BY: gettext_lazy("Please write a number from 0 to 60."),
    Anchor.BEFORE_PARTY: gettext_lazy("Please write a number from 0 to 14."),
}
_WHOLE = gettext_lazy("Please write the days as a number, for example 3.")


class RuleForm(forms.Form):
    """When a mail of the plan goes, and the host's words in it; which fields, the kind decides."""

    days = forms.IntegerField(
        label=gettext_lazy("How many days"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-s", "maxlength": 3}),
        error_messages={"invalid": _WHOLE},
    )
    anchor = forms.ChoiceField(
        label=gettext_lazy("Counted from"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Please choose from where the days count."),
            "invalid_choice": gettext_lazy("Please choose from where the days count."),
        },
    )
    at = forms.TimeField(
        label=gettext_lazy("At"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "w-m"}),
        error_messages={"invalid": gettext_lazy("Please write the time like this: 14:30.")},
    )
    words = ParagraphField(
        label=gettext_lazy("Your words in this mail"),
        help_text=gettext_lazy("They stand on top, with your name. You can leave this empty."),
        max_length=WORDS_MAX,
        required=False,
    )

    def __init__(self, data: Any = None, *, kind: Kind, party: Party, rule: Rule | None) -> None:
        self.kind, self.party = kind, party
        self.before = _when(rule) if rule else FIRST_WHEN[kind]
        super().__init__(data, initial=_initial(self.before, rule.words if rule else ""))
        self.anchors = [one for one in ANCHORS[kind] if self._offers(one)]
        self._fit_fields()
        self.helper = _helper(list(self.fields), kind)

    @property
    def when(self) -> When:
        """The moment that was chosen. Only for a valid form."""
        anchor = self._anchor()
        if anchor is Anchor.HALF_WAY:
            return When(anchor)
        return When(anchor, self.cleaned_data.get("days") or 0, self.cleaned_data["at"])

    def clean(self) -> dict[str, Any]:
        anchor = self._anchor()
        if anchor is None or anchor is Anchor.HALF_WAY:
            return self.cleaned_data
        self._check_days(anchor)
        self._check_at()
        if self.kind is Kind.STILL_ON and not self.errors:
            self._check_before_party()
        return self.cleaned_data

    def _offers(self, anchor: Anchor) -> bool:
        """Half-way is for homes with very little time, and only its own line has it."""
        return anchor is not Anchor.HALF_WAY or self.before.anchor is Anchor.HALF_WAY

    def _fit_fields(self) -> None:
        if len(self.anchors) < 2:
            del self.fields["anchor"]
        else:
            field: Any = self.fields["anchor"]
            field.choices = [(one.value, _FROM[one]) for one in self.anchors]
        if self.kind is Kind.FOLLOW_UP:
            del self.fields["days"]
        elif self.kind is Kind.STILL_ON:
            self.fields["days"].label = _("How many days before the party")

    def _anchor(self) -> Any:
        if "anchor" not in self.fields:
            return self.anchors[0]
        chosen = self.cleaned_data.get("anchor")
        return Anchor(chosen) if chosen else None

    def _check_days(self, anchor: Anchor) -> None:
        if "days" not in self.fields or "days" in self.errors:
            return
        if self.cleaned_data.get("days") not in DAYS[anchor]:
            self.add_error("days", str(_RANGE[anchor]))

    def _check_at(self) -> None:
        if "at" in self.errors:
            return
        at = self.cleaned_data.get("at")
        if at is None:
            self.add_error("at", _("Please write the time like this: 14:30."))
        elif not may_go_at(at):
            words = _("No mail goes out at night. Please choose a time from 8:00 to 19:59.")
            self.add_error("at", words)

    def _check_before_party(self) -> None:
        day = self.party.day - timedelta(days=self.when.days)
        if self.when.at is not None and (
            resolve(day, self.when.at, self.party.timezone) >= self.party.starts_at
        ):
            self.add_error("at", _("The party has begun by then. Please choose an earlier time."))


def _when(rule: Rule) -> When:
    return When(Anchor(rule.anchor), rule.days, rule.at)


def _initial(when: When, words: str) -> dict[str, Any]:
    half_way = when.anchor is Anchor.HALF_WAY
    return {
        "anchor": when.anchor.value,
        "days": None if half_way else when.days,
        "at": when.at,
        "words": words,
    }


def _helper(names: list[str], kind: Kind) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    if kind is Kind.REMINDER:
        moment: tuple[Any, ...] = ("days", "anchor", "at")
    else:
        moment = (Row(*[name for name in ("days", "at") if name in names]),)
    helper.layout = Layout(Fieldset(_("When"), *moment), Fieldset(_("Your words"), "words"))
    return helper
