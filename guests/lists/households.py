"""One line cut into its households: at semicolons, and at commas where these part households."""

from __future__ import annotations

from dataclasses import dataclass

from guests.lists.groups import People, people_of
from guests.lists.tokens import Kind, Token


@dataclass(slots=True)
class _Piece:
    tokens: list[Token]
    people: People

    @property
    def named(self) -> bool:
        return self.people.names_a_child and not self.people.begins_with_role

    @property
    def reachable(self) -> bool:
        return bool(self.people.addresses)

    @property
    def whole(self) -> bool:
        return self.named and self.reachable


def households_of(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each household on a line. A row of a table is always one household."""
    if any(token.kind is Kind.SEPARATOR and token.text in "\t|" for token in tokens):
        return [tokens]
    parts = _split(tokens, ";")
    parts = [household for part in parts for household in _split(part, ",")]
    return [household for part in parts for household in _split_bare(part)]


def _split(tokens: list[Token], separator: str) -> list[list[Token]]:
    pieces = _pieces(tokens, separator)
    if len(pieces) < 2:
        return [tokens]
    no_addresses = not any(piece.reachable for piece in pieces)
    rows = separator == ";" and sum(piece.whole for piece in pieces) > 1
    households: list[list[Token]] = []
    current: list[_Piece] = []
    for place, piece in enumerate(pieces):
        following = pieces[place + 1] if place + 1 < len(pieces) else None
        begins = piece.named and (
            rows or no_addresses or _begins(current, piece, following, separator)
        )
        if current and begins:
            households.append(_joined(current, separator))
            current = []
        current.append(piece)
    households.append(_joined(current, separator))
    return households


def _split_bare(tokens: list[Token]) -> list[list[Token]]:
    """ "Mia anna@… Noah priya@…" with nothing between: households, if each piece is a whole one."""
    cut: list[list[Token]] = [[]]
    for token in tokens:
        if cut[-1] and cut[-1][-1].is_address and token.kind is Kind.WORD:
            cut.append([])
        cut[-1].append(token)
    if len(cut) > 1:
        pieces = [_Piece(part, people_of(part)) for part in cut]
        if all(piece.whole and len(piece.people.groups) == 1 for piece in pieces):
            return cut
    return [tokens]


def _begins(current: list[_Piece], piece: _Piece, following: _Piece | None, separator: str) -> bool:
    """Whether a new household begins with a named piece, after what the current one has."""
    if not any(earlier.reachable for earlier in current):
        return False
    if separator == ";":
        return True
    if not piece.reachable:  # "Mia, anna@…, Noah, priya@…" begins one; "Mia, anna@…, Anna" does not
        return following is not None and following.reachable and not following.named
    # "Mia - Anna anna@…, Tom tom@…" is one child: the first has an adult by name, so has the next
    adults_so_far = sum(earlier.people.unmarked for earlier in current) - 1
    return piece.people.unmarked > 1 or adults_so_far < 1


def _pieces(tokens: list[Token], separator: str) -> list[_Piece]:
    closing = sum(token.text == ")" and token.kind is Kind.SEPARATOR for token in tokens)
    cut: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind is Kind.SEPARATOR:
            if token.text == "(" and closing > depth:
                depth += 1
            elif token.text == ")":
                closing -= 1
                depth = max(0, depth - 1)
            elif token.text == separator and not depth:
                cut.append([])
                continue
        cut[-1].append(token)
    return [_Piece(part, people_of(part)) for part in cut if part]


def _joined(pieces: list[_Piece], separator: str) -> list[Token]:
    tokens: list[Token] = []
    for piece in pieces:
        if tokens:
            tokens.append(Token(Kind.SEPARATOR, separator))
        tokens.extend(piece.tokens)
    return tokens
