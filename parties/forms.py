"""The one page on which a host makes a party, and changes it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parties import themes
from parties.fields import LineField, NameField, ParagraphField, PhoneField, ZoneField
from parties.models import Host, Party
from parties.models.party import ENOUGH, REPLY_BY_DAYS_BEFORE
from parties.schedule import resolve
from parties.zones import canonical

DEFAULT_ZONE = "Europe/London"
OLDEST = 21  # years; a typing slip such as 66 is noticed
MOST_ENOUGH = 60  # children
AHEAD = timedelta(days=2 * 365)  # nobody plans a birthday further ahead; a wrong year is noticed

_DAY = "%Y-%m-%d"
_DAY_WORDS = gettext_lazy("Please write the day like this: 2027-06-12.")
_CLOCK_WORDS = gettext_lazy("Please write the time like this: 14:30.")


def _number(most: int, words: Any, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        min_value=1,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-s", "maxlength": 4}),
        error_messages={"invalid": words, "min_value": words, "max_value": words},
        **kwargs,
    )


def _day(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        input_formats=[_DAY, "%d.%m.%Y"],
        widget=forms.DateInput(format=_DAY, attrs={"type": "date", "class": "w-m"}),
        error_messages={"invalid": _DAY_WORDS},
        **kwargs,
    )


def _clock(**kwargs: Any) -> forms.TimeField:
    return forms.TimeField(
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "w-m"}),
        error_messages={"invalid": _CLOCK_WORDS},
        **kwargs,
    )


if TYPE_CHECKING:  # only the checker of types can put a model into the brackets
    _OfParty = forms.ModelForm[Party]
else:
    _OfParty = forms.ModelForm


class PartyForm(_OfParty):
    """A party as its host types it; `now` decides which days are over."""

    child_name = NameField(
        label=gettext_lazy("First name"),
        max_length=50,
        widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"}),
    )
    turns = _number(
        OLDEST,
        gettext_lazy("Please write the age as a number from 1 to 21."),
        label=gettext_lazy("Turns"),
    )
    about_child = ParagraphField(
        label=gettext_lazy("What helps to have fun together?"),
        help_text=gettext_lazy(
            "Only the families you invite can read this. You can leave it empty."
        ),
        max_length=500,
        required=False,
    )
    host_name = NameField(
        label=gettext_lazy("Your first name"),
        max_length=50,
        widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "given-name"}),
    )
    host_is = NameField(
        label=gettext_lazy("How the families know you"),
        help_text=gettext_lazy("For example: Jamie’s mum. You can leave it empty."),
        max_length=50,
        required=False,
        widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"}),
    )
    host_phone = PhoneField(
        label=gettext_lazy("Your phone number"),
        help_text=gettext_lazy("For families who are late or lost. You can leave it empty."),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "class": "w-m", "autocomplete": "tel"}),
    )
    day = _day(label=gettext_lazy("Day"))
    starts = _clock(label=gettext_lazy("Starts"))
    ends = _clock(label=gettext_lazy("Ends"))
    timezone = ZoneField(label=gettext_lazy("Time zone"))
    place = LineField(
        label=gettext_lazy("Place"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    where_exactly = LineField(
        label=gettext_lazy("Where exactly?"),
        help_text=gettext_lazy(
            "What do people look for when they arrive? "
            "For example: the blue shelter behind the playground."
        ),
        max_length=300,
        required=False,
    )
    reply_by = _day(
        label=gettext_lazy("Reply by"),
        help_text=gettext_lazy(
            "Leave it empty for five days before. We remind families before that, "
            "so you don’t have to."
        ),
        required=False,
    )
    enough = _number(
        MOST_ENOUGH,
        gettext_lazy("How many children? Please write a number from 1 to 60."),
        label=gettext_lazy("How many children make it a good party?"),
        help_text=gettext_lazy(
            "For this child, and not for other people. If it looks like fewer, "
            "we tell you early. Only you see this."
        ),
    )
    stay_note = LineField(
        label=gettext_lazy("Stay or drop off?"),
        help_text=gettext_lazy("For example: stay for a coffee, or drop off and be back at four."),
        max_length=300,
        required=False,
    )
    food_note = LineField(
        label=gettext_lazy("Food"),
        help_text=gettext_lazy("For example: cake and fruit, and nothing with nuts."),
        max_length=300,
        required=False,
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Look"), choices=themes.CHOICES, widget=forms.RadioSelect
    )

    class Meta:
        model = Party
        fields = (
            "child_name", "turns", "about_child", "host_name", "host_is", "host_phone",
            "day", "starts", "ends", "timezone", "place", "where_exactly",
            "reply_by", "enough", "stay_note", "food_note", "theme",
        )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["timezone"].widget.attrs["data-timezone"] = ""
        self.stored = {name: getattr(self.instance, name) for name in self._meta.fields or ()}
        self.helper = _helper()

    @property
    def is_new(self) -> bool:
        return self.instance.pk is None

    def altered(self) -> set[str]:
        """The fields whose cleaned value is another one than is stored."""
        return {
            name for name, was in self.stored.items() if self.cleaned_data.get(name, was) != was
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Without a zone nobody knows which day it is; its own error stands beside it.
        today = self.now.astimezone(ZoneInfo(cleaned.get("timezone", "UTC"))).date()
        self._check_day(cleaned.get("day"), today)
        self._check_clock(cleaned)
        if cleaned.get("day"):
            self._check_reply_by(cleaned, today)
        return cleaned

    def clock_notes(self) -> list[str]:
        """What the clock change does to the times of this (valid) form, in words."""
        cleaned = self.cleaned_data
        notes = []
        for name in ("starts", "ends"):
            shown = resolve(cleaned["day"], cleaned[name], cleaned["timezone"]).astimezone(
                ZoneInfo(cleaned["timezone"])
            )
            if shown.time() != cleaned[name]:
                notes.append(
                    _("The clocks change that day, so %(typed)s becomes %(real)s.")
                    % {"typed": f"{cleaned[name]:%H:%M}", "real": f"{shown:%H:%M}"}
                )
        return notes

    def _moved(self, *names: str) -> bool:
        """A party that keeps its day may be changed although the day has come."""
        return self.is_new or any(self.cleaned_data.get(n) != self.stored[n] for n in names)

    def _check_day(self, day: date | None, today: date) -> None:
        if day is None or not self._moved("day"):
            return
        if day < today:
            self.add_error("day", _("That day is over. Which day is the party?"))
        elif day > today + AHEAD:
            self.add_error("day", _("That is more than two years from now. Which year is it?"))

    def _check_clock(self, cleaned: dict[str, Any]) -> None:
        starts, ends, day = cleaned.get("starts"), cleaned.get("ends"), cleaned.get("day")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The party ends before it starts. When does it end?"))
        elif starts and ends and ends == starts:
            self.add_error("ends", _("The party ends as it starts. When does it end?"))
        if not (starts and day and cleaned.get("timezone")):
            return
        moved = self._moved("day", "starts", "timezone")
        if moved and resolve(day, starts, cleaned["timezone"]) <= self.now:
            self.add_error("starts", _("That time is over already. When does the party start?"))

    def _check_reply_by(self, cleaned: dict[str, Any], today: date) -> None:
        day, reply_by = cleaned["day"], cleaned.get("reply_by")
        if "reply_by" in self.errors:
            return
        if reply_by is None:
            wanted = max(day - timedelta(days=REPLY_BY_DAYS_BEFORE), today)
            cleaned["reply_by"] = min(wanted, day)
        elif reply_by > day:
            self.add_error(
                "reply_by", _("That is after the party. Until when do you need to know?")
            )
        elif reply_by < today and self._moved("reply_by"):
            self.add_error("reply_by", _("That day is over. Until when do you need to know?"))


def first_values(host: Host) -> dict[str, Any]:
    """What a new party begins with: what this host wrote last time, else what suits most."""
    last = Party.objects.for_host(host).order_by("-created_at", "-pk").first()
    return {
        "host_name": last.host_name if last else host.name,
        "host_phone": last.host_phone if last else "",
        "timezone": (last and canonical(last.timezone)) or DEFAULT_ZONE,
        "enough": ENOUGH,
        "theme": themes.DEFAULT_THEME,
    }


def _helper() -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.layout = Layout(
        Fieldset(_("The birthday child"), Row("child_name", "turns"), "about_child"),
        Fieldset(_("You"), Row("host_name", "host_is"), "host_phone"),
        Fieldset(
            _("When and where"),
            "day",
            Row("starts", "ends"),
            "timezone",
            "place",
            "where_exactly",
        ),
        Fieldset(_("Answers"), "reply_by", "enough"),
        Fieldset(_("Good to know"), "stay_note", "food_note"),
        Field("theme", template="party/layout/themes.html"),
    )
    return helper
