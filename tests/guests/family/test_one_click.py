"""What Gmail does with the `List-Unsubscribe` of each kind of mail: RFC 8058, over real HTTP.

The mail comes out of a real SMTP conversation; its header is read from the bytes on the wire, and
its address is knocked at as Gmail's machines do: a POST, no cookie, and no redirect is followed.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from guests.links import stop_path
from guests.mails.compose import compose
from guests.models import Address, Contact, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.planner import plan
from guests.reasons import Reason
from parties.services import cancel_party
from parties.words import HOST_KINDS, Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party, make_response
from tests.guests.outbox.conftest import use
from tests.smtp import MailServer

FAMILY_KINDS = [kind for kind in Kind if kind not in HOST_KINDS]
BODY = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)
BODIES = {
    "urlencoded": ("application/x-www-form-urlencoded", BODY),
    "multipart": ("multipart/form-data; boundary=x", MULTIPART),
}
ANNA = "anna@example.com"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the site said."""

    status: int
    headers: dict[str, str]
    body: str


@pytest.fixture
def server(
    transactional_db: None, settings: Settings, live_server: LiveServer
) -> Iterator[MailServer]:
    """A mail server that the site sends by; its links lead to the site as it runs."""
    settings.SITE_URL = live_server.url
    with MailServer() as running:
        use(settings, running)
        yield running


def mail_of(kind: Kind, answer: Answer = Answer.ACCEPTED) -> OutgoingEmail:
    """A mail of that kind that may go now."""
    silent = kind in (Kind.INVITATION, Kind.REMINDER)
    home = make_invitation(
        make_party(),
        emails=(ANNA,),
        reached=kind is not Kind.INVITATION,
        answer=Answer.SILENT if silent else answer,
    )
    party, contact = home.party, home.contacts.get()
    if kind is Kind.CANCELLED:
        cancel_party(party=party, note="", now=NOW)
        plan(NOW)
        return OutgoingEmail.objects.get(kind=kind.value)
    response = home.responses.last()
    occasion = {
        Kind.INVITATION: "first",
        Kind.STILL_ON: "1",
        Kind.CHANGED: "1",
        Kind.CONFIRMATION: str(response.pk if response else 0),
    }.get(kind, "by hand")
    rule = party.rules.filter(kind=kind.value).first() if kind is Kind.STILL_ON else None
    return make_mail(contact, kind=kind, occasion=occasion, rule=rule)


def send() -> None:
    drain(now=lambda: NOW, connections=1, compose=compose)


def header(content: bytes) -> str:
    """The one address between the brackets."""
    message = message_from_bytes(content, policy=policy.default)
    assert message["List-Unsubscribe-Post"] == BODY.decode()
    return "".join(str(message["List-Unsubscribe"]).split()).removeprefix("<").removesuffix(">")


def knock(url: str, method: str = "POST", how: str = "urlencoded") -> Answered:
    """One request as a mail service makes it: to exactly this address, with nothing else."""
    parts = urlsplit(url)
    kind, body = BODIES[how]
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    sends = method == "POST"
    headers = {"User-Agent": "Google-Unsubscribe"} | ({"Content-Type": kind} if sends else {})
    line.request(method, parts.path, body if sends else None, headers)
    answer = line.getresponse()
    found = {name.lower(): value for name, value in answer.getheaders()}
    said = Answered(answer.status, found, answer.read().decode())
    line.close()
    return said


def is_plainly_done(said: Answered) -> bool:
    return said.status == 200 and not {"location", "set-cookie"} & said.headers.keys()


@pytest.mark.parametrize("how", BODIES)
@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_one_click_in_any_mail_stops_the_mails_of_this_party_and_of_no_other(
    kind: Kind, how: str, server: MailServer
) -> None:
    follow_up = kind is Kind.FOLLOW_UP
    mail_of(kind, Answer.TENTATIVE if follow_up else Answer.ACCEPTED)
    elsewhere = make_invitation(emails=(ANNA,)).contacts.get()
    send()
    (mail,) = server.to(ANNA)

    assert is_plainly_done(knock(header(mail.content), how=how))

    here = Contact.objects.exclude(pk=elsewhere.pk).get()
    assert here.stopped_at is not None
    elsewhere.refresh_from_db()
    assert elsewhere.stopped_at is None
    assert Address.objects.get(email=ANNA).refuses == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_machine_that_only_looks_stops_nothing(method: str, server: MailServer) -> None:
    mail_of(Kind.INVITATION)
    send()

    assert knock(header(server.mails[0].content), method).status == 200

    assert Contact.objects.get().stopped_at is None


def test_a_second_click_and_a_click_on_nothing_are_done_as_well(server: MailServer) -> None:
    mail_of(Kind.INVITATION)
    send()
    url = header(server.mails[0].content)

    first, second = knock(url), knock(url)
    unknown = knock(url.replace("/stop/s", "/stop/sz"))

    assert all(is_plainly_done(said) for said in (first, second, unknown))
    assert "No more mails about this party." in unknown.body


def test_the_address_is_the_last_one_and_has_no_other_spelling_to_be_sent_to(
    server: MailServer,
) -> None:
    mail_of(Kind.INVITATION)
    send()
    url = header(server.mails[0].content)

    assert url == f"{url.partition('/stop/')[0]}{stop_path(Contact.objects.get())}"


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON])
def test_one_click_stops_also_the_mail_that_a_sender_has_in_its_hand(
    kind: Kind, server: MailServer
) -> None:
    mail = mail_of(kind, Answer.TENTATIVE if kind is Kind.FOLLOW_UP else Answer.ACCEPTED)
    url = f"{site.SITE_URL}{stop_path(Contact.objects.get())}"
    said: list[Answered] = []
    server.on_rcpt(lambda _recipient: said.append(knock(url)))

    send()

    assert [is_plainly_done(one) for one in said] == [True]
    assert server.mails == []
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (State.SKIPPED, Reason.STOPPED)


@pytest.mark.parametrize("kind", [Kind.INVITATION, Kind.CHANGED, Kind.CONFIRMATION])
def test_what_follows_the_hosts_or_the_familys_own_act_still_goes_after_one_click(
    kind: Kind, server: MailServer
) -> None:
    mail_of(kind)
    knock(f"{site.SITE_URL}{stop_path(Contact.objects.get())}")

    send()

    assert len(server.to(ANNA)) == 1


def test_a_cancellation_reaches_those_who_only_stopped_the_reminders(server: MailServer) -> None:
    home = make_invitation(emails=(ANNA,), reached=True)
    make_response(home, Answer.ACCEPTED)
    knock(f"{site.SITE_URL}{stop_path(home.contacts.get())}")
    cancel_party(party=home.party, note="", now=NOW)
    plan(NOW)

    send()

    assert any(b"Cancelled" in mail.content for mail in server.to(ANNA))
