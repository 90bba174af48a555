"""The names of one household in the order they were written, marked by the words around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from guests.lists.tokens import Kind, Token
from guests.lists.words import (
    ALSO_NAMES,
    AND,
    CHATTER,
    CHILD_LABELS,
    FILLERS,
    LABELS,
    OF,
    PARTICLES,
    ROLES,
    TWINS,
    Role,
    fold,
    is_lower,
)

_POSSESSIVE = re.compile(r"(.+?)(?:['\u2019\u02bc`\u00b4]s|(?<=[sSzZxX])['\u2019])")
_HOST_NAME = re.compile(r"\w{2}\.\w{2}")
_EDGES = ".!?\u2026'\u2018\u2019\u2026\u00a1\u00bf`\u00b4*_~#\u2022"
_KEEPS_ROLE = frozenset(":-=(")  # "mum: Anna", "mum - Anna", "mum (Anna)"
_KNOWN = TWINS | LABELS | CHATTER | AND | CHILD_LABELS
_LOWER_CASE_MAX = 3  # more lower-case words than this are a sentence


@dataclass(slots=True)
class Group:
    """One or more people named together, such as "Ben + Bella Ortmann"; or a role without a name.

    `child` and `role` say what the words around it made of them; `before` is the separator that
    stood between this and what came before.
    """

    names: list[list[str]]
    before: str = ""
    child: bool = False
    role: Role | None = None
    in_parentheses: bool = False
    then_address: bool = False
    then_bracket: bool = False  # "Leo <leo@…>"
    then_role: Role | None = None  # "Siobhan (mum)": the role that follows

    @property
    def marked(self) -> bool:
        """Whether words around it say who they are."""
        return self.child or self.role is not None


@dataclass(slots=True)
class People:
    """What one household's piece of a line says, in order."""

    items: list[Group | Token] = field(default_factory=list)
    twins: bool = False
    chatter: int = 0  # words that are neither names nor about names
    shouts: bool = False  # an exclamation or question: somebody talks

    @property
    def groups(self) -> list[Group]:
        """The people with names."""
        return [item for item in self.items if isinstance(item, Group) and item.names]

    @property
    def addresses(self) -> list[Token]:
        """Addresses and numbers, bad ones too."""
        return [item for item in self.items if isinstance(item, Token)]

    @property
    def names_a_child(self) -> bool:
        """Whether somebody in it may be a child: named, and not marked as an adult."""
        return any(group.role is None for group in self.groups)

    @property
    def begins_with_role(self) -> bool:
        """Whether it speaks of an adult first, and so of a child that was named before."""
        first = self.items[0] if self.items else None
        return isinstance(first, Group) and first.role is not None

    @property
    def unmarked(self) -> int:
        """How many groups stand outside of parentheses with nothing to say who they are."""
        return sum(not group.marked and not group.in_parentheses for group in self.groups)


