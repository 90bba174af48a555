"""What a conversation with a mail server says about a mail, phase by phase."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from guests.outbox import smtp
from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.parcel import Parcel
from guests.outbox.smtp import SmtpTransport, outcome
from guests.outbox.wire import to_bytes
from guests.tasks import SLICE
from rsvp_site import settings as site
from tests.guests.outbox.conftest import use
from tests.smtp import MailServer, free_port
from tests.smtp_manners import Manners


@pytest.fixture
def transport(server: MailServer) -> Iterator[SmtpTransport]:
    opened = SmtpTransport()
    yield opened
    opened.close()


def parcel(recipient: str, body: str = "Come!") -> Parcel:
    message = EmailMessage("Party", body, "hello@fulltable.example", [recipient])
    return Parcel("hello@fulltable.example", recipient, to_bytes(message), message)


def yes() -> bool:
    return True


def told(result: Result, phase: Phase, code: int | None = None, enhanced: str = "") -> Outcome:
    return Outcome(result, phase, code, enhanced)


PHASES = [
    ("ok", told(Result.SENT, Phase.DOT, 250, "2.0.0"), 1),
    ("451rcpt", told(Result.NOT_NOW, Phase.RCPT, 451, "4.7.1"), 0),
    ("452rcpt", told(Result.NOT_NOW, Phase.RCPT, 452, "4.2.2"), 0),
    ("421", told(Result.NO_SERVER, Phase.RCPT, 421, "4.3.2"), 0),
    ("550rcpt", told(Result.REFUSED, Phase.RCPT, 550, "5.1.1"), 0),
    ("bare550", told(Result.REFUSED, Phase.RCPT, 550), 0),
    ("policyrcpt", told(Result.REFUSED, Phase.RCPT, 554, "5.7.1"), 0),
    ("530rcpt", told(Result.NO_SERVER, Phase.RCPT, 530, "5.7.0"), 0),
    ("relayrcpt", told(Result.REFUSED, Phase.RCPT, 550, "5.7.1"), 0),
    ("oddrcpt", told(Result.NOT_NOW, Phase.RCPT), 0),
    ("droprcpt", told(Result.NOT_NOW, Phase.RCPT), 0),
    ("dropdata", told(Result.NOT_NOW, Phase.DATA), 0),
    ("dropdot", told(Result.UNCLEAR, Phase.DOT), 1),
    ("hangdot", told(Result.UNCLEAR, Phase.DOT), 1),
    ("odddot", told(Result.UNCLEAR, Phase.DOT, 399), 0),
    ("451dot", told(Result.NOT_NOW, Phase.DOT, 451, "4.3.0"), 0),
    ("421dot", told(Result.NO_SERVER, Phase.DOT, 421, "4.3.2"), 0),
    ("554dot", told(Result.REJECTED, Phase.DOT, 554, "5.6.0"), 0),
    ("552dot", told(Result.REJECTED, Phase.DOT, 552, "5.3.4"), 0),
    ("nobodydot", told(Result.REFUSED, Phase.DOT, 550, "5.1.1"), 0),
    ("hangquit", told(Result.SENT, Phase.DOT, 250, "2.0.0"), 1),
    ("dropquit", told(Result.SENT, Phase.DOT, 250, "2.0.0"), 1),
]


@pytest.mark.parametrize("pipelining", [False, True], ids=["step by step", "pipelined"])
@pytest.mark.parametrize(("behaviour", "expected", "arrived"), PHASES, ids=[p[0] for p in PHASES])
def test_the_phase_decides_what_an_answer_means(
    server: MailServer,
    transport: SmtpTransport,
    behaviour: str,
    expected: Outcome,
    arrived: int,
    pipelining: bool,
) -> None:
    server.manners.pipelining = pipelining
    assert transport.deliver(parcel(f"{behaviour}@example.com"), yes) == expected
    assert len(server.mails) == arrived


def test_a_server_that_takes_too_long_for_everything_gets_no_mail_begun(
    server: MailServer, transport: SmtpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer came in time; but the task could be ended before the last one."""
    asked: list[bool] = []

    def commit() -> bool:
        asked.append(True)
        return True

    server.manners.delay = 0.1
    monkeypatch.setattr(smtp, "BEFORE_COMMIT", 0.2)
    outcome = transport.deliver(parcel("ok@example.com"), commit)
    assert (outcome.result, outcome.phase) == (Result.NO_SERVER, Phase.RCPT)
    assert (asked, server.mails) == ([], [])
    server.manners.delay = 0.0
    monkeypatch.undo()
    assert transport.deliver(parcel("ok@example.com"), commit).result is Result.SENT


def test_there_is_time_for_the_rest_of_a_conversation_that_went_past_the_commit_point() -> None:
    """The last mail of a slice: until the commit point, DATA, and the final dot."""
    answers = site.EMAIL_TIMEOUT * (1 + smtp.DOT_PATIENCE)
    assert SLICE + smtp.BEFORE_COMMIT + answers < site.CELERY_TASK_SOFT_TIME_LIMIT


