from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import getaddresses

import pytest
from django.conf import settings as site
from hypothesis import given, settings
from hypothesis import strategies as st

from guests.mails import headers
from guests.mails.letter import Letter
from guests.models import OutgoingEmail
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party, make_response
from tests.guests.mails.reading import Received, receive

pytestmark = pytest.mark.django_db

EXPECTED = {
    "Content-Type",
    "MIME-Version",
    "Subject",
    "From",
    "To",
    "Reply-To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
}
NASTY = {
    "a line break and a header": "Dee\r\nBcc: victim@example.com",
    "a lone line feed": "Dee\nX-Evil: 1",
    "a line separator": "Dee\u2028Bcc: victim@example.com",
    "a next-line character": "Dee\u0085Bcc: victim@example.com",
    "a bidi override": "Dee\u202egnitrap\u202c",
    "an isolate": "\u2066Dee\u2069",
    "a second recipient": 'Dee" <victim@example.com>, "x',
    "an address": "victim@example.com",
    "a comma and a colon": "Group: a@example.com, b@example.com;",
    "a backslash": 'Dee\\" <victim@example.com>',
    "an encoded word": "=?utf-8?q?Dee=0D=0ABcc:_v@example.com?=",
    "markup": "<script>alert(1)</script>",
    "a template": "{{7*7}}{% load x %}",
    "a format": "%(x)s {0.__class__}",
    "accents": "Zoë Ðorđe",
    "emoji and a right-to-left name": "🎂 نورة",
    "very long": "D" * 50,
}


def invitation_mail(**over: object) -> OutgoingEmail:
    party = make_party(host=make_host(email="dee@example.org"), **over)
    invitation = make_invitation(party, guests=("Ben",), emails=("anna@example.com",))
    return make_mail(invitation.contacts.get(), kind=Kind.INVITATION)


def addresses(mail: Received, header: str) -> list[str]:
    return [address for _name, address in getaddresses([str(mail.message[header])])]


def test_a_mail_to_a_family_has_exactly_these_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site, "DEFAULT_FROM_EMAIL", "Full Table <hello@fulltable.example>")
    monkeypatch.setattr(site, "SITE_URL", "https://fulltable.example")
    row = invitation_mail()
    mail = receive(row, NOW)
    assert set(mail.message.keys()) == EXPECTED
    assert mail.header("From") == '"Dee (Full Table)" <hello@fulltable.example>'
    assert mail.header("To") == "Anna <anna@example.com>"
    assert mail.header("Reply-To") == "dee@example.org"
    assert mail.header("Message-ID") == row.message_id
    assert mail.header("Date") == "Mon, 24 May 2027 11:00:00 +0000"
    assert mail.header("Auto-Submitted") == "auto-generated"
    assert mail.header("X-Auto-Response-Suppress") == "OOF, AutoReply"
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    stop = mail.header("List-Unsubscribe")
    assert stop.startswith("<https://fulltable.example/stop/s")
    assert stop.endswith("/>")
    assert stop[1:-1] in mail.page.links


def test_a_mail_to_a_host_offers_no_stop_and_no_other_reply_address() -> None:
    party = make_party()
    response = make_response(make_invitation(party), Answer.ACCEPTED)
    row = make_mail(host=party.host, party=party, kind=Kind.NEWS, occasion=str(response.pk))
    mail = receive(row, NOW)
    left_out = {"Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"}
    assert set(mail.message.keys()) == EXPECTED - left_out
    assert mail.header("From") == "Full Table <hello@example.org>"
    assert addresses(mail, "To") == [party.host.email]


def test_the_date_is_that_of_the_first_composing() -> None:
    row = invitation_mail()
    row.composed_at = NOW
    row.save()
    later = receive(row, NOW + timedelta(days=1))
    assert later.header("Date") == "Mon, 24 May 2027 11:00:00 +0000"


def test_a_contact_without_a_name_is_addressed_by_the_bare_address() -> None:
    row = invitation_mail()
    assert row.contact is not None
    row.contact.name = ""
    row.contact.save()
    assert receive(row, NOW).header("To") == "anna@example.com"


@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY.keys())
@pytest.mark.parametrize("place", ["host", "child", "contact"])
def test_no_name_adds_a_header_or_a_recipient(place: str, name: str) -> None:
    over = {"host": {"host_name": name}, "child": {"child_name": name}}.get(place, {})
    row = invitation_mail(**over)
    assert row.contact is not None
    if place == "contact":
        row.contact.name = name
        row.contact.save()
    mail = receive(row, NOW)
    assert set(mail.message.keys()) == EXPECTED
    assert addresses(mail, "To") == ["anna@example.com"]
    assert addresses(mail, "From") == ["hello@example.org"]
    head = mail.raw.partition(b"\n\n")[0].decode("ascii")
    assert all(line[0] in " \t" or ":" in line for line in head.splitlines())
    assert "victim@example.com" not in head.replace("Subject", "") or place == "child"
    assert not set("\u2028\u0085\u202e\u2066\r\n") & set(mail.subject)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Dee", "Dee"),
        ("  Dee \r\n Bcc: x ", "Dee Bcc x"),
        ("Zoë", "Zoë"),
        ("a@b.example", "a b.example"),
        ('Dee", "Eve', "Dee Eve"),
        ("\u202eeeD\u202c", "eeD"),
        ("\u200b", ""),
        ("D" * 90, "D" * 75),
    ],
    ids=["plain", "header", "accent", "address", "quotes", "bidi", "nothing to see", "too long"],
)
def test_a_display_name_is_one_harmless_line(typed: str, shown: str) -> None:
    assert headers.display_name(typed) == shown


@given(st.text(max_size=120))
@settings(max_examples=500, deadline=None)
def test_whatever_is_typed_leaves_one_sender_and_one_recipient(typed: str) -> None:
    name = headers.display_name(typed)
    letter = Letter(
        subject=headers.subject_line(typed),
        body="A word",
        from_email=headers.sender(typed),
        to=[headers.mailbox(name, "anna@example.com")],
        headers=headers.standard("<1@example.org>", NOW),
    )
    read = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
    assert [one.addr_spec for one in read["To"].addresses] == ["anna@example.com"]
    assert [one.addr_spec for one in read["From"].addresses] == ["hello@example.org"]
    assert read["From"].addresses[0].display_name.endswith("Full Table" if not name else ")")
    assert len(headers.sender(typed).partition('" <')[0].strip('"')) <= headers.LONGEST_NAME
    assert read.get_content().strip() == "A word"


def test_the_service_stays_readable_behind_the_longest_name() -> None:
    name = headers.sender("D" * 200).partition(" <")[0].strip('"')
    assert name.endswith(" (Full Table)")
    assert len(name) == 75


def test_without_a_hosts_name_the_service_writes_under_its_own() -> None:
    assert headers.sender("\u200b") == '"Full Table" <hello@example.org>'
