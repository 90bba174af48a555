"""Reading of pasted lists, and the cleaning of names, addresses and numbers for all forms.

Pure: no Django, no clock, no database. Start with `read_list`.
"""

from guests.lists.addresses import (
    EmailProblem,
    EmailProblemCode,
    PhoneProblem,
    PhoneProblemCode,
    clean_email,
    clean_phone,
    display_email,
    email_key,
    mixes_scripts,
    suggest_email,
)
from guests.lists.reading import HOUSEHOLDS_MAX, TEXT_MAX, read_list
from guests.lists.results import (
    Duplicate,
    Note,
    NoteCode,
    Problem,
    ProblemCode,
    ReadContact,
    ReadHousehold,
    Reading,
)
from parties.names import NAME_MAX, NameProblem, NameProblemCode, clean_name

__all__ = [
    "HOUSEHOLDS_MAX",
    "NAME_MAX",
    "TEXT_MAX",
    "Duplicate",
    "EmailProblem",
    "EmailProblemCode",
    "NameProblem",
    "NameProblemCode",
    "Note",
    "NoteCode",
    "PhoneProblem",
    "PhoneProblemCode",
    "Problem",
    "ProblemCode",
    "ReadContact",
    "ReadHousehold",
    "Reading",
    "clean_email",
    "clean_name",
    "clean_phone",
    "display_email",
    "email_key",
    "mixes_scripts",
    "read_list",
    "suggest_email",
]