def test_a_break_in_the_middle_of_the_body_is_safe(
    server: MailServer, transport: SmtpTransport
) -> None:
    large = parcel("dropbody@example.com", "A long story. " * 1_000_000)
    assert transport.deliver(large, yes) == told(Result.NOT_NOW, Phase.BODY)
    assert server.mails == []


@pytest.mark.parametrize("behaviour", ["ok", "451rcpt", "550rcpt", "451dot", "554dot"])
def test_the_connection_is_kept_for_the_next_mail(
    server: MailServer, transport: SmtpTransport, behaviour: str
) -> None:
    transport.deliver(parcel(f"{behaviour}@example.com"), yes)
    assert transport.deliver(parcel("anna@example.com"), yes).result is Result.SENT
    assert server.ledger.connections == 1


@pytest.mark.parametrize("behaviour", ["droprcpt", "dropdata", "dropdot", "421", "421dot"])
def test_after_a_break_the_next_mail_has_a_new_connection(
    server: MailServer, transport: SmtpTransport, behaviour: str
) -> None:
    transport.deliver(parcel(f"{behaviour}@example.com"), yes)
    assert transport.deliver(parcel("anna@example.com"), yes).result is Result.SENT
    assert server.ledger.connections == 2


@pytest.mark.parametrize("pipelining", [False, True], ids=["step by step", "pipelined"])
def test_a_domain_in_another_alphabet_is_written_as_servers_know_it(
    server: MailServer, transport: SmtpTransport, pipelining: bool
) -> None:
    server.manners.pipelining = pipelining
    assert transport.deliver(parcel("rosa@bücher.example"), yes).result is Result.SENT
    assert [mail.to for mail in server.mails] == ["rosa@xn--bcher-kva.example"]


@pytest.mark.parametrize("email", ["zoë@example.org", "rosa@ü..example"])
@pytest.mark.parametrize("pipelining", [False, True], ids=["step by step", "pipelined"])
def test_an_address_that_cannot_be_written_is_refused_and_stops_no_other(
    server: MailServer, transport: SmtpTransport, pipelining: bool, email: str
) -> None:
    server.manners.pipelining = pipelining
    found = transport.deliver(replace(parcel("anna@example.com"), recipient=email), yes)
    assert (found.result, found.phase) == (Result.REFUSED, Phase.RCPT)
    assert not found.dead_address
    assert transport.deliver(parcel("anna@example.com"), yes).result is Result.SENT


@pytest.mark.parametrize(
    ("text", "means_us"),
    [
        (b"<mrs.policeman@example.org>: no such user", False),
        (b"No such user relay@denied.example", False),
        (b"relay not permitted for <anna@example.org>", True),
        (b"<anna@example.org>: blocked", True),
    ],
)
def test_a_quoted_address_is_no_word_of_the_servers(text: bytes, means_us: bool) -> None:
    found = outcome(Phase.RCPT, 550, text)
    assert (found.is_policy, found.dead_address) == (means_us, not means_us)


def test_a_commit_that_says_no_resets_and_sends_nothing(
    server: MailServer, transport: SmtpTransport
) -> None:
    found = transport.deliver(parcel("anna@example.com"), lambda: False)
    assert found.result is Result.STOPPED
    assert "DATA" not in server.ledger.commands
    assert server.ledger.commands[-1] == "RSET"
    assert transport.deliver(parcel("ben@example.com"), yes).result is Result.SENT
    assert [mail.to for mail in server.mails] == ["ben@example.com"]
    assert server.ledger.connections == 1


def test_a_commit_that_breaks_sends_nothing(server: MailServer, transport: SmtpTransport) -> None:
    def breaks() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transport.deliver(parcel("anna@example.com"), breaks)
    assert transport.deliver(parcel("ben@example.com"), yes).result is Result.SENT
    assert [mail.to for mail in server.mails] == ["ben@example.com"]


@pytest.mark.parametrize("pipelining", [False, True], ids=["step by step", "pipelined"])
def test_a_server_that_has_carried_enough_is_called_again_at_once(
    server: MailServer, transport: SmtpTransport, pipelining: bool
) -> None:
    server.manners.mails_a_connection = 2
    server.manners.pipelining = pipelining
    asked = []

    def commit() -> bool:
        asked.append(1)
        return True

    results = [transport.deliver(parcel(f"{n}@example.com"), commit).result for n in range(5)]
    assert results == [Result.SENT] * 5
    assert len(asked) == 5
    assert server.ledger.connections == 3


@pytest.mark.parametrize(
    ("manners", "phase"),
    [
        (Manners(greeting="554 No"), Phase.CONNECT),
        (Manners(greeting="421 Busy"), Phase.CONNECT),
        (Manners(mail="550 5.7.1 Not you"), Phase.MAIL),
        (Manners(mail="451 4.3.0 Later"), Phase.MAIL),
    ],
    ids=["greets with 554", "greets with 421", "refuses our address", "refuses it for now"],
)
def test_a_server_that_takes_no_mail_at_all_is_no_server(
    settings: Settings, manners: Manners, phase: Phase
) -> None:
    with MailServer(manners=manners) as running:
        use(settings, running)
        found = SmtpTransport().deliver(parcel("anna@example.com"), yes)
    assert (found.result, found.phase) == (Result.NO_SERVER, phase)


