"""From a family's POST to an answer that is stored."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.http import QueryDict

from guests.answering import Details, record_response
from guests.family.forms import DetailsForm, answers_for, earlier_details
from guests.family.home import CHANNELS, Home
from guests.links import Opened
from guests.wording import reply_by_day
from parties.words import Answer

ANSWERS = tuple(answer for answer in Answer if answer is not Answer.SILENT)


@dataclass(frozen=True, slots=True)
class Posted:
    """What came in. `answer` is None if it was none, two, or an unknown one.

    `revision` is that of the party on the page that was sent; None if it does not say.
    """

    answer: Answer | None
    submission_id: uuid.UUID
    revision: int | None = None
    form: DetailsForm | None = None  # only where the questions were on the page

    @property
    def is_fit(self) -> bool:
        return self.answer is not None and (self.form is None or self.form.is_valid())


def read_post(data: QueryDict, opened: Opened, home: Home, now: datetime) -> Posted:
    """Understand a POST; nothing is stored yet, and nothing is raised for nonsense."""
    answer = answer_in(data.getlist("answer"))
    form = None
    if answer is not None and "details" in data:
        form = details_form(opened, home, answer, now, data)
    return Posted(answer, submission_in(data), revision_in(data), form)


def save(posted: Posted, opened: Opened, home: Home, now: datetime) -> None:
    """Store what was said. Raises what `record_response` raises, and the database's own errors."""
    if posted.answer is None:
        raise ValueError("There is no answer to save.")
    if posted.form is not None:
        answers, details = posted.form.answers(), posted.form.details()
    else:
        answers = answers_for(posted.answer, home)
        details = earlier_details(home, posted.answer)
    record_response(
        invitation_id=opened.invitation.pk,
        contact=opened.contact,
        channel=CHANNELS[opened.purpose],
        submission_id=posted.submission_id,
        answers=answers,
        details=_still_fitting(details, now, opened),
        seen=posted.revision,
        now=now,
    )


def details_form(
    opened: Opened, home: Home, answer: Answer, now: datetime, data: QueryDict | None = None
) -> DetailsForm:
    """The questions that go with `answer`, empty, with what was said earlier, or with `data`."""
    return DetailsForm(
        data,
        answer=answer,
        home=home,
        party=opened.party,
        days=days_to_know(opened, now),
    )


def days_to_know(opened: Opened, now: datetime) -> tuple[date, date] | None:
    """From today to the day after reply-by, never after the party's own day; local dates."""
    party = opened.party
    today = now.astimezone(party.zone).date()
    last = min(reply_by_day(opened.invitation, party) + timedelta(days=1), party.day)
    return (today, last) if today <= last else None


def answer_in(values: list[str]) -> Answer | None:
    """The one answer in `values`; None for none, for several and for an unknown one."""
    if len(values) != 1:
        return None
    return next((answer for answer in ANSWERS if answer.value == values[0]), None)


def submission_in(data: QueryDict) -> uuid.UUID:
    """The submission's own number; a new one where it is missing or broken."""
    try:
        return uuid.UUID(data.get("submission_id", ""))
    except ValueError:
        return uuid.uuid4()


def revision_in(data: QueryDict) -> int | None:
    """Which revision of the party the page showed; None where that is missing or broken."""
    value = data.get("revision", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 6 else None


def _still_fitting(details: Details, now: datetime, opened: Opened) -> Details:
    """An earlier "I'll know by" that has passed, or lies too late by now, is dropped."""
    days = days_to_know(opened, now)
    if details.know_by is None or (days and days[0] <= details.know_by <= days[1]):
        return details
    return replace(details, know_by=None)
