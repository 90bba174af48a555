"""What the reading of a list found, in the words of a host page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from guests.lists import (
    EmailProblemCode,
    NameProblemCode,
    Note,
    NoteCode,
    PhoneProblemCode,
    Problem,
    ProblemCode,
    display_email,
)

EMAIL: dict[EmailProblemCode, str | Promise] = {
    EmailProblemCode.BAD_CHARACTERS: gettext_lazy(
        "This address got damaged. Please type it again."
    ),
    EmailProblemCode.NOT_AN_ADDRESS: gettext_lazy(
        "This does not look like a mail address. Please check it."
    ),
    EmailProblemCode.NON_ASCII_LOCAL: gettext_lazy(
        "Before the @, we can only use plain letters. Is there another address?"
    ),
    EmailProblemCode.TOO_LONG: gettext_lazy("This address is too long. Please check it."),
    EmailProblemCode.BAD_DOMAIN: gettext_lazy(
        "The part after the @ cannot be right. Please check it."
    ),
    EmailProblemCode.LITERAL_DOMAIN: gettext_lazy(
        "Please write the name after the @, and no numbers in brackets."
    ),
    EmailProblemCode.NOT_PUBLIC: gettext_lazy(
        "Mail cannot get to this address from here. Is there another one?"
    ),
    EmailProblemCode.ROLE_ACCOUNT: gettext_lazy(
        "No parent reads the mail of this address. Is there another one?"
    ),
}
PHONE: dict[PhoneProblemCode, str | Promise] = {
    PhoneProblemCode.BAD_CHARACTERS: gettext_lazy("This number got damaged. Please type it again."),
    PhoneProblemCode.NOT_A_NUMBER: gettext_lazy("This number cannot be called. Please check it."),
}
NAME: dict[NameProblemCode, str | Promise] = {
    NameProblemCode.EMPTY: gettext_lazy("Please write a first name."),
    NameProblemCode.BAD_CHARACTERS: gettext_lazy("This name got damaged. Please type it again."),
    NameProblemCode.TOO_LONG: gettext_lazy("This name is too long. A first name is enough."),
    NameProblemCode.TOO_MANY_MARKS: gettext_lazy(
        "This name has too many accents on one letter. Please type it plainly."
    ),
    NameProblemCode.NO_LETTERS: gettext_lazy("Please write a name with at least one letter."),
    NameProblemCode.WEB_ADDRESS: gettext_lazy("Please write a name here, and no web address."),
    NameProblemCode.LONG_NUMBER: gettext_lazy("Please write a name here, and no number."),
}
_PROBLEM: dict[ProblemCode, str | Promise] = {
    ProblemCode.NOTHING_FOUND: gettext_lazy("We found no name and no address here."),
    ProblemCode.BAD_CHARACTERS: gettext_lazy("This line got damaged on its way."),
    ProblemCode.LINE_TOO_LONG: gettext_lazy("This line is too long. One home a line works best."),
    ProblemCode.TEXT_TOO_LONG: gettext_lazy(
        "This is too much for one list. Please add it in parts."
    ),
    ProblemCode.TOO_MANY_LINES: gettext_lazy("From here on we read nothing: the list is too long."),
    ProblemCode.TOO_MANY_HOUSEHOLDS: gettext_lazy(
        "From here on we kept nothing: one party has room for 500 homes."
    ),
    ProblemCode.UNUSABLE_ADDRESS: gettext_lazy(
        "This address cannot be right, and there is no name."
    ),
    ProblemCode.UNUSABLE_NAME: gettext_lazy("This cannot be a name, and there is no address."),
}
_NOTE: dict[NoteCode, str | Promise] = {
    NoteCode.LOOKS_MISTYPED: gettext_lazy("%(about)s looks like a slip of the finger."),
    NoteCode.MIXED_SCRIPTS: gettext_lazy(
        "%(about)s mixes two alphabets. Please check that it is right."
    ),
    NoteCode.CANNOT_TELL_NAMES: gettext_lazy("We can’t tell the child’s name from the parent’s."),
    NoteCode.BAD_ADDRESS: gettext_lazy("“%(value)s” is no address that mail can go to."),
    NoteCode.BAD_PHONE: gettext_lazy("“%(value)s” is no number that can be called."),
    NoteCode.BAD_NAME: gettext_lazy("“%(value)s” cannot be a name."),
    NoteCode.TOO_MANY_CONTACTS: gettext_lazy(
        "Three contacts are the most, so we left out %(value)s."
    ),
    NoteCode.NO_CHILD: gettext_lazy("There is an address, but no child’s name."),
    NoteCode.SAME_NAME: gettext_lazy(
        "There is another %(value)s in the list. Is it one child with two homes? "
        "Then write both addresses here, and leave the other one out."
    ),
    NoteCode.SAME_ADDRESS: gettext_lazy("Another home has %(value)s too. Do they belong together?"),
    NoteCode.NAME_SHORTENED: gettext_lazy("Written as “%(value)s”. A first name is enough."),
    NoteCode.JOINED_LINES: gettext_lazy("The name and the address stood on two lines."),
}


def lines_words(lines: Sequence[int]) -> str:
    """ "Line 9", "Lines 4, 18"."""
    numbers = ", ".join(str(line) for line in lines)
    return ngettext("Line %(lines)s", "Lines %(lines)s", len(lines)) % {"lines": numbers}


def problem_words(problem: Problem) -> str:
    return str(_PROBLEM.get(problem.code, _PROBLEM[ProblemCode.NOTHING_FOUND]))


def note_words(note: Note) -> str:
    """What the host should know about one home; empty where its group says it already."""
    words = _NOTE.get(note.code)
    if words is None:
        return ""
    return str(words) % {"value": _shown(note.value), "about": _shown(note.about)}


def _shown(value: str) -> str:
    return display_email(value) if "@" in value else value
