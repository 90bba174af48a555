"""One household as its piece of a line describes it: who is the child, who the adult."""

from __future__ import annotations

from dataclasses import dataclass

from guests.lists.contacts import Draft, add_home, name_homes, name_matches, paired
from guests.lists.groups import Group, People
from guests.lists.lines import Header
from guests.lists.results import NoteCode
from guests.lists.tokens import Kind, Token
from guests.lists.words import PARTICLES, SECOND_NAMES, Role, fold
from parties.names import NameProblem, clean_name

_CERTAIN_SEPARATORS = frozenset(":-)")  # "Mia - Anna anna@…" says who is who; a comma does not


@dataclass(slots=True)
class Adult:
    """An adult as named: the name may be "", when only "mum" was written."""

    name: str
    role: Role | None = None


def draft_of(people: People, line: int, header: Header | None = None) -> Draft:
    """Decide who is a child and who an adult, and give each adult an address."""
    draft = Draft([line])
    children = _children(people, draft, header)
    for group in children:
        for words in group.names:
            _add_child(draft, words)
    _add_homes(draft, people, children)
    return draft


def adult_name(words: list[str]) -> str:
    """An adult's name in full, or "" where it is none that could be greeted."""
    try:
        return clean_name(" ".join(_capitalised(words)))
    except NameProblem:
        return ""


def _children(people: People, draft: Draft, header: Header | None) -> list[Group]:
    """The groups that are children. Notes it where the text does not say for certain."""
    marked = [group for group in people.groups if group.child]
    if marked:
        return marked
    free = [g for g in people.groups if g.role is None and not g.in_parentheses]
    if not free:
        return [g for g in people.groups if g.role is None][:1]
    if len(free) == 1:
        return _of_one(free[0], people, draft)
    if header and header.parent_before_child:
        return [free[1]]
    if header and header.parent_after_child:
        return [free[0]]
    return _of_several(free, people, draft)


def _of_one(free: Group, people: People, draft: Draft) -> list[Group]:
    """The child where one group stands free; others may stand in parentheses, or be marked."""
    others = [group for group in people.groups if group is not free and not group.marked]
    if others and _owns_address(free, people) and not _owns_address(others[0], people):
        draft.note(NoteCode.CANNOT_TELL_NAMES, _label(others[0]), _label(free))
        return [others[0]]
    if _is_owner_of_address(free, people):
        draft.note(NoteCode.CANNOT_TELL_NAMES, _label(free))
    return [free]


def _of_several(free: list[Group], people: People, draft: Draft) -> list[Group]:
    """Which of several unmarked groups are the children: the first, or the one that fits better."""
    rest = [group for group in free[1:] if not _surely_adult(group, people)]
    owners = [group for group in free if _owns_address(group, people)]
    if free[0].then_role is not None and all(group.then_role is None for group in free[1:]):
        # "Priya (mum), Noah": the role stands behind the first, so the second is the child.
        # With a third name, or nothing behind it, "Dylan (mum) Siobhan" is read the other way.
        if free[1].before == ",":
            return [free[1]]
        return [free[0]]
    if owners == [free[0]] and not any(group.then_role for group in free):
        draft.note(NoteCode.CANNOT_TELL_NAMES, _label(free[1]), _label(free[0]))
        return [free[1]]
    if people.twins:
        return [free[0], *rest]
    if not people.addresses:  # nothing tells them apart, and none may be lost
        draft.note(NoteCode.CANNOT_TELL_NAMES, _label(free[0]), _label(free[1]))
        return free
    if rest:
        draft.note(NoteCode.CANNOT_TELL_NAMES, _label(free[0]), _label(rest[0]))
    return [free[0]]


def _surely_adult(group: Group, people: People) -> bool:
    if group.then_role is not None or _owns_address(group, people):
        return True
    return group.then_address and group.before in _CERTAIN_SEPARATORS


def _owns_address(group: Group, people: People) -> bool:
    return any(
        name_matches(words[0], token.text)
        for words in group.names
        for token in people.addresses
        if token.kind is Kind.EMAIL
    )


def _is_owner_of_address(group: Group, people: People) -> bool:
    """ "Katrin Bauer <katrin.bauer@…>", as a mail program writes it, names the owner."""
    in_full = group.then_bracket and len(group.names[0]) > 1
    alone = all(other is group for other in people.groups)
    return in_full and alone and _owns_address(group, people)


def _label(group: Group) -> str:
    return " ".join(_capitalised(group.names[0]))


def _add_child(draft: Draft, words: list[str]) -> None:
    """Keep the first name only. A double one ("Ana María") and an initial ("Mia K.") stay."""
    words = _capitalised(words)
    kept = 1
    while kept < len(words) and _belongs_to_first_name(words[kept]):
        kept += 1
    try:
        name = clean_name(" ".join(words[:kept]))
    except NameProblem:
        draft.note(NoteCode.BAD_NAME, " ".join(words)[:200])
        return
    if kept < len(words):
        draft.surnames.add(fold(" ".join(words[kept:])))
        draft.note(NoteCode.NAME_SHORTENED, " ".join(words)[:200], name)
    if fold(name) not in {fold(guest) for guest in draft.guests}:
        draft.guests.append(name)


def _belongs_to_first_name(word: str) -> bool:
    return len(word.strip(".")) == 1 or fold(word) in SECOND_NAMES


def _capitalised(words: list[str]) -> list[str]:
    """Names that were typed in lower case alone get their capitals; others stay as they are."""
    if any(char.isupper() for word in words for char in word):
        return words
    return [w if w in PARTICLES and i else w[:1].upper() + w[1:] for i, w in enumerate(words)]


def _add_homes(draft: Draft, people: People, children: list[Group]) -> None:
    taken = {id(group) for group in children}
    blocks: list[tuple[list[Adult], list[Token]]] = [([], [])]
    for item in people.items:
        if isinstance(item, Token):
            blocks[-1][1].append(item)
        elif id(item) not in taken and not _is_nickname(item, draft):
            if blocks[-1][1]:
                blocks.append(([], []))
            blocks[-1][0].extend(_adults(item))
    _attach_trailing_names(blocks)
    for adults, tokens in blocks:
        draft.roles.update(adult.role for adult in adults if adult.role)
        _add_block(draft, [adult for adult in adults if adult.name], tokens)
    if not draft.homes:
        names = [adult.name for adults, _ in blocks for adult in adults if adult.name]
        draft.adult = names[0] if names else ""


def _attach_trailing_names(blocks: list[tuple[list[Adult], list[Token]]]) -> None:
    """ "anna@… (Anna)": names behind the last address are those of its owner."""
    if len(blocks) > 1 and not blocks[-1][1]:
        adults, _ = blocks.pop()
        blocks[-1][0].extend(adults)


def _adults(group: Group) -> list[Adult]:
    if not group.names:
        return [Adult("", group.role)]
    return [Adult(adult_name(words), group.role or group.then_role) for words in group.names]


def _is_nickname(group: Group, draft: Draft) -> bool:
    """ "Benjamin (Ben)": not a parent."""
    if not group.names or not group.in_parentheses or group.marked:
        return False
    short = fold(group.names[0][0])
    return any(fold(guest).startswith(short) for guest in draft.guests)


def _add_block(draft: Draft, adults: list[Adult], tokens: list[Token]) -> None:
    homes = paired(tokens, draft)
    name_homes(homes, [adult.name for adult in adults])
    for home in homes:
        add_home(draft, home)
