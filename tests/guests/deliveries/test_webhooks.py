"""Reports of mail services, through the real addresses and with real signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from guests.deliveries import marks
from guests.models import Fate, Report, State
from parties.words import Kind
from tests.factories import make_mail
from tests.guests.deliveries.conftest import Went
from tests.rsvp_site.test_trouble import failing

pytestmark = pytest.mark.django_db

SECRET = "anymail:not-easy-to-guess"
KEY = "signing-key-of-a-service"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a webhook."""

    path: str
    body: bytes
    content_type: str
    headers: dict[str, str]

    def made(self, client: Client) -> int:
        return client.post(
            self.path, self.body, content_type=self.content_type, headers=self.headers
        ).status_code


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def postmark(kind: str, went: Went, *, good: bool = True, **more: Any) -> Call:
    event: dict[str, Any] = {
        "RecordType": "Bounce",
        "Type": kind,
        "ID": 42,
        "MessageID": "00000000-1111-2222-3333-444444444444",
        "Email": went.address().email,
        "Metadata": {"mail": marks.mark_of(went.mail.pk)},
        "BouncedAt": "2027-05-24T11:00:09Z",
        **more,
    }
    if kind in ("Delivery", "SpamComplaint"):
        event["RecordType"] = kind
    headers = basic() if good else basic("anymail:guessed")
    return Call("/anymail/postmark/tracking/", json.dumps(event).encode(), JSON, headers)


def mailgun(
    event: str, went: Went, *, good: bool = True, token: str = "d2f4e7", **more: Any
) -> Call:
    signed = {"token": token, "timestamp": "1811156409"}
    key = KEY if good else "guessed"
    mac = hmac.new(key.encode(), f"1811156409{token}".encode(), hashlib.sha256).hexdigest()
    data: dict[str, Any] = {
        "event": event,
        "timestamp": 1811156409.5,
        "recipient": went.address().email,
        "message": {"headers": {"message-id": went.mail.message_id.strip("<>")}},
        "user-variables": {},
        **more,
    }
    body = {"signature": {**signed, "signature": mac}, "event-data": data}
    return Call("/anymail/mailgun/tracking/", json.dumps(body).encode(), JSON, {})


def mailersend(kind: str, went: Went, *, good: bool = True, reason: str = "") -> Call:
    body = json.dumps(
        {
            "type": f"activity.{kind}",
            "data": {
                "id": "62f114f8165fe0d8db0288e5",
                "type": kind,
                "created_at": "2027-05-24T11:00:09.000000Z",
                "email": {
                    "message": {"id": went.mail.message_id.strip("<>")},
                    "recipient": {"email": went.address().email},
                },
                "morph": {"object": "recipient_bounce", "reason": reason},
            },
        }
    ).encode()
    key = KEY if good else "guessed"
    mac = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return Call("/anymail/mailersend/tracking/", body, JSON, {"Signature": mac})


def mandrill(event: str, went: Went, *, good: bool = True, diag: str = "") -> Call:
    path = "/anymail/mandrill/"
    events = [
        {
            "event": event,
            "ts": 1811156409,
            "_id": "abc123",
            "msg": {
                "_id": "abc123",
                "email": went.address().email,
                "metadata": {"mail": marks.mark_of(went.mail.pk)},
                "diag": diag,
            },
        }
    ]
    params = {"mandrill_events": json.dumps(events)}
    signed = f"http://testserver{path}" + "".join(f"{k}{v}" for k, v in sorted(params.items()))
    key = KEY if good else "guessed"
    mac = hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()
    headers = {"X-Mandrill-Signature": base64.b64encode(mac).decode()}
    return Call(path, urlencode(params).encode(), "application/x-www-form-urlencoded", headers)


