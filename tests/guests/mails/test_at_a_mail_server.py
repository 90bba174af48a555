"""What a mail server sees of each kind of mail: well-formed, and signable as it arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import dkim
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from parties.words import HOST_KINDS, Kind
from tests.factories import NOW
from tests.guests.mails.every import ACCOUNT, MAKERS, SITE, account_mail_arrives, arrives
from tests.keys import make_key
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

KINDS = [kind.value for kind in MAKERS]
LONGEST_LINE = 998  # bytes without the line's end: RFC 5322, 2.1.1
# RFC 8058 wants both of the last covered by the signature.
SIGNED = [
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"reply-to", b"list-unsubscribe", b"list-unsubscribe-post", b"auto-submitted",
]  # fmt: skip


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """A mail server that the site sends by; it says that it takes eight bits, and takes them."""
    cache.clear()
    with MailServer() as running:
        for name, value in (running.settings() | SITE).items():
            setattr(settings, name, value)
        yield running


@pytest.fixture(scope="module")
def key() -> tuple[bytes, Callable[..., bytes]]:
    """A key to sign with, and the DNS that tells of it."""
    private, public = make_key()
    return private, lambda *_asked, **_options: b"v=DKIM1; k=rsa; p=" + public


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def assert_well_formed(content: bytes) -> None:
    message = read(content)
    for part in message.walk():
        assert part.defects == []
        for value in part.values():
            assert getattr(value, "defects", ()) in ((), []), value
        if not part.is_multipart():
            assert str(part["Content-Transfer-Encoding"]) in ("7bit", "8bit", "quoted-printable")
            part.get_content()  # in the charset that it names
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= LONGEST_LINE
    assert not any(b"\n" in line or b"\r" in line or b"\0" in line for line in lines)
    # Headers are ASCII whatever somebody is called, so no server has to know SMTPUTF8.
    assert content.split(b"\r\n\r\n", 1)[0].isascii()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_mail_is_well_formed_on_arrival(server: MailServer, kind: str) -> None:
    assert_well_formed(arrives(server, Kind(kind), NOW))


@pytest.mark.parametrize("sort", ACCOUNT)
def test_each_mail_about_the_account_is_well_formed_on_arrival(
    server: MailServer, sort: str, client: Client
) -> None:
    assert_well_formed(account_mail_arrives(server, sort, client))


@pytest.mark.parametrize("kind", KINDS)
def test_a_relays_signature_over_all_that_counts_holds_on_arrival(
    server: MailServer, kind: str, key: tuple[bytes, Callable[..., bytes]]
) -> None:
    private, dns = key
    content = arrives(server, Kind(kind), NOW)
    there = {name.lower().encode() for name in read(content).keys()}  # noqa: SIM118 - a message
    signed = [name for name in SIGNED if name in there]
    assert (b"list-unsubscribe-post" in signed) == (Kind(kind) not in HOST_KINDS)
    line = dkim.sign(content, b"relay", b"fulltable.example", private, include_headers=signed)
    for name in signed:
        assert name in line.split(b"b=")[0].lower().replace(b"\r\n ", b" ")
    assert dkim.verify(line + content, dnsfunc=dns)
    # What a list or a thief would change breaks it.
    changed = content.replace(b"List-Unsubscribe: <https", b"List-Unsubscribe: <http", 1)
    if changed != content:
        assert not dkim.verify(line + changed, dnsfunc=dns)
    # A second header of a name that counts must not be smuggled in on the way.
    assert len(there) == len(read(content).keys())
