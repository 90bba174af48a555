"""Reading a pasted list of households. Reads any text at all, and never raises on one."""

from __future__ import annotations

import re
from collections import Counter

from guests.lists.contacts import Draft, Home, name_matches
from guests.lists.groups import people_of
from guests.lists.households import households_of
from guests.lists.lines import Header, Line, lines_of
from guests.lists.merging import merge
from guests.lists.people import Adult, adult_name, draft_of
from guests.lists.results import (
    NoteCode,
    Problem,
    ProblemCode,
    ReadHousehold,
    Reading,
)
from guests.lists.tokens import Kind, Token, tokens_of
from guests.lists.words import is_lower
from parties.names import tidy

TEXT_MAX = 1_000_000  # characters
LINES_MAX = 2_000
HOUSEHOLDS_MAX = 500
PIECE_MAX = 1_000  # characters between two separators
SHOWN_MAX = 200  # characters of a line that a problem quotes

_BETWEEN = re.compile("[,;]")


def read_list(text: str, *, region: str = "GB") -> Reading:
    """The households in `text`, as far as they are evident; nothing in it is ever made up.

    Phone numbers without a country prefix belong to `region` (ISO 3166). Takes time in proportion
    to the text.
    """
    if len(text) > TEXT_MAX:
        return Reading(problems=(Problem(1, "", ProblemCode.TEXT_TOO_LONG),))
    return _Reader(region).read(text)


class _Reader:
    def __init__(self, region: str) -> None:
        self.region = region
        self.drafts: list[Draft] = []
        self.problems: list[Problem] = []
        self.header: Header | None = None
        self.waiting: Draft | None = None  # the household of the line just above, if still bare

    def read(self, text: str) -> Reading:
        count = 0
        for line in lines_of(text):
            if count >= LINES_MAX or len(self.drafts) > LINES_MAX:
                self._problem(line, ProblemCode.TOO_MANY_LINES)
                break
            count += 1
            if line.problem:
                self._problem(line, line.problem)
            elif line.header:
                self.header = line.header
            else:
                self._line(line)
        _use_senders(self.drafts)
        drafts, duplicates = merge(self.drafts)
        if len(drafts) > HOUSEHOLDS_MAX:
            first = Line(drafts[HOUSEHOLDS_MAX].lines[0], " ".join(drafts[HOUSEHOLDS_MAX].guests))
            self._problem(first, ProblemCode.TOO_MANY_HOUSEHOLDS)
        households = tuple(_household(draft) for draft in drafts[:HOUSEHOLDS_MAX])
        return Reading(households, tuple(self.problems), count, tuple(duplicates))

    def _line(self, line: Line) -> None:
        above, self.waiting = self.waiting, None
        if max(map(len, _BETWEEN.split(line.text))) > PIECE_MAX:
            self._problem(line, ProblemCode.LINE_TOO_LONG)
            return
        tokens = tokens_of(line.text, self.region)
        if not _reachable(tokens) and not _names_only(tokens):
            self._problem(line, ProblemCode.NOTHING_FOUND)
            return
        pieces = households_of(tokens)
        drafts = [self._draft(piece, line) for piece in pieces]
        if len(drafts) == 1 and self._continues(above, drafts[0]):
            return
        if len(drafts) == 2 and not any(token.is_address for token in tokens) and "," in line.text:
            names = [" ".join(draft.guests) for draft in drafts]
            for draft in drafts:
                draft.note(NoteCode.CANNOT_TELL_NAMES, *names)
        for draft in drafts:
            if draft.guests or draft.homes:
                self.drafts.append(draft)
            else:
                self._problem(line, _why_nothing(draft))
        self.waiting = drafts[0] if len(drafts) == 1 and drafts[0].guests else None

    def _draft(self, piece: list[Token], line: Line) -> Draft:
        people = people_of(piece)
        draft = draft_of(people, line.number, self.header)
        if line.sender:
            self._add_sender(draft, line.sender)
        return draft

    def _add_sender(self, draft: Draft, shown: str) -> None:
        """Who wrote a message is probably the parent: "Priya", "Priya (Noah's mum)", a number."""
        tokens = tokens_of(shown, self.region)
        people = people_of(tokens)
        phones = [token.text for token in tokens if token.kind is Kind.PHONE]
        if phones and len(draft.homes) == 1 and not draft.homes[0].phone:
            draft.homes[0].phone = phones[0]
        adults = [group for group in people.groups if not group.child]
        if not draft.guests:
            for group in people.groups:
                if group.child:
                    draft.guests.extend(" ".join(words[:1]) for words in group.names)
        if adults and not phones:
            draft.sender = Adult(adult_name(adults[0].names[0])).name

    def _continues(self, above: Draft | None, draft: Draft) -> bool:
        """Whether this is the address, alone on its line, of the name above it; then adds it."""
        if above is None or draft.guests or not draft.homes:
            return False
        if draft.lines[0] != above.lines[-1] + 1 or draft.sender not in ("", above.sender):
            return False
        if above.homes and not _completes(above.homes, draft.homes):
            return False
        for home in draft.homes:
            if above.homes:
                known = above.homes.pop()
                home.email, home.phone = home.email or known.email, home.phone or known.phone
                home.name = home.name or known.name
            home.name = home.name or above.adult
        above.homes.extend(draft.homes)
        above.lines.extend(draft.lines)
        above.roles |= draft.roles
        above.notes.extend(draft.notes)
        above.note(NoteCode.JOINED_LINES)
        self.waiting = above
        return True

    def _problem(self, line: Line, code: ProblemCode) -> None:
        shown = tidy(line.text[: 2 * SHOWN_MAX].replace("\t", " "))
        self.problems.append(Problem(line.number, shown[:SHOWN_MAX], code))


