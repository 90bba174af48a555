"""From a report that came back by mail to the mail that it is about.

Only what proves itself counts: the return address carries our mark, or the report returns the mail
with its Message-ID, and names its recipient. Whoever saw neither can say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from guests.deliveries import marks
from guests.deliveries.codes import code_in, meaning
from guests.deliveries.hearing import News, heard
from guests.deliveries.reading import Notice, Read, read
from guests.models import Fate, OutgoingEmail

_COMPLAINT = "complaint"
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
# Of several recipients behind one address, the luckiest one counts.
_MILDEST = (Fate.DELIVERED, Fate.SOFT, Fate.POLICY, Fate.HARD, Fate.COMPLAINT)


class Taken(StrEnum):
    """What became of a message that came in."""

    UNDERSTOOD = "understood"
    NOT_OURS = "not ours"  # a report, but on no mail that we know
    NO_REPORT = "no report"


def take(content: bytes, *, now: datetime, sent_to: Sequence[str] = ()) -> Taken:
    """Do what follows from one message; `sent_to`: addresses that the mail server says it came to.

    Raises what a database raises that is away; nothing else, whatever the message is.
    """
    report = read(content)
    if report is None:
        return Taken.NO_REPORT
    mail_id = _marked([*sent_to, *report.returned_to])
    notices: Sequence[Notice] = report.notices
    if mail_id is None:
        mail_id, notices = _by_message_id(report)
    if mail_id is None:
        return Taken.NOT_OURS
    email = _recipient(mail_id)
    own = [notice for notice in notices if notice.recipient == email]
    found = [(_news(report, notice), notice.recipient) for notice in own or notices]
    news, recipient = min(found, key=lambda one: _MILDEST.index(one[0].fate or Fate.DELIVERED))
    heard(mail_id=mail_id, news=news, now=now, email=recipient)
    return Taken.UNDERSTOOD


def _marked(addresses: Sequence[str]) -> int | None:
    numbers = (marks.returned(address) for address in addresses)
    return next((number for number in numbers if number is not None), None)


def _by_message_id(report: Read) -> tuple[int | None, Sequence[Notice]]:
    """The mail that was returned, and what is said of its own recipient."""
    if not report.message_ids:
        return None, ()
    mail = (
        OutgoingEmail.objects.filter(message_id__in=report.message_ids)
        .select_related("address")
        .only("pk", "address__email")
        .first()
    )
    if mail is None or mail.address is None:
        return None, ()
    email = mail.address.email
    own = [one for one in report.notices if one.recipient == email or _is_veiled(one)]
    return (mail.pk, own) if own else (None, ())


def _is_veiled(notice: Notice) -> bool:
    """Complaints often hide the reader's address."""
    return notice.action == _COMPLAINT and "@" not in notice.recipient


def _recipient(mail_id: int) -> str:
    found = OutgoingEmail.objects.filter(pk=mail_id).values_list("address__email", flat=True)
    return found.first() or ""


def _news(report: Read, notice: Notice) -> News:
    key = f"{report.key}:{notice.action}"
    if notice.action == _COMPLAINT:
        return News(key, Fate.COMPLAINT)
    if notice.action in _DELIVERED:
        return News(key, Fate.DELIVERED, notice.status)
    status = notice.status or code_in(notice.said)
    if notice.action == "delayed":
        return News(key, Fate.SOFT, status, notice.said, final=False)
    return News(key, Fate(meaning(notice.status, notice.said)), status, notice.said)
