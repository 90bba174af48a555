"""While there is no mail server, one mail at a time finds out whether it is back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from guests.models import Breaker, OutgoingEmail, State
from guests.outbox import breaker
from guests.outbox.breaker import Permit, probing
from guests.outbox.outcome import Result
from tests.factories import NOW, make_invitation, make_mail
from tests.guests.outbox.conftest import Clock, Send, use
from tests.smtp import MailServer, free_port
from tests.smtp_manners import Manners

pytestmark = pytest.mark.django_db


def make_ready(count: int) -> None:
    for _ in range(count):
        make_mail(make_invitation().contacts.get())


def minutes(clock: Clock) -> float:
    until = Breaker.objects.get().open_until
    assert until is not None
    return (until - clock()) / timedelta(minutes=1)


def test_without_a_word_against_it_sending_is_free() -> None:
    assert breaker.ask(NOW) == Permit(may_send=True)


def test_the_pauses_grow_to_a_quarter_of_an_hour(
    settings: Settings, send: Send, clock: Clock
) -> None:
    use(settings, MailServer(port=free_port()))
    make_ready(3)
    pauses = []
    for _ in range(6):
        assert send() == {Result.NO_SERVER: 1}
        pauses.append(minutes(clock))
        assert send() == {}
        clock.moment += timedelta(minutes=pauses[-1])
    assert pauses == [1, 2, 5, 15, 15, 15]
    assert set(OutgoingEmail.objects.values_list("state", "attempts")) == {(State.QUEUED, 0)}


def test_each_probe_tries_another_mail(settings: Settings, send: Send, clock: Clock) -> None:
    with MailServer(manners=Manners(mail="550 5.7.1 Not you")) as running:
        use(settings, running)
        make_ready(2)
        tried = []
        for _ in range(2):
            send()
            tried.append(OutgoingEmail.objects.order_by("not_before").last())
            clock.move(minutes=minutes(clock))
    assert tried[0] != tried[1]


@pytest.mark.parametrize("wrong", ["password", "sender"])
def test_when_the_server_is_back_everything_goes_once(
    settings: Settings, send: Send, clock: Clock, wrong: str
) -> None:
    manners = Manners(password="right") if wrong == "password" else Manners(mail="550 Not you")
    with MailServer(manners=manners) as running:
        use(settings, running, EMAIL_HOST_USER="us", EMAIL_HOST_PASSWORD="wrong")
        make_ready(12)
        send()
        assert not OutgoingEmail.objects.filter(state=State.FAILED).exists()
        manners.mail = ""
        settings.EMAIL_HOST_PASSWORD = "right" if wrong == "password" else ""
        clock.move(minutes=1)
        assert send() == {Result.SENT: 12}
        assert len(running.mails) == len({mail.message_id for mail in running.mails}) == 12
    row = Breaker.objects.get()
    assert (row.failures, row.open_until, row.reason) == (0, None, "")


def test_only_one_sender_probes() -> None:
    breaker.failed(Permit(may_send=True), NOW, "connect: no answer")
    later = NOW + timedelta(minutes=1)
    assert breaker.ask(NOW) == Permit(may_send=False)
    first, second = breaker.ask(later), breaker.ask(later)
    assert (first.may_send, first.probe) == (True, True)
    assert second == Permit(may_send=False)
    # a prober that died is followed by another
    assert breaker.ask(later + probing()).probe


def test_of_two_senders_that_ask_in_the_same_moment_one_probes() -> None:
    """The other one asks between our look and our UPDATE."""
    breaker.failed(Permit(may_send=True), NOW, "connect: no answer")
    later = NOW + timedelta(minutes=1)
    quicker: list[Permit] = []

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not quicker:
            quicker.append(Permit(may_send=False))
            quicker[0] = breaker.ask(later)
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        slower = breaker.ask(later)
    assert quicker[0].probe
    assert slower == Permit(may_send=False, failures=1)


def test_senders_that_meet_the_same_dead_server_count_once() -> None:
    permits = [breaker.ask(NOW) for _ in range(4)]
    for permit in permits:
        breaker.failed(permit, NOW, "connect: no answer")
    row = Breaker.objects.get()
    assert (row.failures, row.open_until) == (1, NOW + timedelta(minutes=1))


def test_a_late_success_of_before_the_failure_does_not_close_it() -> None:
    early = breaker.ask(NOW)
    breaker.failed(early, NOW, "connect: no answer")
    breaker.worked(early)
    assert Breaker.objects.get().failures == 1


def test_a_probe_without_a_mail_is_given_back(server: MailServer, send: Send, clock: Clock) -> None:
    breaker.failed(Permit(may_send=True), NOW, "connect: no answer")
    clock.move(minutes=1)
    probe = breaker.ask(clock())
    breaker.give_back(probe, clock())
    assert breaker.ask(clock()).probe


def test_a_probe_that_runs_out_of_time_is_given_back(
    server: MailServer, send: Send, clock: Clock
) -> None:
    make_ready(1)
    breaker.failed(Permit(may_send=True), NOW, "connect: no answer")
    clock.move(minutes=1)
    assert send(deadline=0) == {}
    assert breaker.ask(clock()).probe


def test_an_outage_is_one_warning_in_the_log(
    settings: Settings, send: Send, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, MailServer(port=free_port()))
    make_ready(3)
    for _ in range(4):
        send()
        clock.move(minutes=15)
    paused = [one for one in caplog.records if "mail_server_paused" in one.getMessage()]
    assert [one.levelname for one in paused] == ["WARNING", "INFO", "INFO", "INFO"]
    assert "nobody listens" in paused[0].getMessage()


def test_an_outage_says_why_on_its_row(send: Send, settings: Settings) -> None:
    with MailServer(manners=Manners(password="right")) as running:
        use(settings, running, EMAIL_HOST_USER="us", EMAIL_HOST_PASSWORD="wrong")
        make_ready(1)
        send()
    assert Breaker.objects.get().reason.startswith("connect: 535")
