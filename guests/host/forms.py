"""The small forms of the host's pages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guests.host.rows import LINE_MAX, adult_name, mail_address, phone_number
from guests.inviting import NewContact
from guests.models import Contact, Guest
from guests.wording import day_words
from parties.fields import LineField, ParagraphField
from parties.words import Answer

NOTE_MAX = 300


def _bare_helper() -> FormHelper:
    """The form's fields alone: the page has the form tag and the button."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


class CancelForm(forms.Form):
    note = ParagraphField(
        label=gettext_lazy("A line to the families"),
        help_text=gettext_lazy("It goes into the mail. You can leave it empty."),
        max_length=NOTE_MAX,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _bare_helper()


class LineForm(forms.Form):
    """The personal line of one home's invitation."""

    line = LineField(
        label=gettext_lazy("A personal line"),
        max_length=LINE_MAX,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _bare_helper()


class AnswerForm(forms.Form):
    """An answer that a family gave by phone or at the school gate: one for each child."""

    SAID = (
        (Answer.ACCEPTED.value, gettext_lazy("Coming")),
        (Answer.DECLINED.value, gettext_lazy("Can’t come")),
        (Answer.TENTATIVE.value, gettext_lazy("Not sure")),
    )

    submission_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        guests: Sequence[Guest],
        disputed: bool,
        today: date,
        last: date,
    ) -> None:
        super().__init__(data, auto_id="answer_%s")
        self.today, self.last = today, last
        self.guests = {f"guest{guest.pk}": guest for guest in guests}
        for name, guest in self.guests.items():
            self.fields[name] = forms.ChoiceField(
                label=guest.name,
                choices=self.SAID,
                widget=forms.RadioSelect,
                # two answers that differ leave the choice to the host
                initial=None if disputed else guest.answer,
                error_messages={
                    "required": _("What did they say about %(name)s?") % {"name": guest.name},
                    "invalid_choice": _("Please choose one of the three answers."),
                },
            )
        self.fields["know_by"] = forms.DateField(
            label=_("If not sure: when will they know?"),
            help_text=_("You can leave it empty."),
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
            error_messages={"invalid": _("Please write the day like this: 2027-06-12.")},
        )
        self.initial.setdefault("submission_id", uuid.uuid4())
        self.helper = _bare_helper()

    def clean_know_by(self) -> date | None:
        day: date | None = self.cleaned_data["know_by"]
        if day is not None and not self.today <= day <= self.last:
            words = _("Please choose a day from today to %(last)s.")
            raise forms.ValidationError(words % {"last": day_words(self.last)})
        return day

    def answers(self) -> dict[int, Answer]:
        """What was said for each child. Only for a valid form."""
        return {guest.pk: Answer(self.cleaned_data[name]) for name, guest in self.guests.items()}

    @property
    def number(self) -> uuid.UUID:
        """The submission's own number, so that a second tap stores nothing new."""
        return self.cleaned_data.get("submission_id") or uuid.uuid4()

    @property
    def know_by(self) -> date | None:
        """The day only counts for somebody who is not sure."""
        unsure = Answer.TENTATIVE in self.answers().values()
        return self.cleaned_data["know_by"] if unsure else None


class ContactForm(forms.Form):
    """One contact of a home, new or corrected: name, mail address, phone number."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False, strip=False)
    email = forms.CharField(
        label=gettext_lazy("Mail address"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = region
        self.helper = _bare_helper()

    @classmethod
    def of(cls, contact: Contact, *, region: str, data: Any = None) -> ContactForm:
        """The form of a contact that is there, with what it says now."""
        return cls(
            data,
            prefix=f"c{contact.pk}",
            region=region,
            initial={
                "name": contact.name,
                "email": contact.email_as_typed,
                "phone": contact.phone,
            },
        )

    def clean_name(self) -> str:
        return adult_name(self.cleaned_data["name"])

    def clean_email(self) -> str:
        return mail_address(self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return phone_number(self.cleaned_data["phone"], self.region)

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(self.cleaned_data.values()):
            raise forms.ValidationError(_("Please give a name, an address or a number."))
        return self.cleaned_data

    def contact(self) -> NewContact:
        return NewContact(**{name: self.cleaned_data[name] for name in ("name", "email", "phone")})
