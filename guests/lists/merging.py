"""Households of different lines that are one: only where the list leaves no doubt.

Merging two families by mistake would show one to the other, so whatever is merely likely stays
apart and carries a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from guests.lists.addresses import email_key
from guests.lists.contacts import CONTACTS_MAX, Draft, add_home
from guests.lists.results import Duplicate, NoteCode
from guests.lists.words import Role, fold


def merge(drafts: list[Draft]) -> tuple[list[Draft], list[Duplicate]]:
    """The households, in the order of their first lines, and the lines that said nothing new."""
    duplicates: list[Duplicate] = []
    drafts = _fold(drafts, _same_again, lambda kept, new: _drop(kept, new, duplicates))
    drafts = _fold_by_address(drafts, duplicates)
    drafts = _merge_two_homes(drafts)
    _note_what_is_shared(drafts)
    return drafts, duplicates


def _names(draft: Draft) -> tuple[str, ...]:
    return tuple(sorted(fold(guest) for guest in draft.guests))


def _same_again(draft: Draft) -> object:
    """Equal for two lines that say the same."""
    homes = tuple(sorted((*home.key(), home.phone) for home in draft.homes))
    return (_names(draft), homes, tuple(sorted(draft.surnames)), fold(draft.adult))


def _fold(
    drafts: list[Draft], key: Callable[[Draft], object], join: Callable[[Draft, Draft], None]
) -> list[Draft]:
    kept: dict[object, Draft] = {}
    for draft in drafts:
        first = kept.setdefault(key(draft), draft)
        if first is not draft:
            join(first, draft)
    return list(kept.values())


def _drop(kept: Draft, new: Draft, duplicates: list[Duplicate]) -> None:
    duplicates.extend(Duplicate(line, kept.lines[0]) for line in new.lines)
    _join(kept, new)
    kept.note(NoteCode.DUPLICATE, str(kept.lines[0]), str(new.lines[0]))


def _fold_by_address(drafts: list[Draft], duplicates: list[Duplicate]) -> list[Draft]:
    """Join lines that share an address: the same child always, siblings if all addresses agree."""
    by_email: dict[str, list[Draft]] = {}
    kept: list[Draft] = []
    for draft in drafts:
        known = [other for key in sorted(draft.emails()) for other in by_email.get(key, ())]
        home = next((other for other in known if _belong_together(other, draft)), None)
        if home is None:
            kept.append(draft)
            home = draft
        elif set(_names(draft)) <= set(_names(home)) and draft.emails() <= home.emails():
            _drop(home, draft, duplicates)
        else:
            _join(home, draft)
        for key in home.emails():
            drafts_there = by_email.setdefault(key, [])
            if home not in drafts_there[-1:]:
                drafts_there.append(home)
            del drafts_there[:-8]  # an address on hundreds of lines must not cost a square
    return kept


def _belong_together(one: Draft, other: Draft) -> bool:
    """Whether two households that share an address are one."""
    if one.emails() == other.emails():
        return True
    same_child = bool(set(_names(one)) & set(_names(other)))
    together = len(one.emails() | other.emails())
    return same_child and not _surnames_differ(one, other) and together <= CONTACTS_MAX


def _merge_two_homes(drafts: list[Draft]) -> list[Draft]:
    """ "Dylan (mum) …" on one line and "Dylan (dad) …" on another: one child of two homes."""
    by_name: dict[str, list[Draft]] = {}
    for draft in drafts:
        for name in _names(draft):
            by_name.setdefault(name, []).append(draft)
    gone: set[int] = set()
    for namesakes in by_name.values():
        if len(namesakes) != 2:
            continue
        one, other = namesakes
        if _are_two_homes(one, other) and not {id(one), id(other)} & gone:
            _join(one, other)
            gone.add(id(other))
    return [draft for draft in drafts if id(draft) not in gone]


def _are_two_homes(one: Draft, other: Draft) -> bool:
    return (
        _names(one) == _names(other)
        and len(one.homes) == len(other.homes) == 1
        and {frozenset(one.roles), frozenset(other.roles)}
        == {frozenset({Role.MOTHER}), frozenset({Role.FATHER})}
        and not _surnames_differ(one, other)
    )


def _surnames_differ(one: Draft, other: Draft) -> bool:
    return bool(one.surnames and other.surnames and not one.surnames & other.surnames)


def _join(kept: Draft, new: Draft) -> None:
    known = {fold(guest) for guest in kept.guests}
    kept.guests.extend(guest for guest in new.guests if fold(guest) not in known)
    kept.lines = sorted({*kept.lines, *new.lines})
    kept.surnames |= new.surnames
    kept.roles |= new.roles
    for home in new.homes:
        add_home(kept, home)
    kept.notes.extend(note for note in new.notes if note not in kept.notes)


def _note_what_is_shared(drafts: list[Draft]) -> None:
    names: dict[str, list[Draft]] = {}
    emails: dict[str, list[Draft]] = {}
    for draft in drafts:
        for name in _names(draft):
            names.setdefault(name, []).append(draft)
        for email in draft.emails():
            emails.setdefault(email, []).append(draft)
    for draft in _shared(names.values()):
        for guest in draft.guests:
            if len(names[fold(guest)]) > 1:
                draft.note(NoteCode.SAME_NAME, guest)
    for draft in _shared(emails.values()):
        for home in draft.homes:
            if home.email and len(emails[email_key(home.email)]) > 1:
                draft.note(NoteCode.SAME_ADDRESS, home.email)


def _shared(groups: Iterable[list[Draft]]) -> list[Draft]:
    found = {id(draft): draft for group in groups if len(group) > 1 for draft in group}
    return list(found.values())
