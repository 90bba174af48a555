"""The assertion on every mail to a family sees what it is there to see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from guests.models import OutgoingEmail
from parties.words import Kind
from tests import mailform
from tests.factories import NOW, make_invitation, make_mail, make_party
from tests.guests.mails.reading import receive
from tests.mailform import Arrived, Post, assert_all, assert_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def good() -> Arrived:
    """A reminder as it goes."""
    party = make_party(where_exactly="the blue shelter " * 15)
    home = make_invitation(party, guests=("Ben", "Bella"), emails=("anna@example.com",))
    mail = make_mail(home.contacts.get(), kind=Kind.REMINDER)
    return Arrived(("anna@example.com",), receive(mail, NOW).raw)


def changed(old: str, new: str) -> Callable[[Arrived], Arrived]:
    def change(mail: Arrived) -> Arrived:
        content = mail.content.decode()
        assert old in content
        return Arrived(mail.recipients, content.replace(old, new, 1).encode())

    return change


def in_html(old: str, new: str) -> Callable[[Arrived], Arrived]:
    def change(mail: Arrived) -> Arrived:
        text, mark, html = mail.content.decode().partition("<!doctype html>")
        assert old in html
        return Arrived(mail.recipients, (text + mark + html.replace(old, new, 1)).encode())

    return change


def without(header: str) -> Callable[[Arrived], Arrived]:
    return changed(f"\n{header}: ", f"\nX-{header}: ")


FAULTS: dict[str, Callable[[Arrived], Arrived]] = {
    "a second recipient": lambda mail: Arrived((*mail.recipients, "eve@example.com"), mail.content),
    "another recipient": lambda mail: Arrived(("eve@example.com",), mail.content),
    "a Cc": changed("\nTo: ", "\nCc: eve@example.com\nTo: "),
    "two in To": changed("\nTo: ", "\nTo: eve@example.com, "),
    "no Reply-To": without("Reply-To"),
    "no stop": without("List-Unsubscribe"),
    "no one click": without("List-Unsubscribe-Post"),
    "no Auto-Submitted": without("Auto-Submitted"),
    "no Date": without("Date"),
    "one header more": changed("\nSubject: ", "\nX-Mailer: us\nSubject: "),
    "a header twice": changed("\nSubject: ", "\nSubject: once\nSubject: "),
    "a stop that is no link in it": changed("List-Unsubscribe: <http", "List-Unsubscribe: <xttp"),
    "a mailto as well": changed("/>\nList-Unsub", "/>, <mailto:stop@example.org>\nList-Unsub"),
    "a Message-ID of another make": changed("Message-ID: <", "Message-ID: <x"),
    "the host's own From": changed(" (Full Table)", ""),
    "a fact that only the text has": in_html("12 June, 2 pm to 4:30 pm</strong>", "</strong>"),
    "a fact that only the HTML has": changed("Saturday 12 June, 2 pm to 4:30 pm\n", "\n"),
    "a sentence that the HTML lacks": in_html("A no helps as much as a yes.</td>", "</td>"),
    "another order of words": in_html("Can Ben and Bella come?", "Can Bella and Ben come?"),
    "a link that the HTML lacks": in_html('href="http://localhost:8000/forget/', 'href="http://x/'),
    "a link that the text lacks": changed(": http://localhost:8000/forget/", ": "),
    "a name in the preview": in_html("\n&zwnj;", " For Bella\n&zwnj;"),
    "no HTML": changed("text/html", "text/enriched"),
}  # fmt: skip


def test_a_good_mail_passes(good: Arrived) -> None:
    assert_form(good)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mail_that_is_not_as_it_should_be_is_seen(fault: str, good: Arrived) -> None:
    with pytest.raises(AssertionError):
        assert_form(FAULTS[fault](good))


@pytest.mark.parametrize("left", [b"List-Unsubscribe", b"(Full Table)", b"/stop/"])
def test_each_sign_alone_tells_that_a_mail_is_to_a_family(left: bytes, good: Arrived) -> None:
    signs = {b"List-Unsubscribe", b"(Full Table)", b"/stop/", b"/i/"}
    content = good.content
    for sign in signs - {left}:
        content = content.replace(sign, b"-")

    with pytest.raises(AssertionError):
        assert_all(Post([Arrived(good.recipients, content)]))


def test_a_mailbox_is_looked_through_too(good: Arrived, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(good.content)
    (tmp_path / "2.eml").write_bytes(b"From: Full Table <a@b.example>\n\nNews.")
    assert mailform.assert_folder(tmp_path) == 1
    (tmp_path / "3.eml").write_bytes(good.content.replace(b"Reply-To", b"X-Reply-To"))

    with pytest.raises(AssertionError):
        mailform.assert_folder(tmp_path)


def test_a_mail_to_a_host_is_not_asked_for_a_stop(good: Arrived) -> None:
    assert_all(Post([Arrived(("dee@example.org",), b"From: Full Table <a@b.example>\n\nNews.")]))


def test_a_mail_that_changes_its_id_between_two_tries_is_seen(good: Arrived) -> None:
    row = OutgoingEmail.objects.get()
    mailform.empty()
    mailform.tried(row.pk, row.message_id, good.content)
    assert_all(mailform.empty())
    mailform.tried(row.pk, row.message_id, good.content)
    mailform.tried(
        row.pk, row.message_id, good.content.replace(b"Message-ID: <", b"Message-ID: <0")
    )

    with pytest.raises(AssertionError, match="one mail went as"):
        assert_all(mailform.empty())
