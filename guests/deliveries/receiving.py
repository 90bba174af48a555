"""What mail services report, as Anymail tells it: translated, and handed to the service."""

from __future__ import annotations

import re
from typing import Any

import structlog
from anymail.signals import EventType, RejectReason
from django.utils import timezone

from guests.deliveries import marks
from guests.deliveries.codes import code_in, meaning
from guests.deliveries.hearing import News, heard
from guests.models import Fate, OutgoingEmail
from guests.stopping import stop_everything

# The service has taken the mail, and nothing more is known yet.
_TAKEN = frozenset({EventType.QUEUED, EventType.SENT})
_FAILED = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})
_BY_REASON = {
    RejectReason.SPAM: Fate.COMPLAINT,
    RejectReason.INVALID: Fate.HARD,
    RejectReason.BLOCKED: Fate.POLICY,
    RejectReason.TIMED_OUT: Fate.SOFT,
}
# Where services say in their own words that an address may work another time.
_SOFT = re.compile(r"soft|transient|temporar|undetermined", re.IGNORECASE)
# "Not delivering to a user who marked your messages as spam": nothing goes there anyway.
_SPAM = re.compile(r"(who|recipient) (has )?(marked|reported).{0,40}as spam", re.IGNORECASE)
_HARD = re.compile(r"hard|permanent", re.IGNORECASE)
_KINDS = ("Type", "type", "event", "bounce_type", "bounceType", "bounce_classification", "severity")

log = structlog.get_logger(__name__)


def receive(sender: type[Any], event: Any, esp_name: str, **_more: Any) -> None:  # noqa: ARG001
    """One report, as Anymail understood it. What is about no mail of ours changes nothing."""
    mail_id = _mail_id(event)
    news = _news(event, esp_name)
    if mail_id is None:
        log.info("report_on_no_mail_of_ours", service=esp_name, event=event.event_type)
        return
    now = timezone.now()
    if event.event_type == EventType.UNSUBSCRIBED:
        _stop(mail_id)
    elif news is not None:
        heard(mail_id=mail_id, news=news, now=now, email=_text(event.recipient))


def _mail_id(event: Any) -> int | None:
    """By our mark, which no other site has that shares the account; else by the Message-ID."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    mail_id = marks.marked(_text(metadata.get(marks.METADATA)))
    message_id = _text(event.message_id)
    if mail_id is not None or not message_id:
        return mail_id
    known = f"<{message_id.strip('<> ')}>"[:255]
    return OutgoingEmail.objects.filter(message_id=known).values_list("pk", flat=True).first()


def _news(event: Any, service: str) -> News | None:
    key = _key(event, service)
    said = _text(event.mta_response) or _text(event.description)
    status = code_in(said)
    kind = event.event_type
    if kind in _TAKEN:
        return News(key, None)
    if kind == EventType.DELIVERED:
        return News(key, Fate.DELIVERED)
    if kind == EventType.COMPLAINED:
        return News(key, Fate.COMPLAINT)
    if kind == EventType.DEFERRED:
        return News(key, Fate.SOFT, status, said, final=False)
    if kind in _FAILED:
        return News(key, _fate(event, said), status, said)
    return None


def _fate(event: Any, said: str) -> Fate:
    """What a mail that did not get there says of its address."""
    if event.reject_reason in _BY_REASON:
        return _BY_REASON[event.reject_reason]
    if _SPAM.search(said):
        return Fate.COMPLAINT
    kind = _kind(event.esp_event)
    if _SOFT.search(kind):
        return Fate.SOFT
    by_words = Fate(meaning("", said))
    if by_words is not Fate.SOFT or code_in(said):
        return by_words
    # A service that calls it a bounce for good and gives no code has looked at the answer itself.
    for_good = event.reject_reason == RejectReason.BOUNCED or _HARD.search(kind)
    return Fate.HARD if for_good else Fate.SOFT


def _kind(raw: Any, depth: int = 3) -> str:
    """The service's own words for the kind of bounce, wherever it puts them."""
    if not hasattr(raw, "items") or depth == 0:
        return ""
    own = [_text(raw.get(name)) for name in _KINDS]
    deeper = [_kind(value, depth - 1) for _name, value in raw.items() if hasattr(value, "items")]
    return " ".join(filter(None, own + deeper))


def _stop(mail_id: int) -> None:
    """The service itself will take nothing more to that address: somebody stopped it there."""
    mail = OutgoingEmail.objects.select_related("contact").filter(pk=mail_id).first()
    if mail is not None and mail.contact is not None:
        stop_everything(contact=mail.contact, now=timezone.now())


def _key(event: Any, service: str) -> str:
    """By what happened and when; a service that calls again may count its calls anew."""
    at = event.timestamp.isoformat() if event.timestamp else _text(event.event_id)
    return f"{service} {event.event_type} {_text(event.message_id)} {at}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
