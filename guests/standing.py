"""What a household says, from what each of its voices said last. Pure (design, section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from parties.words import Answer

# The most willing first: for mail the household is what its most willing guest is.
WILLING = (Answer.ACCEPTED, Answer.VIDEO, Answer.TENTATIVE, Answer.DECLINED, Answer.SILENT)


@dataclass(frozen=True, slots=True)
class Said:
    """One response: whose voice it is, and what it says for each guest.

    `voice` is a contact, the household's link, a slip, or the host. `order` rises with time.
    """

    voice: str
    order: int
    at: datetime
    revision: int
    answers: Mapping[int, Answer]
    know_by: date | None = None
    by_host: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts now. `answered_at` and `revision` are those of the newest voice that counts."""

    answer: Answer = Answer.SILENT
    disputed: bool = False
    know_by: date | None = None
    answered_at: datetime | None = None
    revision: int | None = None
    by_guest: Mapping[int, Answer] = field(default_factory=dict)


def most_willing(answers: Iterable[Answer]) -> Answer:
    return min(answers, key=WILLING.index, default=Answer.SILENT)


def standing(said: Iterable[Said]) -> Standing:
    """The newest response of each voice counts; if they differ, the household is disputed.

    A host's own entry settles what was said before it; what a family says after it counts again.
    """
    counting = _counting(said)
    if not counting:
        return Standing()
    newest = counting[-1]
    guests = {guest for one in counting for guest in one.answers}
    by_guest = {
        guest: most_willing(one.answers[guest] for one in counting if guest in one.answers)
        for guest in sorted(guests)
    }
    answer = most_willing(by_guest.values())
    know_by = newest.know_by if answer is Answer.TENTATIVE else None
    return Standing(
        answer=answer,
        disputed=any(_differ(one, other) for one in counting for other in counting),
        know_by=know_by,
        answered_at=newest.at,
        revision=max(one.revision for one in counting),
        by_guest=by_guest,
    )


def _counting(said: Iterable[Said]) -> list[Said]:
    """The responses that count, oldest first."""
    in_order = sorted(said, key=lambda one: one.order)
    settled = max((one.order for one in in_order if one.by_host), default=0)
    newest = {one.voice: one for one in in_order if one.order >= settled}
    if len(newest) > 1:
        newest = {voice: one for voice, one in newest.items() if not one.by_host}
    return sorted(newest.values(), key=lambda one: one.order)


def _differ(one: Said, other: Said) -> bool:
    return any(
        other.answers[guest] is not answer
        for guest, answer in one.answers.items()
        if guest in other.answers
    )