JSON = "application/json"
SIGNED: dict[str, tuple[dict[str, Any], Callable[..., Call], str]] = {
    "Postmark, by password": ({"WEBHOOK_SECRET": [SECRET]}, postmark, "HardBounce"),
    "Mailgun, signed": ({"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}, mailgun, "complained"),
    "MailerSend, signed": ({"MAILERSEND_SIGNING_SECRET": KEY}, mailersend, "hard_bounced"),
    "Mandrill, signed": ({"MANDRILL_WEBHOOK_KEY": KEY}, mandrill, "hard_bounce"),
}


@pytest.fixture
def outside() -> Client:
    """A caller as strict as the world: CSRF is checked, and errors are answers."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def use(settings: Settings) -> Callable[..., None]:
    def anymail(**given: Any) -> None:
        settings.ANYMAIL = given

    return anymail


@pytest.mark.parametrize("service", SIGNED)
def test_a_signed_report_stops_mail_to_that_address(
    outside: Client, use: Callable[..., None], went: Went, service: str
) -> None:
    given, call, kind = SIGNED[service]
    use(**given)
    assert call(kind, went).made(outside) == 200
    address = went.address()
    assert (address.bounced_at or address.complained_at) is not None
    assert call(kind, went).made(outside) == 200
    assert Report.objects.count() == 1


@pytest.mark.parametrize("service", SIGNED)
def test_a_wrong_signature_changes_nothing(
    outside: Client, use: Callable[..., None], went: Went, service: str
) -> None:
    given, call, kind = SIGNED[service]
    use(**given)
    assert call(kind, went, good=False).made(outside) == 400
    naked = call(kind, went)
    assert Call(naked.path, naked.body, naked.content_type, {}).made(outside) in (
        [400] if naked.headers else [200]
    )
    assert Report.objects.count() == (0 if naked.headers else 1)


@pytest.mark.parametrize("service", SIGNED)
def test_where_nothing_is_signed_there_is_no_door(
    outside: Client, use: Callable[..., None], went: Went, service: str
) -> None:
    _given, call, kind = SIGNED[service]
    use()
    assert call(kind, went).made(outside) == 404
    assert outside.get(call(kind, went).path).status_code == 404


def test_mail_is_not_taken_in(outside: Client, use: Callable[..., None]) -> None:
    use(WEBHOOK_SECRET=[SECRET])
    path = "/anymail/postmark/inbound/"
    assert outside.post(path, {}, content_type=JSON, headers=basic()).status_code == 404


def test_one_secret_may_follow_another(
    outside: Client, use: Callable[..., None], went: Went
) -> None:
    use(WEBHOOK_SECRET=["anymail:new", SECRET])
    assert postmark("HardBounce", went).made(outside) == 200


MEANINGS: dict[str, tuple[Callable[..., Call], str, dict[str, Any], Fate]] = {
    "a hard bounce": (postmark, "HardBounce", {}, Fate.HARD),
    "a full mailbox": (postmark, "SoftBounce", {}, Fate.SOFT),
    "a hard bounce that was one of ours": (
        postmark,
        "HardBounce",
        {"Details": "smtp;554 5.7.1 Blocked by policy"},
        Fate.POLICY,
    ),
    "no address at all": (postmark, "BadEmailAddress", {}, Fate.HARD),
    "blocked": (postmark, "Blocked", {}, Fate.POLICY),
    "delayed": (postmark, "Transient", {}, Fate.SOFT),
    "delivered": (postmark, "Delivery", {}, Fate.DELIVERED),
    "spam": (postmark, "SpamComplaint", {}, Fate.COMPLAINT),
    "failed for good": (
        mailgun,
        "failed",
        {
            "severity": "permanent",
            "reason": "bounce",
            "delivery-status": {"code": 550, "message": "5.1.1 The email account does not exist"},
        },
        Fate.HARD,
    ),
    "kept back, as somebody complained before": (
        mailgun,
        "failed",
        {
            "severity": "permanent",
            "reason": "suppress-complaint",
            "delivery-status": {
                "code": 607,
                "description": "Not delivering to a user who marked your messages as spam",
            },
        },
        Fate.COMPLAINT,
    ),
    "failed for now": (
        mailgun,
        "failed",
        {"severity": "temporary", "reason": "generic", "delivery-status": {"message": "4.2.2"}},
        Fate.SOFT,
    ),
}


@pytest.mark.parametrize("case", MEANINGS)
def test_each_word_of_a_service_is_translated(
    outside: Client, use: Callable[..., None], went: Went, case: str
) -> None:
    use(WEBHOOK_SECRET=[SECRET], MAILGUN_WEBHOOK_SIGNING_KEY=KEY)
    call, kind, more, fate = MEANINGS[case]
    made = call(kind, went, **more)
    assert Call(made.path, made.body, JSON, basic()).made(outside) == 200
    assert Report.objects.get().fate == fate
    assert (went.address().bounced_at is not None) == (fate is Fate.HARD)
    assert (went.address().complained_at is not None) == (fate is Fate.COMPLAINT)


def test_a_call_that_is_made_again_is_the_same_report(
    outside: Client, use: Callable[..., None], went: Went
) -> None:
    use(MAILGUN_WEBHOOK_SIGNING_KEY=KEY)
    assert mailgun("complained", went).made(outside) == 200
    assert mailgun("complained", went, token="another").made(outside) == 200
    assert Report.objects.count() == 1


@pytest.mark.parametrize("kind", ["soft_bounce", "hard_bounce"])
def test_a_soft_bounce_is_told_apart_by_the_name_of_the_event(
    outside: Client, use: Callable[..., None], went: Went, kind: str
) -> None:
    use(MANDRILL_WEBHOOK_KEY=KEY)
    mandrill(kind, went).made(outside)
    assert Report.objects.get().fate == (Fate.SOFT if kind == "soft_bounce" else Fate.HARD)


def test_a_service_that_stops_mail_for_somebody_is_believed(
    outside: Client, use: Callable[..., None], went: Went
) -> None:
    use(MANDRILL_WEBHOOK_KEY=KEY)
    assert mandrill("unsub", went).made(outside) == 200
    assert went.address().stopped_at is not None


def test_an_unclear_mail_that_the_service_took_is_sent(
    outside: Client, use: Callable[..., None], went: Went
) -> None:
    use(WEBHOOK_SECRET=[SECRET])
    unclear = make_mail(
        went.contact, kind=Kind.REMINDER, occasion="7", state=State.UNCERTAIN, reason="unclear"
    )
    assert postmark("Delivery", Went(unclear)).made(outside) == 200
    unclear.refresh_from_db()
    assert unclear.state == State.SENT


@pytest.mark.parametrize(
    "metadata",
    [{"mail": "1"}, {"mail": "1-aaaaaaaaaaaaaaaa"}, {"mail": 1}, {"mail": None}, [], "x", None],
    ids=str,
)
def test_a_report_on_mail_of_another_site_changes_nothing(
    outside: Client, use: Callable[..., None], went: Went, metadata: Any
) -> None:
    """One account of a service may carry the mail of several sites."""
    use(WEBHOOK_SECRET=[SECRET])
    made = postmark("SpamComplaint", went, Metadata=metadata).made(outside)
    assert made in (200, 400)
    assert Report.objects.count() == 0
    assert went.address().refuses == ""


ODD = [
    b"",
    b"nonsense",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b"[[1, 2], null]",
    b'"text"',
    b"3",
    b'{"RecordType": 3}',
    b'{"RecordType": "Bounce", "Type": [], "Email": {"a": 1}, "BouncedAt": 7}',
    b'{"RecordType": "Bounce", "BouncedAt": "when?", "Metadata": {"mail": {"x": []}}}',
    b'{"event-data": {"event": ["x"]}, "signature": {"token": {}}}',
    b'{"data": 7, "type": null}',
    b"{" * 5000,
]


@pytest.mark.filterwarnings("ignore:django-anymail has dropped")
@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize(
    "service", ["postmark", "mailgun", "brevo", "sparkpost", "sendgrid", "mailjet", "resend",
                "mailersend", "mailtrap", "unisender_go", "amazon_ses", "postal"],
)  # fmt: skip
def test_odd_reports_break_nothing(
    outside: Client, use: Callable[..., None], service: str, body: bytes
) -> None:
    use(WEBHOOK_SECRET=[SECRET], **{f"{service.upper()}_{name}": KEY for name in KEYS})
    made = Call(f"/anymail/{service}/tracking/", body, JSON, basic()).made(outside)
    assert made in (200, 400)


KEYS = ("API_KEY", "WEBHOOK_SIGNING_KEY", "SIGNING_SECRET", "WEBHOOK_KEY")


@pytest.mark.parametrize("begins", ["INSERT", "UPDATE", "SELECT"])
def test_while_the_database_is_in_trouble_the_service_tries_again(
    outside: Client, use: Callable[..., None], went: Went, begins: str
) -> None:
    use(WEBHOOK_SECRET=[SECRET])
    call = postmark("HardBounce", went)
    with connection.execute_wrapper(failing(OperationalError("database is locked"), (begins,))):
        assert call.made(outside) == 503
    assert went.address().bounced_at is None
    assert call.made(outside) == 200
    assert went.address().bounced_at is not None
    assert went.fresh().fate == Fate.HARD
