"""What a household says, from what each of its voices said last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from guests.standing import Said, standing
from parties.words import Answer

START = datetime(2027, 5, 24, 12, tzinfo=UTC)
YES, NO, MAYBE, VIDEO, SILENT = (
    Answer.ACCEPTED,
    Answer.DECLINED,
    Answer.TENTATIVE,
    Answer.VIDEO,
    Answer.SILENT,
)
BEN, BELLA = 1, 2


def said(order: int, voice: str, answers: dict[int, Answer] | Answer, **over: Any) -> Said:
    if isinstance(answers, Answer):
        answers = {BEN: answers}
    return Said(
        voice=voice,
        order=order,
        at=START + timedelta(hours=order),
        revision=over.pop("revision", 1),
        answers=answers,
        **over,
    )


CASES = [
    pytest.param([], SILENT, False, id="nobody said anything"),
    pytest.param([said(1, "anna", YES)], YES, False, id="one voice, one answer"),
    pytest.param([said(1, "anna", YES), said(2, "anna", NO)], NO, False, id="the newest counts"),
    pytest.param(
        [said(1, "anna", YES), said(2, "tim", YES)], YES, False, id="two homes that agree"
    ),
    pytest.param([said(1, "anna", YES), said(2, "tim", NO)], YES, True, id="two homes that differ"),
    pytest.param(
        [said(1, "anna", YES), said(2, "tim", NO), said(3, "anna", NO)],
        NO,
        False,
        id="differing until one gives way",
    ),
    pytest.param(
        [said(1, "anna", YES), said(2, "family", NO)],
        YES,
        True,
        id="the family link counts as one more contact",
    ),
    pytest.param(
        [said(1, "anna", YES), said(2, "tim", NO), said(3, "host", NO, by_host=True)],
        NO,
        False,
        id="the host settles it",
    ),
    pytest.param(
        [said(1, "host", NO, by_host=True), said(2, "anna", YES)],
        YES,
        False,
        id="a family may still change what the host entered",
    ),
    pytest.param(
        [said(1, "host", NO, by_host=True), said(2, "anna", YES), said(3, "tim", NO)],
        YES,
        True,
        id="they may differ again after the host settled it",
    ),
    pytest.param(
        [said(1, "anna", {BEN: YES, BELLA: NO})],
        YES,
        False,
        id="twins who differ are no dispute, and the most willing speaks",
    ),
    pytest.param([said(1, "anna", {BEN: NO, BELLA: MAYBE})], MAYBE, False, id="not sure beats no"),
    pytest.param(
        [said(1, "anna", {BEN: VIDEO, BELLA: MAYBE})], VIDEO, False, id="video beats maybe"
    ),
    pytest.param(
        [said(1, "anna", {BEN: YES, BELLA: YES}), said(2, "tim", {BEN: YES, BELLA: NO})],
        YES,
        True,
        id="two homes that differ about one twin",
    ),
]


@pytest.mark.parametrize(("voices", "answer", "disputed"), CASES)
def test_it_says_what_the_voices_say(voices: list[Said], answer: Answer, disputed: bool) -> None:
    result = standing(voices)
    assert (result.answer, result.disputed) == (answer, disputed)


def test_the_order_in_which_they_are_read_does_not_matter() -> None:
    voices = [said(1, "anna", YES), said(2, "tim", NO), said(3, "anna", NO)]
    assert standing(voices) == standing(reversed(voices))


def test_the_day_named_goes_with_a_not_sure_and_with_nothing_else() -> None:
    day = date(2027, 6, 6)
    assert standing([said(1, "anna", MAYBE, know_by=day)]).know_by == day
    assert standing([said(1, "anna", YES, know_by=day)]).know_by is None


def test_a_yes_for_an_older_revision_stays_one_until_somebody_confirms() -> None:
    assert standing([said(1, "anna", YES, revision=1)]).revision == 1
    confirmed = standing([said(1, "anna", YES, revision=1), said(2, "tim", YES, revision=2)])
    assert confirmed.revision == 2


def test_each_twin_keeps_an_answer_of_its_own() -> None:
    result = standing([said(1, "anna", {BEN: YES, BELLA: NO})])
    assert result.by_guest == {BEN: YES, BELLA: NO}