def test_a_mail_that_is_too_large_is_the_mails_own_fault(server: MailServer) -> None:
    server.manners.mail = "552 5.3.4 Too large"
    found = SmtpTransport().deliver(parcel("anna@example.com"), yes)
    assert found.result is Result.REJECTED


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("127.0.0.1", "connect: nobody listens"),
        ("no-such-host.invalid", "connect: name of the server not found"),
    ],
)
def test_a_server_that_is_not_there_is_no_server(settings: Settings, host: str, why: str) -> None:
    nowhere = MailServer(port=free_port())
    use(settings, nowhere, EMAIL_HOST=host)
    found = SmtpTransport().deliver(parcel("anna@example.com"), yes)
    assert found == told(Result.NO_SERVER, Phase.CONNECT)
    assert str(found) == why


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (199, Result.NOT_NOW),
        (299, Result.NOT_NOW),
        (399, Result.NOT_NOW),
        (499, Result.NOT_NOW),
        (599, Result.REFUSED),
        (600, Result.NOT_NOW),
        (-1, Result.NOT_NOW),
    ],
)
def test_an_unknown_code_goes_by_its_first_figure(code: int, result: Result) -> None:
    found = outcome(Phase.RCPT, code, b"")
    assert found.result is result
    assert found.code is None or 200 <= found.code < 600


def test_a_server_that_thinks_long_after_the_dot_is_waited_for(
    settings: Settings, server: MailServer, transport: SmtpTransport
) -> None:
    settings.EMAIL_TIMEOUT = 0.5
    server.script("anna@example.com", ["slowdot"])
    assert transport.deliver(parcel("anna@example.com"), yes).result is Result.SENT


@pytest.mark.parametrize(
    ("password", "expected", "code"),
    [("right", Result.SENT, 250), ("wrong", Result.NO_SERVER, 535)],
)
def test_it_signs_in_as_the_settings_say(
    settings: Settings, password: str, expected: Result, code: int
) -> None:
    with MailServer(manners=Manners(password="right")) as running:
        use(settings, running, EMAIL_HOST_USER="us", EMAIL_HOST_PASSWORD=password)
        transport = SmtpTransport()
        found = transport.deliver(parcel("anna@example.com"), yes)
        transport.close()
    assert (found.result, found.code) == (expected, code)


def test_lines_that_begin_with_a_dot_arrive_as_they_were(
    server: MailServer, transport: SmtpTransport
) -> None:
    sent = parcel("anna@example.com", ".first\n.\n..two\nlast.\r.\rend")
    transport.deliver(sent, yes)
    assert server.mails[0].content == sent.content


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    line = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        ["openssl", *line.split(), *names, "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return key, cert


def serving(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


@pytest.mark.parametrize("way", ["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def test_an_encrypted_connection_knows_its_phase_too(
    settings: Settings,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
    context = serving(certificate)
    which = {"starttls": context} if way == "EMAIL_USE_TLS" else {"tls": context}
    with MailServer(**which) as running:  # type: ignore[arg-type]
        use(settings, running, EMAIL_HOST="localhost", **{way: True})
        transport = SmtpTransport()
        results = [
            transport.deliver(parcel(f"{local}@example.com"), yes).result
            for local in ("ok", "451rcpt", "dropdot", "anna")
        ]
        transport.close()
    assert results == [Result.SENT, Result.NOT_NOW, Result.UNCLEAR, Result.SENT]
    assert len(running.mails) == 3


def test_a_certificate_that_nobody_vouches_for_is_no_server(
    settings: Settings, certificate: tuple[Path, Path]
) -> None:
    with MailServer(starttls=serving(certificate)) as running:
        use(settings, running, EMAIL_HOST="localhost", EMAIL_USE_TLS=True)
        found = SmtpTransport().deliver(parcel("anna@example.com"), yes)
    assert found == told(Result.NO_SERVER, Phase.CONNECT)
    assert "certificate not accepted" in str(found)
    assert running.mails == []


def test_no_password_goes_over_a_line_that_was_stripped_of_its_encryption(
    settings: Settings,
) -> None:
    with MailServer(manners=Manners(password="right")) as running:
        use(
            settings,
            running,
            EMAIL_USE_TLS=True,
            EMAIL_HOST_USER="us",
            EMAIL_HOST_PASSWORD="right",
        )
        found = SmtpTransport().deliver(parcel("anna@example.com"), yes)
    assert found == told(Result.NO_SERVER, Phase.CONNECT)
    assert "STARTTLS" in str(found)
    assert "AUTH" not in running.ledger.commands
