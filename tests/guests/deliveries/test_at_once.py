"""Many reports at the same moment, while mail goes out: nobody waits for ever, all of it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from pytest_django import Settings

from guests.deliveries.hearing import News, heard
from guests.looking import look
from guests.models import Address, Fate, OutgoingEmail, Report, State
from guests.outbox.drain import drain
from guests.outbox.tick import tick
from parties.words import Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_party
from tests.guests.outbox.conftest import use
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db(transaction=True)

TOGETHER = 8


def at_once(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run all jobs at the same moment, each with a connection of its own; what they raised."""
    barrier = threading.Barrier(len(jobs))
    errors: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait()
            job()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def test_the_same_report_from_many_sides_is_one() -> None:
    mail = make_mail(make_invitation(reached=False).contacts.get(), state=State.SENT)
    told: list[bool] = []

    def hear() -> None:
        told.append(heard(mail_id=mail.pk, news=News("one", Fate.COMPLAINT), now=NOW))

    assert at_once(*[hear] * TOGETHER) == []
    assert told.count(True) == 1
    assert Report.objects.count() == 1


def test_reports_looks_and_senders_do_not_wait_for_each_other_for_ever(settings: Settings) -> None:
    with MailServer() as server:
        use(settings, server)
        parties = [make_party() for _ in range(3)]
        emails = [f"family{number}@example.com" for number in range(TOGETHER)]
        for party in parties:
            for email in emails:
                contact = make_contact(make_invitation(party, emails=()), email)
                make_mail(contact, state=State.SENT)
                make_mail(contact, kind=Kind.CHANGED, occasion=str(party.revision))
        went = list(OutgoingEmail.objects.filter(kind=Kind.INVITATION.value).order_by("pk"))

        def hear(number: int, fate: Fate) -> Callable[[], None]:
            def job() -> None:
                for mail in went[number::TOGETHER]:
                    heard(mail_id=mail.pk, news=News(f"{fate}{mail.pk}", fate), now=NOW)

            return job

        fates = [Fate.HARD, Fate.COMPLAINT, Fate.SOFT, Fate.DELIVERED] * 2
        errors = at_once(
            *(hear(number, fate) for number, fate in enumerate(fates)),
            lambda: drain(lambda: NOW, connections=2),
            lambda: tick(NOW),
            lambda: look(NOW),
        )
        assert errors == []
        assert Report.objects.count() == len(went)
        dead = Address.objects.exclude(bounced_at=None, complained_at=None)
        assert dead.count() == 6  # three mails were lost where each one was
        tick(NOW)
        told = OutgoingEmail.objects.filter(kind=Kind.BOUNCED.value)
        assert set(told.values_list("party", flat=True)) == {party.pk for party in parties}
        for address in dead:
            ended = address.bounced_at or address.complained_at
            late = address.mails.filter(handed_at__gt=ended)
            assert not late.exists()
