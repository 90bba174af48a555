"""One home of a list that was read, as the host corrects it: a form, checked and drawn by hand.

Five hundred of these stand on one page, so each field is drawn by a plain template and not by a
widget.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from django import forms
from django.conf import settings
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _

from guests.host import phrases
from guests.inviting import NewContact, NewHousehold
from guests.lists import (
    EmailProblem,
    EmailProblemCode,
    NameProblem,
    NameProblemCode,
    PhoneProblem,
    PhoneProblemCode,
    ReadHousehold,
    clean_email,
    clean_name,
    clean_phone,
    email_key,
    suggest_email,
)
from guests.lists.results import NoteCode
from guests.models.contact import MAX_CONTACTS
from parties.fields import LineField

MOST_CHILDREN = 10  # on one invitation
LINE_MAX = 300
_BETWEEN = re.compile(r"[,;&+\n]|\s(?:and|und|et|y|e|i|og)\s", re.IGNORECASE)


def own_address() -> str:
    """The address that our mail comes from; it reads nothing."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()


def child_names(raw: str) -> tuple[str, ...]:
    """The first names in "Ben and Bella", each once. Raises ValidationError in a host's words."""
    names: dict[str, str] = {}
    for part in _BETWEEN.split(raw):
        try:
            name = clean_name(part)
        except NameProblem as problem:
            if problem.code is NameProblemCode.EMPTY:
                continue
            raise forms.ValidationError(str(phrases.NAME[problem.code])) from None
        names.setdefault(name.casefold(), name)
    if not names:
        raise forms.ValidationError(_("Who is invited here? Please write the child’s first name."))
    if len(names) > MOST_CHILDREN:
        raise forms.ValidationError(_("Ten children are the most for one home."))
    return tuple(names.values())


def adult_name(raw: str) -> str:
    """An adult's name, or the empty string. Raises ValidationError."""
    try:
        return clean_name(raw)
    except NameProblem as problem:
        if problem.code is NameProblemCode.EMPTY:
            return ""
        raise forms.ValidationError(str(phrases.NAME[problem.code])) from None


def mail_address(raw: str) -> str:
    """A clean mail address, or the empty string. Raises ValidationError."""
    try:
        email = clean_email(raw)
    except EmailProblem as problem:
        if problem.code is EmailProblemCode.EMPTY:
            return ""
        raise forms.ValidationError(str(phrases.EMAIL[problem.code])) from None
    if email_key(email) == own_address():
        raise forms.ValidationError(str(phrases.EMAIL[EmailProblemCode.ROLE_ACCOUNT]))
    return email


def phone_number(raw: str, region: str) -> str:
    """A number in E.164, or the empty string. Raises ValidationError."""
    try:
        return clean_phone(raw, region)
    except PhoneProblem as problem:
        if problem.code is PhoneProblemCode.EMPTY:
            return ""
        raise forms.ValidationError(str(phrases.PHONE[problem.code])) from None


class RowForm(forms.Form):
    """One home: its children, up to three contacts, a personal line. Left out, nothing is wrong."""

    children = forms.CharField(required=False, strip=False)
    line = LineField(required=False, max_length=LINE_MAX)
    leave_out = forms.BooleanField(required=False)
    take = forms.CharField(required=False)  # "yes": the address that it was probably meant to be

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        for index in range(MAX_CONTACTS):
            for name in ("name", "email", "phone"):
                self.fields[f"{name}{index}"] = forms.CharField(required=False, strip=False)

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.cleaned_data.get("leave_out"):
            self._errors = ErrorDict()

    def clean_children(self) -> tuple[str, ...]:
        return child_names(self.cleaned_data["children"])

    def clean(self) -> dict[str, Any]:
        contacts = [self._contact(index) for index in range(MAX_CONTACTS)]
        self.contacts = tuple(one for one in contacts if one != NewContact())
        return self.cleaned_data

    def household(self) -> NewHousehold:
        """What is to be put on the list. Only for a valid row that is not left out."""
        return NewHousehold(
            guests=self.cleaned_data["children"],
            contacts=self.contacts,
            personal_line=self.cleaned_data["line"],
        )

    def shown(self, name: str) -> str:
        """What stands in a field: as it was typed, else as it was read."""
        if self.is_bound:
            return str(self.data.get(self.add_prefix(name), ""))
        return str(self.initial.get(name, ""))

    def _contact(self, index: int) -> NewContact:
        email = self._cleaned(f"email{index}", mail_address)
        if email and self.cleaned_data.get("take") == "yes":
            email = suggest_email(email) or email
        return NewContact(
            name=self._cleaned(f"name{index}", adult_name),
            email=email,
            phone=self._cleaned(f"phone{index}", lambda raw: phone_number(raw, self.region)),
        )

    def _cleaned(self, name: str, clean: Any) -> str:
        try:
            return str(clean(self.cleaned_data.get(name, "")))
        except forms.ValidationError as error:
            self.add_error(name, error)
            return ""


@dataclass(frozen=True, slots=True)
class Input:
    """One text field, ready to draw."""

    name: str
    label: str
    value: str
    errors: tuple[str, ...]
    type: str = "text"
    auto: str = "off"


def initial_of(read: ReadHousehold) -> dict[str, str]:
    """What a row begins with: the home as it was read."""
    values = {"children": ", ".join(read.guests)}
    for index, contact in enumerate(read.contacts[:MAX_CONTACTS]):
        values |= {
            f"name{index}": contact.name,
            f"email{index}": contact.email,
            f"phone{index}": contact.phone,
        }
    adult = next((note.value for note in read.notes if note.code is NoteCode.NO_ADDRESS), "")
    if adult and not values.get("name0"):
        values["name0"] = adult
    return values


def inputs_of(form: RowForm) -> tuple[Input, tuple[tuple[Input, ...], ...], Input]:
    """The fields of a row: the children, the contacts in use and one more, the personal line."""
    used = [
        index
        for index in range(MAX_CONTACTS)
        if any(form.shown(f"{name}{index}") for name in ("name", "email", "phone"))
    ]
    count = min((max(used) + 2) if used else 1, MAX_CONTACTS)
    contacts = tuple(
        (
            _input(form, f"name{index}", _("Grown-up")),
            _input(form, f"email{index}", _("Mail"), "email"),
            _input(form, f"phone{index}", _("Phone"), "tel"),
        )
        for index in range(count)
    )
    return (
        _input(form, "children", _("Children")),
        contacts,
        _input(form, "line", _("A personal line in the invitation")),
    )


def _input(form: RowForm, name: str, label: str, kind: str = "text") -> Input:
    errors: Mapping[str, Any] = form.errors if form.is_bound else {}
    return Input(
        name=form.add_prefix(name),
        label=label,
        value=form.shown(name),
        errors=tuple(str(error) for error in errors.get(name, ())),
        type=kind,
    )
