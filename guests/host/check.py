"""A pasted list as the host checks it: what was understood, home by home."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from guests.host import phrases
from guests.host.rows import Input, RowForm, initial_of, inputs_of
from guests.inviting import NewHousehold
from guests.lists import HOUSEHOLDS_MAX, ReadContact, ReadHousehold, display_email, read_list
from guests.lists.results import NoteCode, ProblemCode
from guests.wording import join_names, phone_words
from parties.models import Party
from parties.zones import country

LOOK, TWINS, TWO_HOMES, NO_ADDRESS, READY = "look", "twins", "two_homes", "no_address", "ready"


@dataclass(frozen=True, slots=True)
class Row:
    """One home on the page."""

    form: RowForm
    group: str
    title: str
    lines: str
    detail: tuple[str, ...]
    notes: tuple[str, ...]
    mistyped: tuple[str, str] | None  # the ends of the address as read, and as probably meant
    is_open: bool
    left_out: bool
    children: Input
    contacts: tuple[tuple[Input, ...], ...]
    line: Input

    @property
    def take(self) -> bool:
        """Whether the address that was probably meant is chosen; it is, until the host says no."""
        return not self.form.is_bound or self.form.shown("take") == "yes"

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(name of the field, what is wrong) for the summary on top."""
        fields = (self.children, *(one for each in self.contacts for one in each), self.line)
        return [(one.name, words) for one in fields for words in one.errors]


class Check:
    """The list `raw`, with what the host corrected meanwhile in `data`. Stores nothing."""

    def __init__(self, raw: str, *, party: Party, data: Mapping[str, str] | None = None) -> None:
        self.raw = raw
        self.party = party
        region = country(party.timezone)
        self.reading = read_list(raw, region=region)
        count = len(self.reading.households)
        if data is not None:
            count = min(_number(data.get("count", "")), HOUSEHOLDS_MAX)
        self.rows = [self._row(index, region, data) for index in range(count)]

    @cached_property
    def is_valid(self) -> bool:
        return not any(row.form.errors for row in self.rows)

    @property
    def problems(self) -> list[tuple[str, str]]:
        return [problem for row in self.rows for problem in row.problems]

    @property
    def ready(self) -> int:
        """How many homes can be mailed as they are."""
        return sum(row.group in (READY, TWINS, TWO_HOMES) for row in self.rows)

    def households(self) -> list[NewHousehold]:
        return [row.form.household() for row in self.rows if not row.left_out]

    @property
    def skipped(self) -> list[tuple[int, str, str]]:
        """Lines that are no home: number, text, and why."""
        return [
            (problem.line, problem.text, phrases.problem_words(problem))
            for problem in self.reading.problems
            if problem.code is not ProblemCode.NOTHING_FOUND
        ]

    @property
    def chatter(self) -> list[tuple[int, str]]:
        """Lines that seem to be talk."""
        return [
            (problem.line, problem.text)
            for problem in self.reading.problems
            if problem.code is ProblemCode.NOTHING_FOUND
        ]

    @property
    def groups(self) -> dict[str, list[Row]]:
        """The rows of each group, in the order of the list; a name also for an empty one."""
        found: dict[str, list[Row]] = {
            name: [] for name in (LOOK, TWINS, TWO_HOMES, NO_ADDRESS, READY)
        }
        for row in self.rows:
            found[row.group].append(row)
        return found

    def _row(self, index: int, region: str, data: Mapping[str, str] | None) -> Row:
        known = self.reading.households
        read = known[index] if index < len(known) else ReadHousehold((), ())
        form = RowForm(data, prefix=f"h{index}", initial=initial_of(read), region=region)
        children, contacts, line = inputs_of(form)
        wrong = bool(form.errors)
        asks = read.needs_a_look and not read.has(NoteCode.LOOKS_MISTYPED)
        return Row(
            form=form,
            group=LOOK if wrong else _group(read),
            title=join_names(read.guests),
            lines=phrases.lines_words(read.lines) if read.lines else "",
            detail=tuple(_contact_words(contact, self.party) for contact in read.contacts),
            notes=tuple(words for note in read.notes if (words := phrases.note_words(note))),
            mistyped=_mistyped(read),
            is_open=wrong or asks,
            left_out=form.is_bound and bool(form.cleaned_data.get("leave_out")),
            children=children,
            contacts=contacts,
            line=line,
        )


def _group(read: ReadHousehold) -> str:
    if read.needs_a_look:
        return LOOK
    if not read.mailable:
        return NO_ADDRESS
    if read.has(NoteCode.TWO_HOMES):
        return TWO_HOMES
    return TWINS if read.has(NoteCode.TWINS) else READY


def _mistyped(read: ReadHousehold) -> tuple[str, str] | None:
    for note in read.notes:
        if note.code is NoteCode.LOOKS_MISTYPED:
            ends = [display_email(one).rpartition("@")[2] for one in (note.about, note.value)]
            return ends[0], ends[1]
    return None


def _contact_words(contact: ReadContact, party: Party) -> str:
    email = display_email(contact.email) if contact.email else ""
    phone = phone_words(contact.phone, party) if contact.phone else ""
    return ", ".join(part for part in (contact.name, email, phone) if part)


def _number(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 5 else 0
