from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from guests.mailbox import box
from guests.mailbox.views import is_loopback

pytestmark = pytest.mark.django_db

NOON = datetime(2027, 5, 24, 12, tzinfo=UTC)
HTML = (
    "<!doctype html><html><head><title>x</title></head>"
    '<body><a href="http://localhost:8000/i/m1.abc/">Tap</a></body></html>'
)


def put(subject: str = "Jamie's party", text: str = "Hello", html: str = HTML) -> str:
    mail = EmailMultiAlternatives(subject, text, to=['"Anna" <anna@example.com>'])
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()
    return box.names()[0]


def addresses() -> list[str]:
    name = put()
    return [
        reverse("mailbox"),
        reverse("mailbox_mail", args=[name]),
        reverse("mailbox_html", args=[name]),
    ]


def test_the_list_shows_to_whom_what_and_when_the_newest_first(client: Client) -> None:
    for minute in range(3):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            put(f"Mail {minute}")
    page = client.get("/mailbox/").content.decode()
    assert page.index("Mail 2") < page.index("Mail 1") < page.index("Mail 0")
    assert "anna@example.com" in page
    assert "Monday 24 May, 12:02:00 UTC" in page
    assert reverse("mailbox_mail", args=[box.names()[0]]) in page


def test_the_moment_shown_is_the_mails_own_date(client: Client) -> None:
    box.put(b"Subject: Old\nDate: Mon, 24 May 2027 11:58:00 +0200\n\nHello", NOON)
    box.put(b"Subject: Odd\nDate: one of these days\n\nHello", NOON + timedelta(minutes=1))
    page = client.get("/mailbox/").content.decode()
    assert "Monday 24 May, 09:58:00 UTC" in page
    assert "Monday 24 May, 12:01:00 UTC" in page


def test_an_empty_mailbox_says_what_will_come(client: Client) -> None:
    page = client.get("/mailbox/")
    assert page.status_code == 200
    assert "No mail yet" in page.content.decode()


def test_many_mails_are_turned_over_page_by_page(client: Client) -> None:
    for number in range(51):
        box.put(b"Subject: Mail <%d>\n\nHello" % number, NOON + timedelta(seconds=number))
    first, second = (client.get(f"/mailbox/?page={n}").content.decode() for n in (1, 2))
    assert "Mail &lt;50&gt;" in first
    assert "Mail &lt;0&gt;" not in first
    assert "Mail &lt;0&gt;" in second
    assert client.get("/mailbox/?page=nonsense").status_code == 200


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "::2", "", "unix:", "::ffff:10.0.0.1"])
def test_nobody_but_this_machine_sees_any_of_it(client: Client, peer: str) -> None:
    for address in addresses():
        assert client.get(address, REMOTE_ADDR=peer).status_code == 404
        forwarded = client.get(address, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR="127.0.0.1")
        assert forwarded.status_code == 404


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_sees_it_by_each_of_its_names(client: Client, peer: str) -> None:
    assert is_loopback(peer)
    for address in addresses():
        assert client.get(address, REMOTE_ADDR=peer).status_code == 200


def test_with_a_mail_server_there_is_no_mailbox(client: Client, settings: Settings) -> None:
    shown = addresses()
    settings.EMBEDDED_MAILBOX = False
    for address in shown:
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "name", ["..%2f..%2fsettings", "%2e%2e", "20270524T120000000000-0123456789abcdef", "x" * 300]
)
def test_a_name_that_is_none_is_not_found(client: Client, name: str) -> None:
    put()
    assert client.get(f"/mailbox/{name}/").status_code == 404
    assert client.get(f"/mailbox/{name}/html/").status_code == 404


def test_the_pages_only_show(client: Client) -> None:
    for address in addresses():
        assert client.post(address).status_code == 405
        assert client.head(address).status_code == 200


def test_a_mail_is_framed_from_an_address_of_its_own(client: Client) -> None:
    name = put()
    page = client.get(f"/mailbox/{name}/").content.decode()
    assert f'<iframe src="/mailbox/{name}/html/"' in page
    assert 'sandbox="allow-popups' in page
    assert "allow-scripts" not in page
    assert "allow-same-origin" not in page


def test_the_frame_has_a_policy_of_its_own(client: Client) -> None:
    answer = client.get(f"/mailbox/{put()}/html/")
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'unsafe-inline'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["form-action"] == "'none'"
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]


def test_links_lead_out_of_the_frame(client: Client) -> None:
    page = client.get(f"/mailbox/{put()}/html/").content.decode()
    assert '<head><base target="_top">' in page
    bare = client.get(f"/mailbox/{put(html='<p>no head</p>')}/html/").content.decode()
    assert bare.startswith('<base target="_top">')


def test_the_text_is_escaped_and_its_links_are_clickable(client: Client) -> None:
    name = put(text="<b>Hi</b> http://localhost:8000/i/m1.abc/?answer=accepted\nBye")
    page = client.get(f"/mailbox/{name}/").content.decode()
    assert "&lt;b&gt;Hi&lt;/b&gt;" in page
    assert '<a href="http://localhost:8000/i/m1.abc/?answer=accepted"' in page


def test_a_page_shows_all_headers(client: Client) -> None:
    page = client.get(f"/mailbox/{put()}/").content.decode()
    for header in ("Subject", "From", "To", "Date", "Message-ID"):
        assert f">{header}</dt>" in page


def test_a_mail_of_text_alone_has_no_frame(client: Client) -> None:
    send_mail("Your code", "123456", None, ["dee@example.org"])
    name = box.names()[0]
    page = client.get(f"/mailbox/{name}/").content.decode()
    assert "123456" in page
    assert "<iframe" not in page
    assert client.get(f"/mailbox/{name}/html/").status_code == 404


def test_a_sign_in_code_arrives_in_the_mailbox(client: Client) -> None:
    client.post(reverse("account_signup"), {"email": "dee@example.org"})
    (name,) = box.names()
    assert "dee@example.org" in client.get(f"/mailbox/{name}/").content.decode()


def test_no_page_asks_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for address in addresses():
        with django_assert_num_queries(0):
            client.get(address)


def test_a_mail_that_vanished_while_the_list_was_read_is_left_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("Still here")
    gone = "20270524T120000000000-0123456789abcdef"
    names = [gone, *box.names()]
    monkeypatch.setattr(box, "names", lambda: names)
    assert "Still here" in client.get("/mailbox/").content.decode()