def people_of(tokens: list[Token]) -> People:
    """Read the tokens of one household."""
    return _Reader(tokens).read()


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.people = People()
        self.words: list[str] = []  # the name being read
        self.names: list[list[str]] = []  # the names before it in the same group
        self.joining = False  # an "and" was read after a name
        self.before = ""
        self.depth = 0
        self.role: Role | None = None  # read, and not yet given to anybody
        self.role_alone = True
        self.next_is_child = False
        lower = [t.text for t in tokens if t.kind is Kind.WORD and _is_plain(t.text)]
        reachable = any(t.is_address and t.kind is not Kind.BAD_PHONE for t in tokens)
        has_capitals = any(not is_lower(word) for word in lower)
        self.lower_case_names = reachable and not has_capitals and len(lower) <= _LOWER_CASE_MAX

    def read(self) -> People:
        for position, token in enumerate(self.tokens):
            if token.is_address:
                self._end_group(then_address=True)
                self._end_role()
                self.people.items.append(token)
                self.before = ""
            elif token.kind is Kind.SEPARATOR:
                self._separator(token.text)
            else:
                self._word(token.text, position)
        self._end_group()
        self._end_role()
        return self.people

    def _separator(self, text: str) -> None:
        named = bool(self.words)
        self._end_group()
        last = self.people.items[-1] if self.people.items else None
        if named and isinstance(last, Group):
            last.then_bracket = text == "<"
        if text not in _KEEPS_ROLE:
            self._end_role()
            self.next_is_child = False
        self.depth = max(0, self.depth + (text == "(") - (text == ")"))
        self.before = text

    def _word(self, raw: str, position: int) -> None:
        bare = raw.strip(_EDGES)
        key = fold(bare)
        if not any(char.isalpha() for char in bare):
            self._symbol(raw)
            return
        if raw[-1] in "!?":
            self.people.shouts = True
        owner = _POSSESSIVE.fullmatch(bare) if key not in CHATTER else None
        if self._joins(bare, key, position) or self._marks(bare, key, owner, position):
            return
        if key in LABELS and not (owner and owner[1][0].isupper()):
            self._end_group()
        elif owner:
            self._possessive(owner[1])
        elif self._is_name(bare, key):
            self.words.append(_with_initial(raw, bare))
            self.joining = False
            if raw[-1] in ".!?" and len(bare) > 2:
                self._end_group()
        else:
            self.people.chatter += not self.depth  # "Tomasz (ask at school)" is still a child
            self._end_group()
            self.next_is_child = self.next_is_child and key in CHATTER

    def _marks(self, bare: str, key: str, owner: re.Match[str] | None, position: int) -> bool:
        """Whether this word says who the names around it are; then it has been dealt with."""
        base = fold(owner[1]) if owner else key
        if base in ROLES:
            self._take_role(ROLES[base])
        elif key in TWINS:
            self._end_group()
            self.people.twins = True
        elif self._is_of(key, bare):
            self._end_role()
            self.next_is_child = True
        elif key in CHILD_LABELS and (is_lower(bare) or self._next_is(position, ":=")):
            self._end_group()
            self.next_is_child = True
        elif self.role is not None and key in FILLERS and is_lower(bare):
            self.before = self.before or ":"
        else:
            return False
        return True

    def _symbol(self, raw: str) -> None:
        if raw in ("&", "+"):
            self._join()
        elif "!" in raw:
            self.people.shouts = True
        elif any(char.isdigit() for char in raw):
            self._end_group()
            self.people.chatter += not self.depth  # "Tomasz (6)" is one too, "Elm Tree 6" is not

    def _joins(self, bare: str, key: str, position: int) -> bool:
        """Whether this word is an "and" between two names; then it has been dealt with."""
        if key not in AND or not is_lower(bare):
            return False
        if not (self.words or self.names) or (key == "en" and not self._name_follows(position)):
            return False
        self._join()
        return True

    def _join(self) -> None:
        if self.words:
            self.names.append(self.words)
            self.words = []
            self.joining = True

    def _is_of(self, key: str, bare: str) -> bool:
        return self.role is not None and self.role_alone and key in OF and is_lower(bare)

    def _name_follows(self, position: int) -> bool:
        return self._kind_at(position + 1) is Kind.WORD

    def _kind_at(self, position: int) -> Kind | None:
        return self.tokens[position].kind if position < len(self.tokens) else None

    def _next_is(self, position: int, separators: str) -> bool:
        follows = self.tokens[position + 1 : position + 2]
        return bool(follows) and follows[0].kind is Kind.SEPARATOR and follows[0].text in separators

    def _possessive(self, base: str) -> None:
        """ "Mia's", "Ben and Bella's": the people before it are the children."""
        if not self._is_name(base, fold(base)):
            self.people.chatter += 1
            self._end_group()
            return
        self.words.append(base)
        self.joining = False
        self.next_is_child = True
        self.role = None
        self._end_group()

    def _take_role(self, role: Role) -> None:
        self._end_group()
        self._end_role()
        self.role = role
        self.role_alone = True

    def _end_role(self) -> None:
        """A role without a name: it belongs to whoever was named just before, or to nobody."""
        if self.role is None:
            return
        last = self.people.items[-1] if self.people.items else None
        if isinstance(last, Group) and last.names and not last.child and last.role is None:
            last.then_role = self.role
        self.people.items.append(Group([], role=self.role, before=self.before))
        self.role = None

    def _end_group(self, *, then_address: bool = False) -> None:
        if self.words:
            self.names.append(self.words)
        if self.names:
            self.people.items.append(
                Group(
                    self.names,
                    before=self.before,
                    child=self.next_is_child,
                    role=None if self.next_is_child else self.role,
                    in_parentheses=self.depth > 0,
                    then_address=then_address,
                )
            )
            self.before = ""
            if not self.next_is_child:
                self.role = None
            self.next_is_child = False
        self.words, self.names, self.joining = [], [], False

    def _is_name(self, bare: str, key: str) -> bool:
        if any(char.isdigit() for char in bare) or _HOST_NAME.search(bare):
            return False
        if is_lower(bare):
            if self.words and key in PARTICLES:
                return True
            return self.lower_case_names and key not in CHATTER
        return key not in CHATTER or key in ALSO_NAMES


def _is_plain(raw: str) -> bool:
    """Whether a word is none that this module knows to be no name."""
    bare = raw.strip(_EDGES)
    key = fold(bare)
    match = _POSSESSIVE.fullmatch(bare)
    base = fold(match[1]) if match else key
    known = (
        base in ROLES
        or key in _KNOWN
        or not any(char.isalpha() for char in bare)
        or any(char.isdigit() for char in bare)
    )
    return not known or (key in ALSO_NAMES and not is_lower(bare))


def _with_initial(raw: str, bare: str) -> str:
    """ "Mia K." keeps its dot; "Mia." at the end of a sentence does not."""
    return f"{bare}." if len(bare) == 1 and raw.endswith(".") else bare
