"""Contacts of a household: which name, address and number belong to one adult."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from guests.lists.addresses import email_key, mixes_scripts, suggest_email
from guests.lists.results import Note, NoteCode, ReadContact
from guests.lists.tokens import Kind, Token
from guests.lists.words import Role, fold

CONTACTS_MAX = 3

_NOT_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(slots=True)
class Home:
    """A contact while it is being put together."""

    email: str = ""
    phone: str = ""
    name: str = ""

    def key(self) -> tuple[str, str]:
        """What makes two contacts the same one."""
        return (email_key(self.email), "" if self.email else self.phone)


@dataclass(slots=True)
class Draft:
    """A household before it is compared with the others. Surnames are forgotten after that."""

    lines: list[int]
    guests: list[str] = field(default_factory=list)
    surnames: set[str] = field(default_factory=set)
    homes: list[Home] = field(default_factory=list)
    roles: set[Role] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    adult: str = ""  # named, but without any address
    sender: str = ""

    def note(self, code: NoteCode, value: str = "", about: str = "") -> None:
        """Remember a remark on the first line of this household, once."""
        note = Note(code, self.lines[0], value, about)
        if note not in self.notes:
            self.notes.append(note)

    def emails(self) -> frozenset[str]:
        """Keys of its email addresses."""
        return frozenset(email_key(home.email) for home in self.homes if home.email)

    def contacts(self) -> tuple[ReadContact, ...]:
        """Its contacts as the result shows them."""
        return tuple(ReadContact(home.name, home.email, home.phone) for home in self.homes)


def name_matches(name: str, email: str) -> bool:
    """Whether an address looks as if it belongs to somebody of that first name."""
    wanted = _letters(name.split(" ", 1)[0]) if name else ""
    local = fold(email.partition("@")[0])
    parts = [part for part in _NOT_LETTERS.split(local) if part]
    begins = len(wanted) > 3 and _letters(local).startswith(wanted)
    return len(wanted) > 1 and (wanted in parts or begins)


def _letters(text: str) -> str:
    """Its letters alone, folded: "Hye-jin" and "hyejin" are the same."""
    return _NOT_LETTERS.sub("", fold(text))


def add_home(draft: Draft, home: Home) -> None:
    """Add a contact, unless it is there already or one too many."""
    for known in draft.homes:
        if known.key() == home.key() or (not known.email and known.phone == home.phone != ""):
            known.email, known.name = known.email or home.email, known.name or home.name
            known.phone = known.phone or home.phone
            return
    if len(draft.homes) >= CONTACTS_MAX:
        draft.note(NoteCode.TOO_MANY_CONTACTS, home.email or home.phone)
        return
    draft.homes.append(home)


def paired(tokens: list[Token], draft: Draft) -> list[Home]:
    """One contact for each email address; a number goes to the one it stands beside."""
    emails = [token.text for token in tokens if token.kind is Kind.EMAIL]
    phones = [token.text for token in tokens if token.kind is Kind.PHONE]
    for token in tokens:
        _remark(token, draft)
    if len(emails) == len(phones):
        return [Home(email, phone) for email, phone in zip(emails, phones, strict=True)]
    homes: list[Home] = []
    for token in tokens:
        last = homes[-1] if homes else None
        if token.kind is Kind.EMAIL:
            if last and not last.email:
                last.email = token.text
            else:
                homes.append(Home(email=token.text))
        elif token.kind is Kind.PHONE:
            if last and not last.phone:
                last.phone = token.text
            else:
                homes.append(Home(phone=token.text))
    return homes


def _remark(token: Token, draft: Draft) -> None:
    if token.kind is Kind.BAD_EMAIL:
        draft.note(NoteCode.BAD_ADDRESS, token.text)
    elif token.kind is Kind.BAD_PHONE:
        draft.note(NoteCode.BAD_PHONE, token.text)
    elif token.kind is Kind.EMAIL:
        better = suggest_email(token.text)
        if better:
            draft.note(NoteCode.LOOKS_MISTYPED, better, token.text)
        if mixes_scripts(token.text):
            draft.note(NoteCode.MIXED_SCRIPTS, about=token.text)


def name_homes(homes: list[Home], names: list[str]) -> None:
    """Names to addresses: by what the address says, else in order; two names may share one."""
    left = list(names)
    for name in names:
        owners = (home for home in homes if not home.name and name_matches(name, home.email))
        owner = next(owners, None)
        if owner is not None:
            owner.name = name
            left.remove(name)
    free = [home for home in homes if not home.name]
    if len(left) == len(free) or (len(left) == 1 and len(names) == 1):
        for name, home in zip(left, free, strict=False):
            home.name = name
    elif len(homes) == 1 and free:
        homes[0].name = " & ".join(left)[:50]
