"""What reading a list gives back: plain, frozen values without a database behind them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoteCode(StrEnum):
    """Something that the host may want to know, or must look at, about one household."""

    TWINS = "twins"  # several children, one household
    TWO_HOMES = "two_homes"  # several contacts; each gets the mail
    NO_ADDRESS = "no_address"  # value: the adult's name, where one was given
    DUPLICATE = "duplicate"  # line: the later line; value: number of the line that was kept
    LOOKS_MISTYPED = "looks_mistyped"  # about: address as read; value: what it may have been
    MIXED_SCRIPTS = "mixed_scripts"  # about: an address whose domain mixes alphabets
    CANNOT_TELL_NAMES = "cannot_tell_names"  # value: taken for the child; about: for the adult
    BAD_ADDRESS = "bad_address"  # value: as written
    BAD_PHONE = "bad_phone"  # value: as written
    BAD_NAME = "bad_name"  # value: as written
    TOO_MANY_CONTACTS = "too_many_contacts"  # value: the address or number left out
    NAME_SHORTENED = "name_shortened"  # value: as written, with the surname; about: as kept
    NO_CHILD = "no_child"  # an address and no child's name
    SAME_NAME = "same_name"  # value: a first name that another household has too
    SAME_ADDRESS = "same_address"  # value: an address that another household has too
    JOINED_LINES = "joined_lines"  # the address stood on the line below the name

    @property
    def needs_a_look(self) -> bool:
        """Whether the host should decide something before this household is added."""
        return self in _NEED_A_LOOK


_NEED_A_LOOK = frozenset(
    {
        NoteCode.LOOKS_MISTYPED,
        NoteCode.MIXED_SCRIPTS,
        NoteCode.CANNOT_TELL_NAMES,
        NoteCode.BAD_ADDRESS,
        NoteCode.BAD_PHONE,
        NoteCode.BAD_NAME,
        NoteCode.TOO_MANY_CONTACTS,
        NoteCode.NO_CHILD,
        NoteCode.SAME_NAME,
        NoteCode.SAME_ADDRESS,
    }
)


class ProblemCode(StrEnum):
    """Why a line, or the rest of a list, became no household."""

    NOTHING_FOUND = "nothing_found"  # neither a name nor an address: chatter
    UNUSABLE_ADDRESS = "unusable_address"  # an address that cannot be right, and no name
    UNUSABLE_NAME = "unusable_name"  # a name that cannot be one, and no address
    BAD_CHARACTERS = "bad_characters"  # NUL or half a character; the line was not read
    LINE_TOO_LONG = "line_too_long"
    TEXT_TOO_LONG = "text_too_long"  # nothing was read
    TOO_MANY_LINES = "too_many_lines"  # from this line on nothing was read
    TOO_MANY_HOUSEHOLDS = "too_many_households"  # from this line on nothing was kept


@dataclass(frozen=True, slots=True)
class Note:
    """One remark on a household. `line` is 1-based; see NoteCode for `value` and `about`."""

    code: NoteCode
    line: int
    value: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class ReadContact:
    """An adult of a household; `email` is normalised, `phone` E.164; at least one is there."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ReadHousehold:
    """One household as it was understood: first names of children, 0 to 3 contacts.

    There is always a child or a contact; without a child it carries NO_CHILD.
    """

    lines: tuple[int, ...]
    guests: tuple[str, ...]
    contacts: tuple[ReadContact, ...] = ()
    notes: tuple[Note, ...] = ()

    def has(self, code: NoteCode) -> bool:
        """Whether a note of this kind was made."""
        return any(note.code is code for note in self.notes)

    @property
    def mailable(self) -> bool:
        """Whether a contact has an email address."""
        return any(contact.email for contact in self.contacts)

    @property
    def needs_a_look(self) -> bool:
        """Whether the host should decide something first."""
        return any(note.code.needs_a_look for note in self.notes)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that became no household; `text` is safe to show and at most 200 characters."""

    line: int
    text: str
    code: ProblemCode


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A line that said again what an earlier line had said."""

    line: int
    same_as: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole list as it was understood. `lines_read` counts the lines that are not blank."""

    households: tuple[ReadHousehold, ...] = ()
    problems: tuple[Problem, ...] = ()
    lines_read: int = 0
    duplicates: tuple[Duplicate, ...] = ()

    @property
    def children(self) -> int:
        """How many children the households have together."""
        return sum(len(household.guests) for household in self.households)
