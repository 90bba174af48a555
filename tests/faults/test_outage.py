"""No mail server for hours, or one that must not be trusted."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from guests.models import Breaker, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from guests.reasons import Reason
from parties.models import Party
from parties.words import Kind
from tests.faults.households import due_homes, party_soon, reminders
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.faults.test_clock import LIBRARIES
from tests.faults.times import Clock, at_the_time_of
from tests.running import wait_for
from tests.smtp import MailServer
from tests.smtp_manners import Manners

PASSWORD = "right"


class Parties:
    """Three parties whose reminders fall due as the mail server goes away, in the morning."""

    def __init__(self, rig: Rig, now: datetime) -> None:
        self.patient = party_soon(hour=9)
        self.urgent = party_soon(hour=9)
        self.eastern = party_soon(hour=17)  # where it will be night when the server is back
        due_homes(rig, 3, party=self.patient, email="patient{}@example.com".format)
        due_homes(rig, 2, party=self.urgent, email="urgent{}@example.com".format)
        due_homes(rig, 3, party=self.eastern, email="eastern{}@example.com".format)
        # These have to answer while the server is away, one after the other.
        for hours, home in enumerate(self.urgent.invitations.order_by("pk"), start=3):
            reply_by_at = now + timedelta(hours=hours)
            Invitation.objects.filter(pk=home.pk).update(reply_by_at=reply_by_at)


@fault(
    "F33",
    "no mail server for 6 hours over the due time",
    expected="each unexpired reminder once after it, the expired ones in one digest, none at night",
)
def test_an_outage_delays_what_can_wait_and_tells_of_the_rest(
    rig: Rig, seen: Seen, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.RETRY_SECONDS = 60
    clock = Clock(timezone.now())
    there = Parties(rig, clock())
    rig.smtp.stop()
    run(clock, hours=6)
    assert rig.smtp.mails == []
    assert {mail.state for mail in reminders()} == {State.QUEUED, State.SKIPPED}
    rig.smtp.start()
    run(clock, hours=18)
    at_the_time_of(clock, rig.audit)

    sent = reminders(State.SENT)
    # Of two that were due to one home, the newer one was to go.
    expired = [mail for mail in reminders(State.SKIPPED) if mail.reason != Reason.SUPERSEDED]
    told = rig.smtp.to(there.urgent.host.email)
    digest = OutgoingEmail.objects.get(kind=Kind.MISSED)
    outages = [one for one in caplog.records if "mail_server_paused" in one.getMessage()]
    seen(
        f"{len(sent)} sent, {len(rig.smtp.mails) - len(told)} arrived; {len(expired)} expired, "
        f"{len(told)} digest; {sum(one.levelname == 'WARNING' for one in outages)} warning"
    )
    assert {mail.party for mail in sent} == {there.patient, there.eastern}
    assert len(sent) == 6
    arrived = [mail.message_id for mail in rig.smtp.mails]
    assert sorted(arrived) == sorted(mail.message_id for mail in (*sent, digest))
    assert {(mail.party, mail.reason) for mail in expired} == {(there.urgent, Reason.EXPIRED)}
    assert len(expired) == 2
    assert "2 reminders could not go out" in str(told[0].parsed["Subject"])
    assert all(mail.told == digest.occasion for mail in expired)
    for mail in sent:
        assert time(8) <= local(mail.handed_at, mail.party) < time(20)
    assert time(8) <= local(digest.handed_at, there.urgent) < time(21)
    assert [one.levelname for one in outages].count("WARNING") == 1


def run(clock: Clock, *, hours: float) -> None:
    """What the timer does every five minutes."""
    end = clock() + timedelta(hours=hours)
    while clock() < end:
        tick(clock())
        drain(clock, connections=1)
        clock.move(minutes=5)


def local(moment: datetime | None, party: Party) -> time:
    assert moment is not None
    return moment.astimezone(party.zone).time()


def no_name(rig: Rig) -> str:
    return f"smtp://no-such-host.invalid:{rig.smtp.port}"


def stripped(rig: Rig) -> str:
    """A server, or somebody in between, that does not offer the encryption we were told of."""
    serve(rig, MailServer(journal=rig.journal, manners=Manners(password=PASSWORD)))
    return f"smtp+tls://us:{PASSWORD}@localhost:{rig.smtp.port}"


def expired(rig: Rig) -> str:
    """Its certificate was good for a week, years ago."""
    context = certified(rig.folder, "2020-01-01 00:00:00")
    serve(rig, MailServer(journal=rig.journal, starttls=context))
    return f"smtp+tls://us:{PASSWORD}@localhost:{rig.smtp.port}"


def certified(folder: Path, day: str) -> ssl.SSLContext:
    """A server's certificate that was made on that day for a week."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    assert LIBRARIES, "libfaketime is needed: apt-get install faketime"
    subprocess.run(
        [*command, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
        env={**os.environ, "LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": day},
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def serve(rig: Rig, server: MailServer) -> None:
    rig.smtp.stop()
    rig.smtp = server.start()


UNTRUSTED: dict[str, tuple[Callable[[Rig], str], str]] = {
    "DNS failure": (no_name, "connect: name of the server not found"),
    "STARTTLS stripped": (stripped, "connect: server offers no STARTTLS"),
    "certificate expired": (expired, "connect: certificate not accepted (certificate has expired)"),
}


@fault(
    "F50",
    "DNS failure, STARTTLS stripped, certificate expired",
    expected="breaker, no password in the clear, no mail; all go once after the fix",
)
@pytest.mark.parametrize("what", UNTRUSTED)
def test_no_mail_and_no_password_go_where_they_should_not(rig: Rig, seen: Seen, what: str) -> None:
    make, why = UNTRUSTED[what]
    address = make(rig)
    # The certificate is one that we trust, but for its dates.
    trusting = {"SSL_CERT_FILE": str(rig.folder / "certificate.pem")}
    trusting = trusting if what == "certificate expired" else {}
    due_homes(rig, 3)
    rig.beat()
    worker = rig.worker(EMAIL_URL=address, **trusting)
    wait_for(lambda: (Breaker.objects.first() or Breaker()).failures >= 2)
    worker.kill()
    said, mails = rig.smtp.ledger.commands, reminders()
    reason = Breaker.objects.get().reason
    assert reason.startswith(why)
    assert {mail.state for mail in mails} <= {State.QUEUED, State.CLAIMED}
    assert not any(mail.handed_at for mail in mails)
    assert {"AUTH", "MAIL", "RCPT", "DATA"}.isdisjoint(said)
    assert rig.smtp.mails == []
    serve(rig, MailServer(journal=rig.journal))
    rig.worker(EMAIL_URL=f"smtp://{rig.smtp.host}:{rig.smtp.port}")
    wait_for(lambda: len(reminders(State.SENT)) == 3)
    rig.settle()
    seen(f"{reason}; no AUTH, no MAIL; then {len(rig.smtp.mails)} sent")
    assert len({mail.message_id for mail in rig.smtp.mails}) == len(rig.smtp.mails) == 3
