"""What must be true of the live database, and of what the mail server accepted (design, 8 and 9).

Each check yields one line for each row that breaks it, by number and never by name or address.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from guests.alarming import looks_expected
from guests.hindsight import misfits, what_stands
from guests.links import OF_CONTACTS
from guests.models import (
    Breaker,
    Contact,
    Installation,
    Invitation,
    OutgoingEmail,
    Response,
    State,
)
from guests.models.mail import REACHED
from guests.outbox import gate
from guests.outbox.claim import lease
from guests.outbox.recover import AGAIN_AFTER
from guests.outbox.waits import minutes
from guests.planner import expected_next
from parties.models import Party
from parties.words import PLAN_KINDS

TITLES = {
    "A1": "mails accepted more than once",
    "A2": "mails called sent that never arrived",
    "A3": "mails that arrived and are not on record",
    "A4": "mails handed over after an answer, a stop or a cancellation",
    "A5": "answers that were confirmed and do not stand",
    "A6": "mails overdue in the outbox",
    "A7": "households and parties that are due and were not looked at",
    "A8": "mails with a link of somebody else",
    "next": "households and parties whose next moment is noted too late or not at all",
}
_BATCH = 500
_TOKEN = re.compile(r"/(?:i|stop|calendar|forget|stranger)/([a-z])([0-9a-z]{1,13})\.[\w-]")


class BadJournal(Exception):
    """A line of the journal that cannot be read; the text says which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: a mail that the server accepted."""

    message_id: str
    sha256: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """What the outside world saw: accepted mails, and answers that were thanked for."""

    mails: tuple[Entry, ...] = ()
    submissions: tuple[str, ...] = ()


def read_journal(lines: Iterable[str]) -> Journal:
    """JSON lines: `message_id` and `sha256` of a mail, or `submission_id` of a confirmed answer.

    Raises BadJournal.
    """
    mails, submissions = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            if "submission_id" in found:
                submissions.append(str(found["submission_id"]))
            else:
                mails.append(
                    Entry(str(found["message_id"]), str(found["sha256"]), _moment(found.get("at")))
                )
        except (ValueError, KeyError, TypeError) as error:
            raise BadJournal(f"Line {number} of the journal is no mail.") from error
    return Journal(tuple(mails), tuple(submissions))


def _moment(given: object) -> datetime | None:
    moment = datetime.fromisoformat(given) if isinstance(given, str) else None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def audit(now: datetime, journal: Journal | None = None) -> Mapping[str, list[str]]:
    """Every check with the rows that break it at `now`.

    Without a journal A1 to A3 are left out, and while the gate is closed A6 and A7: then nothing
    can go, which is said once instead of once for each mail.
    """
    found: dict[str, list[str]] = {}
    if journal is not None:
        found["A1"] = list(_accepted_twice(journal))
        found["A2"] = list(_never_arrived(journal))
        found["A3"] = list(_not_on_record(journal))
    found["A4"] = list(misfits())
    found["A5"] = list(_lost_answers(journal or Journal()))
    due, unseen = _against_the_plan(now)
    late_looks, never = _against_the_alarm(now)
    due, unseen = due + late_looks, unseen + never
    if not gate.closed():
        found["A6"] = list(_overdue(now))
        found["A7"] = due
    found["A8"] = list(_foreign_links())
    return found | {"next": unseen}


def late(now: datetime) -> datetime:
    """What was due before this should have been done by now: two ticks are grace enough."""
    return now - 2 * timedelta(seconds=settings.TICK_SECONDS)


def _accepted_twice(journal: Journal) -> Iterator[str]:
    sums: dict[str, list[str]] = defaultdict(list)
    for entry in journal.mails:
        sums[entry.message_id].append(entry.sha256)
    repeated = {message_id: found for message_id, found in sums.items() if len(found) > 1}
    known = _by_message_id(repeated)
    for message_id, found in repeated.items():
        mail = known.get(message_id)
        if mail is None or not _is_second_try(mail, found):
            yield f"{_name(mail, message_id)} was accepted {len(found)} times"


def _is_second_try(mail: OutgoingEmail, sums: list[str]) -> bool:
    """The same mail again, on purpose: never one of the plan, never other bytes."""
    return mail.kind not in PLAN_KINDS and len(sums) <= mail.attempts and len(set(sums)) == 1


def _never_arrived(journal: Journal) -> Iterator[str]:
    arrived = {entry.message_id for entry in journal.mails}
    sent = OutgoingEmail.objects.filter(state=State.SENT).defer("body")
    for mail in sent.iterator(_BATCH):
        if mail.message_id not in arrived:
            yield f"{_name(mail)} is called sent and is not in the journal"


def _not_on_record(journal: Journal) -> Iterator[str]:
    arrived = list(dict.fromkeys(entry.message_id for entry in journal.mails))
    ours = re.compile(rf"<[0-9a-f]{{32}}@{re.escape(settings.MAIL_DOMAIN)}>")
    known = _by_message_id(arrived)
    lost = _lost_with_a_backup(journal)
    for message_id in arrived:
        mail = known.get(message_id)
        if mail is None:
            if ours.fullmatch(message_id) and message_id not in lost:
                yield f"{message_id} arrived and nothing is known of it"
        elif mail.state not in REACHED and mail.body is None:
            # One whose bytes are kept is known to be unclear: it may arrive before it goes again.
            yield f"{_name(mail)} arrived and is called {mail.state}"


def _lost_with_a_backup(journal: Journal) -> set[str]:
    """What was accepted between a backup and its return can be known to the mail server only."""
    row = Installation.objects.filter(pk=Installation.ONLY).first()
    if row is None:
        return set()
    return {one.message_id for one in journal.mails if one.at and row.knows_nothing_of(one.at)}


def _lost_answers(journal: Journal) -> Iterator[str]:
    stored = {str(one) for one in Response.objects.values_list("submission_id", flat=True)}
    for submission in journal.submissions:
        if submission not in stored:
            yield f"submission {submission} was confirmed and is not stored"
    for pk in Response.objects.filter(answers=None).values_list("pk", flat=True):
        yield f"response {pk} answers for no guest"
    for invitation, result in what_stands():
        said = (invitation.answer, invitation.disputed, invitation.know_by)
        stands = (result.answer.value, result.disputed, result.know_by)
        if said != stands or invitation.answered_revision != result.revision:
            yield f"invitation {invitation.pk} does not say what its responses say"


def _overdue(now: datetime) -> Iterator[str]:
    until = late(now)
    # While no mail server can be reached the queue waits; the breaker says so.
    paused = Breaker.objects.filter(failures__gt=0, open_until__gt=until).exists()
    queued = Q(pk__in=[]) if paused else Q(state=State.QUEUED, not_before__lt=until)
    claimed = Q(state=State.CLAIMED, lease_until__lt=until)
    handing = Q(state=State.HANDING, lease_until__lt=until - lease())
    again = Q(state=State.UNCERTAIN, reason="", handed_at__lt=until - minutes(AGAIN_AFTER))
    late_ones = OutgoingEmail.objects.filter(queued | claimed | handing | again).defer("body")
    for mail in late_ones.order_by("pk").iterator(_BATCH):
        yield f"{_name(mail)} is still {mail.state}"


def _against_the_plan(now: datetime) -> tuple[list[str], list[str]]:
    """Households that are due and were not planned, and those that nobody would ever look at."""
    due, unseen = [], []
    for invitation, expected in _expected():
        noted = invitation.next_mail_at
        if expected is None:
            continue
        # What an answer or a move has set to "now" is seen at the next tick, however late it is.
        if noted is None or noted > max(expected, now):
            unseen.append(
                f"invitation {invitation.pk} notes {noted.isoformat() if noted else 'nothing'}, "
                f"and the plan says {expected.isoformat()}"
            )
        elif expected < late(now):
            due.append(f"invitation {invitation.pk} was due at {expected.isoformat()}")
    return due, unseen


def _against_the_alarm(now: datetime) -> tuple[list[str], list[str]]:
    """Parties whose hosts would hear of an alarm late, and those of which they never would.

    An answer is seen by the plan first, which then has the party looked at.
    """
    due, unseen = [], []
    for party, expected in _looks(now):
        noted = party.next_look_at
        if expected is None:
            continue
        if noted is None or noted > max(expected, now):
            unseen.append(
                f"party {party.pk} notes {noted.isoformat() if noted else 'nothing'}, "
                f"and the alarm says {expected.isoformat()}"
            )
        elif expected < late(now):
            due.append(f"party {party.pk} was to be looked at {expected.isoformat()}")
    return due, unseen


def _looks(now: datetime) -> Iterator[tuple[Party, datetime | None]]:
    """The parties to come of which the plan has nothing to read first."""
    to_be_planned = Invitation.objects.filter(party=OuterRef("pk"), next_mail_at__lte=now)
    to_come = Party.objects.filter(cancelled_at__isnull=True, starts_at__gt=now)
    settled = to_come.exclude(Exists(to_be_planned)).order_by("pk")
    last = 0
    while batch := list(settled.filter(pk__gt=last)[:_BATCH]):
        expected = looks_expected(batch)
        yield from ((party, expected[party.pk]) for party in batch)
        last = batch[-1].pk


def _expected() -> Iterator[tuple[Invitation, datetime | None]]:
    last = 0
    while True:
        batch = list(Invitation.objects.filter(pk__gt=last).order_by("pk")[:_BATCH])
        if not batch:
            return
        expected = expected_next(invitation.pk for invitation in batch)
        yield from ((one, expected.get(one.pk)) for one in batch)
        last = batch[-1].pk


def _foreign_links() -> Iterator[str]:
    kept = OutgoingEmail.objects.filter(body__isnull=False).order_by("pk")
    for mail in kept.iterator(100):
        for contact, invitation in _links(bytes(mail.body or b"")):
            if not _is_own(mail, contact, invitation):
                yield f"{_name(mail)} carries a link of " + (
                    f"contact {contact}" if contact else f"invitation {invitation}"
                )


def _links(content: bytes) -> set[tuple[int, int]]:
    """The numbers in the links of a mail: (contact, 0) or (0, invitation)."""
    parsed: EmailMessage = message_from_bytes(content, policy=policy.default)
    texts = [str(value) for value in parsed.values()]
    texts += [
        str(part.get_content()) for part in parsed.walk() if part.get_content_maintype() == "text"
    ]
    found = _TOKEN.findall("\n".join(texts))
    return {
        (int(number, 36), 0) if purpose in OF_CONTACTS else (0, int(number, 36))
        for purpose, number in found
    }


def _is_own(mail: OutgoingEmail, contact: int, invitation: int) -> bool:
    if mail.contact_id is not None:
        return (contact or invitation) == (mail.contact_id if contact else mail.invitation_id)
    # A host may be given the links of the households of this party.
    if contact:
        return Contact.objects.filter(pk=contact, invitation__party=mail.party_id).exists()
    return Invitation.objects.filter(pk=invitation, party=mail.party_id).exists()


def _by_message_id(ids: Iterable[str]) -> dict[str, OutgoingEmail]:
    wanted = list(ids)
    found: dict[str, OutgoingEmail] = {}
    for start in range(0, len(wanted), _BATCH):
        rows = OutgoingEmail.objects.filter(message_id__in=wanted[start : start + _BATCH])
        found |= {mail.message_id: mail for mail in rows}
    return found


def _name(mail: OutgoingEmail | None, message_id: str = "") -> str:
    if mail is None:
        return message_id
    to = f"invitation {mail.invitation_id}" if mail.invitation_id else f"host {mail.host_id}"
    return f"mail {mail.pk} ({mail.kind}, {to})"
