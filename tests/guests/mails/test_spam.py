"""SpamAssassin's opinion of every mail that the product sends, printed at the end of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from parties.words import Kind
from tests import spamassassin
from tests.guests.mails.every import ACCOUNT, MAKERS, SITE, account_mail_arrives, arrives
from tests.smtp import MailServer

MOST = 1.0  # points; from 5 on a mail is called spam

pytestmark = [pytest.mark.django_db, pytest.mark.spam]


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    cache.clear()
    with MailServer() as running:
        for name, value in (running.settings() | SITE).items():
            setattr(settings, name, value)
        yield running


def test_every_kind_of_mail_scores_below_one_point(
    server: MailServer, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    now = timezone.now()  # a mail from another year would be suspicious by itself
    mails: dict[str, bytes] = {}
    for kind in MAKERS:
        mails[kind.value] = arrives(server, kind, now)
    for sort in ACCOUNT:
        cache.clear()
        mails[sort] = account_mail_arrives(server, sort, Client())
    scores = spamassassin.score(mails, now, tmp_path)
    for name, found in scores.items():
        record_property(spamassassin.PROPERTY, found.line(name))
    assert {name: one for name, one in scores.items() if one.points >= MOST} == {}
    assert set(MAKERS) == set(Kind), "a kind of mail that nobody looked at"
