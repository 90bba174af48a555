"""The crispy pack "party": what stands where, and which ids belong together."""

from __future__ import annotations

import re

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Fieldset, Layout, Row, Submit
from crispy_forms.utils import render_crispy_form
from django import forms
from django.forms import formset_factory
from django.template import engines
from django.utils.datastructures import MultiValueDict

from parties.themes import CHOICES

STAYS = [("stay", "We’ll stay"), ("go", "We’ll drop off")]


class Example(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="First name", help_text="As friends call her.")
    mail = forms.EmailField(label="Mail")
    turns = forms.IntegerField(label="Turns")
    stays = forms.ChoiceField(
        label="Will you stay?", choices=STAYS, widget=forms.RadioSelect, help_text="Both are fine."
    )
    who = forms.MultipleChoiceField(
        label="Who comes?", choices=[("1", "Nia")], widget=forms.CheckboxSelectMultiple
    )
    sure = forms.BooleanField(label="Yes, cancel it")
    theme = forms.ChoiceField(label="Look", choices=CHOICES, widget=forms.RadioSelect)
    place = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.disable_csrf = True
        helper.layout = Layout(
            Fieldset("The birthday child", Row("name", "turns"), "mail"),
            "stays",
            "who",
            "sure",
            Field("theme", template="party/layout/themes.html"),
            "place",
            Submit("save", "Add 22 homes"),
        )
        return helper


def _rendered(data: dict[str, str] | None = None) -> str:
    given = (
        None if data is None else MultiValueDict({name: [value] for name, value in data.items()})
    )
    return str(render_crispy_form(Example(given)))


def test_all_that_describes_a_field_exists_once() -> None:
    page = _rendered({})
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    described = {
        one for ref in re.findall(r'aria-describedby="([^"]+)"', page) for one in ref.split()
    }
    assert {"id_name_helptext", "id_name_error", "id_stays_helptext", "id_stays_error"} <= described
    assert described <= set(ids)


def test_every_label_and_every_link_of_the_summary_leads_to_a_field() -> None:
    page = _rendered({})
    ids = set(re.findall(r'\sid="([^"]+)"', page))
    targets = re.findall(r'<a href="#([^"]+)"', page)
    names = ["name", "mail", "turns", "stays", "who", "sure", "theme"]
    assert targets == [f"id_{name}" for name in names]
    assert set(targets) <= ids
    assert set(re.findall(r'<label[^>]* for="([^"]*)"', page)) <= ids


def test_choices_are_a_named_group() -> None:
    page = _rendered()
    group = re.search(r'<fieldset[^>]*id="id_stays".*?</fieldset>', page, re.S)
    assert group
    assert "<legend>Will you stay?</legend>" in group[0]
    assert group[0].index("id_stays_helptext") < group[0].index('type="radio"')
    assert group[0].count('type="radio"') == 2


def test_hint_and_error_stand_before_the_input() -> None:
    page = _rendered({})
    order = [page.index(part) for part in ('for="id_name"', 'id="id_name_helptext"')]
    order += [page.index(part) for part in ('id="id_name_error"', 'name="name"')]
    assert order == sorted(order)
    assert 'aria-invalid="true"' in page


def test_the_summary_counts_what_is_to_be_fixed() -> None:
    assert "There are 7 things to fix" in _rendered({})
    almost = {"mail": "a@example.org", "turns": "7", "stays": "go", "who": "1", "sure": "on"}
    page = _rendered({**almost, "theme": "sea"})
    assert "There is one thing to fix" in page
    assert 'role="alert"' in page
    assert 'role="alert"' not in _rendered()


def test_errors_name_the_field_in_plain_words() -> None:
    page = _rendered({"mail": "anna@", "turns": "seven"})
    for words in (
        "Please fill in “First name”.",
        "This does not look like a mail address. Please look again.",
        "Please type a number in “Turns”.",
        "Please answer “Will you stay?”",
        "Please tick “Yes, cancel it”.",
    ):
        assert page.count(words) == 2, words  # in the summary and at the field


def test_what_was_typed_is_escaped_and_kept() -> None:
    page = _rendered({"name": '"><script>alert(1)</script>'})
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_every_theme_can_be_chosen_by_its_drawing() -> None:
    page = _rendered()
    assert page.count('class="avatar"') == len(CHOICES)
    assert re.findall(r'<label class="pick" data-theme="(\w+)"', page) == [n for n, _l in CHOICES]


def test_the_button_says_what_happens_and_the_page_itself_speaks_of_errors() -> None:
    page = _rendered()
    assert re.search(r'<button type="submit" name="save"[^>]*>Add 22 homes</button>', page)
    assert re.search(r"<form[^>]* novalidate", page)


def test_a_page_can_put_the_summary_first_and_once() -> None:
    form = Example({})
    template = engines["django"].from_string(
        "{% load crispy_forms_tags %}{{ form|as_crispy_errors }}<h1>x</h1>{% crispy form helper %}"
    )
    helper = form.helper
    helper.error_summary = False
    page = template.render({"form": form, "helper": helper})
    assert page.count('role="alert"') == 1
    assert page.index('role="alert"') < page.index("<h1>")


def test_a_formset_has_one_summary() -> None:
    formset = formset_factory(Example, extra=2)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"}, prefix="form"
    )
    template = engines["django"].from_string("{% load crispy_forms_tags %}{{ formset|crispy }}")
    page = template.render({"formset": formset})
    assert page.count('role="alert"') == 1
    assert 'href="#id_form-1-name"' in page
    assert "form-TOTAL_FORMS" in page
