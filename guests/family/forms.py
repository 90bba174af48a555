"""What a family may add to its answer. Which questions there are depends on the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from guests.answering import Details
from guests.family.home import Home
from guests.models import Guest, Stays
from guests.models.response import MOST_EXTRA
from guests.wording import day_words
from parties.models import Party
from parties.words import Answer

LONGEST = 500  # letters, of the allergies and of the word to the host
COMING = (Answer.ACCEPTED, Answer.VIDEO)
# Control characters, and those that turn the direction of what follows them.
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# The questions of each answer, in their order.
QUESTIONS: dict[Answer, tuple[str, ...]] = {
    Answer.ACCEPTED: ("guests", "adults", "siblings", "stays", "allergies", "message"),
    Answer.VIDEO: ("guests", "message"),
    Answer.TENTATIVE: ("know_by", "message"),
    Answer.DECLINED: ("message",),
}


class Words(forms.CharField):
    """A line or a few of free text. A line break counts as one letter, as browsers count it."""

    def to_python(self, value: Any) -> str:
        text = "" if value is None else str(value)
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        return str(super().to_python(_UNSEEN.sub("", text)))


class DetailsForm(forms.Form):
    """The questions for one answer; what was said earlier stands in the fields.

    `days` are the first and the last day that "I'll know by" may name; None leaves it out.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        answer: Answer,
        home: Home,
        party: Party,
        days: tuple[date, date] | None,
    ) -> None:
        super().__init__(data, initial=_earlier(home, answer), auto_id="id_%s")
        self.answer = answer
        self.home = home
        host = {"host": party.host_name}
        makers: dict[str, Callable[[], forms.Field | None]] = {
            "guests": lambda: _guests(home.guests),
            "adults": lambda: _number(_("How many grown-ups come?")),
            "siblings": lambda: _number(_("How many brothers and sisters come too?")),
            "stays": _stays,
            "allergies": lambda: _words(_("Allergies, or food they don’t eat"), rows=1),
            "message": lambda: _words(
                _("A word to %(host)s") % host, rows=3, hint=_("Only %(host)s reads this.") % host
            ),
            "know_by": lambda: _know_by(days) if days else None,
        }
        for name in QUESTIONS[answer]:
            made = makers[name]()
            if made is not None:
                self.fields[name] = made

    def answers(self) -> dict[int, Answer]:
        """An answer for each child. Only for a valid form."""
        if "guests" in self.fields:
            coming = {int(pk) for pk in self.cleaned_data["guests"]}
            return {
                guest.pk: self.answer if guest.pk in coming else Answer.DECLINED
                for guest in self.home.guests
            }
        return answers_for(self.answer, self.home)

    def details(self) -> Details:
        """What was said earlier, with the answers to these questions in its place."""
        known = earlier_details(self.home, self.answer)
        given = {name: self.cleaned_data[name] for name in self.fields if name != "guests"}
        return replace(known, **given)


def answers_for(answer: Answer, home: Home) -> dict[int, Answer]:
    """One answer for all children; the same one again keeps what was said of each of them."""
    if home.is_answered and home.answer is answer:
        return dict(home.said)
    return dict.fromkeys((guest.pk for guest in home.guests), answer)


def earlier_details(home: Home, answer: Answer) -> Details:
    """What this voice added to its last answer; "I’ll know by" only while it is not sure."""
    own = home.own
    if own is None:
        return Details()
    return Details(
        adults=own.adults,
        siblings=own.siblings,
        allergies=own.allergies,
        stays=own.stays,
        message=own.message,
        know_by=own.know_by if answer is Answer.TENTATIVE else None,
    )


def _earlier(home: Home, answer: Answer) -> dict[str, Any]:
    known = earlier_details(home, answer)
    return {
        "guests": [str(pk) for pk, said in answers_for(answer, home).items() if said in COMING],
        "adults": known.adults,
        "siblings": known.siblings,
        "stays": known.stays,
        "allergies": known.allergies,
        "message": known.message,
        "know_by": known.know_by,
    }


def _guests(guests: Sequence[Guest]) -> forms.Field | None:
    """Which of several children come. An only child's answer is the answer."""
    if len(guests) < 2:
        return None
    return forms.MultipleChoiceField(
        label=_("Who is coming?"),
        choices=[(str(guest.pk), guest.name) for guest in guests],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Who is coming? If nobody can, tap “Can’t come” below."),
            "invalid_choice": _("Please choose from the names here."),
            "invalid_list": _("Please choose from the names here."),
        },
    )


def _number(label: str) -> forms.Field:
    # the label too: the summary on top shows the sentence alone
    sorry = _("%(label)s Please give a number from 0 to %(most)d.") % {
        "label": label,
        "most": MOST_EXTRA,
    }
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=MOST_EXTRA,
        widget=forms.NumberInput(attrs={"class": "w-s", "inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), sorry),
    )


def _stays() -> forms.Field:
    return forms.ChoiceField(
        label=_("Will a grown-up stay?"),
        required=False,
        choices=Stays.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Please choose one of the two.")},
    )


def _words(label: str, *, rows: int, hint: str = "") -> forms.Field:
    widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
    return Words(
        label=label,
        help_text=hint,
        required=False,
        max_length=LONGEST,
        widget=widget,
        error_messages={
            "max_length": _("That is a little long. Please keep it to %(most)d letters.")
            % {"most": LONGEST}
        },
    )


def _know_by(days: tuple[date, date]) -> forms.Field:
    first, last = days
    sorry = _("Please choose a day from today to %(last)s.") % {"last": day_words(last)}
    return _Day(
        label=_("When will you know?"),
        required=False,
        input_formats=["%Y-%m-%d"],
        first=first,
        last=last,
        widget=forms.DateInput(
            format="%Y-%m-%d",
            attrs={
                "type": "date",
                "class": "w-m",
                "min": first.isoformat(),
                "max": last.isoformat(),
            },
        ),
        error_messages={"invalid": sorry, "out_of_reach": sorry},
    )


class _Day(forms.DateField):
    """A day between two others, both inclusive."""

    def __init__(self, *, first: date, last: date, **options: Any) -> None:
        super().__init__(**options)
        self.first, self.last = first, last

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not self.first <= value <= self.last:
            raise forms.ValidationError(self.error_messages["out_of_reach"], "out_of_reach")
