"""Sending by the API of a mail service: what goes there, and what its answer means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from guests.deliveries import marks
from guests.models import OutgoingEmail, State
from guests.outbox.drain import drain
from guests.reasons import Reason
from tests.factories import NOW, make_invitation, make_mail
from tests.guests.deliveries.service import PostmarkLike

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings: Settings) -> Iterator[PostmarkLike]:
    with PostmarkLike() as running:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": running.url,
            "REQUESTS_TIMEOUT": 2,
        }
        yield running


@pytest.fixture
def mail() -> OutgoingEmail:
    return make_mail(make_invitation(emails=("anna@example.com",)).contacts.get())


def sent(mail: OutgoingEmail) -> OutgoingEmail:
    drain(lambda: NOW, connections=1)
    mail.refresh_from_db()
    return mail


def test_the_service_gets_the_whole_mail_with_our_mark(
    service: PostmarkLike, mail: OutgoingEmail
) -> None:
    assert sent(mail).state == State.SENT
    (posted,) = service.sent
    assert service.tokens == ["token"]
    assert posted["To"] == "Anna <anna@example.com>"
    assert marks.marked(posted["Metadata"]["mail"]) == mail.pk
    headers = {one["Name"]: one["Value"] for one in posted["Headers"]}
    assert headers["Message-ID"] == mail.message_id
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert posted["ReplyTo"]
    assert "JJ" in posted["TextBody"]
    assert "JJ" in posted["HtmlBody"]


def test_what_goes_again_has_the_mark_too(service: PostmarkLike, mail: OutgoingEmail) -> None:
    service.answer = None
    assert sent(mail).state == State.UNCERTAIN
    OutgoingEmail.objects.update(state=State.QUEUED, not_before=NOW, claim_token=None)
    service.answer = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "1"})
    assert sent(mail).state == State.SENT
    first, second = service.sent
    for name in ("From", "To", "Subject", "Metadata", "ReplyTo"):
        assert first[name] == second[name]
    for name in ("TextBody", "HtmlBody"):
        assert first[name] == second[name].replace("\r\n", "\n")
    assert marks.marked(second["Metadata"]["mail"]) == mail.pk


UNFIT = {"ErrorCode": 300, "Message": "Zero recipients"}
INACTIVE = {
    "ErrorCode": 406,
    "Message": "You tried to send to a recipient that has been marked as inactive. Found inactive"
    " addresses: anna@example.com. Inactive recipients are ones that have generated a hard bounce,"
    " a spam complaint, or a manual suppression.",
}


@pytest.mark.parametrize(
    ("status", "told", "state", "reason"),
    [
        pytest.param(422, INACTIVE, State.FAILED, Reason.REFUSED, id="knows the address"),
        pytest.param(422, UNFIT, State.FAILED, Reason.REFUSED, id="does not want the mail"),
        pytest.param(401, {}, State.QUEUED, "", id="does not know us"),
        pytest.param(403, {}, State.QUEUED, "", id="has closed our account"),
        pytest.param(429, {}, State.QUEUED, "", id="too many"),
        pytest.param(503, {}, State.QUEUED, "", id="not now"),
        pytest.param(500, {}, State.UNCERTAIN, "", id="broken in the middle"),
    ],
)  # fmt: skip
def test_what_the_answer_of_the_service_means(
    service: PostmarkLike,
    mail: OutgoingEmail,
    status: int,
    told: dict[str, object],
    state: State,
    reason: str,
) -> None:
    service.answer = (status, told)
    assert (sent(mail).state, mail.reason) == (state, reason)
    assert mail.address is not None
    mail.address.refresh_from_db()
    assert mail.address.refuses == ""


@pytest.mark.usefixtures("service")
def test_without_a_service_the_mail_waits(settings: Settings, mail: OutgoingEmail) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:1/"}
    assert sent(mail).state == State.QUEUED
    assert mail.attempts == 0