def _completes(known: list[Home], new: list[Home]) -> bool:
    """Whether one contact has the address and the other the number of the same person."""
    if len(known) != 1 or len(new) != 1 or (known[0].name and new[0].name):
        return False
    return not (known[0].email and new[0].email) and not (known[0].phone and new[0].phone)


def _why_nothing(draft: Draft) -> ProblemCode:
    codes = {note.code for note in draft.notes}
    if NoteCode.BAD_ADDRESS in codes:
        return ProblemCode.UNUSABLE_ADDRESS
    return ProblemCode.UNUSABLE_NAME if NoteCode.BAD_NAME in codes else ProblemCode.NOTHING_FOUND


def _reachable(tokens: list[Token]) -> bool:
    """Whether there is an address or a number, as opposed to a bank account or nothing."""
    return any(token.is_address and token.kind is not Kind.BAD_PHONE for token in tokens)


def _names_only(tokens: list[Token]) -> bool:
    """Whether a line without any address is nothing but names, so that it can be a household."""
    people = people_of(tokens)
    if people.chatter or people.shouts or not people.names_a_child:
        return False
    names = [words for group in people.groups for words in group.names]
    return all(len(words) <= 4 and not is_lower(words[0]) for words in names)


def _use_senders(drafts: list[Draft]) -> None:
    """A sender names the one contact of the message, unless the same sender wrote for several."""
    wrote = Counter(draft.sender for draft in drafts if draft.sender)
    for draft in drafts:
        if not draft.homes and wrote[draft.sender] == 1:
            draft.adult = draft.adult or draft.sender
        if not draft.sender or len(draft.homes) != 1 or draft.homes[0].name:
            continue
        home: Home = draft.homes[0]
        is_child = draft.sender in draft.guests
        fits = bool(home.email) and name_matches(draft.sender, home.email)
        if not is_child and (wrote[draft.sender] == 1 or fits):
            home.name = draft.sender


def _household(draft: Draft) -> ReadHousehold:
    """The finished household, with the notes that follow from what it has."""
    if len(draft.guests) > 1:
        draft.note(NoteCode.TWINS)
    if len(draft.homes) > 1:
        draft.note(NoteCode.TWO_HOMES)
    if not draft.emails():
        draft.note(NoteCode.NO_ADDRESS, draft.adult)
    if not draft.guests:
        draft.note(NoteCode.NO_CHILD)
    return ReadHousehold(
        tuple(sorted(set(draft.lines))),
        tuple(draft.guests),
        draft.contacts(),
        tuple(draft.notes),
    )
