"""A host signs up and in with a code by mail, and every page of it is ours."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django.fixtures import Settings

from parties.models import Host

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_was_here_before() -> None:
    """The limits against abuse count in the cache, which outlives a test."""
    cache.clear()


def _page(client: Client, address: str, typed: dict[str, str] | None = None) -> str:
    """Opens a page, or sends a form, and follows to the page that comes of it."""
    answer = (
        client.get(address, follow=True)
        if typed is None
        else client.post(address, typed, follow=True)
    )
    assert answer.status_code == 200, answer
    text: str = answer.content.decode()
    assert text.count("<h1") == 1
    assert not re.search(r"<script\b|\sstyle=|<style", text)
    return text


def _code(message: mail.EmailMessage) -> str:
    found = re.search(r"^ {4}(\S+)$", str(message.body), re.M)
    assert found, message.body
    return found[1]


def _signed_up(client: Client) -> None:
    page = _page(client, "/accounts/signup/", {"email": "rosa@example.org"})
    assert "Type the code" in page
    answer = client.post("/accounts/confirm-email/", {"code": _code(mail.outbox[-1])})
    assert answer.status_code == 302


def test_a_new_host_signs_up_with_the_code_from_the_mail(client: Client) -> None:
    assert "Mail me a code" in _page(client, "/accounts/signup/")
    _signed_up(client)
    assert client.session["_auth_user_id"]


def test_the_mail_shows_the_code_in_text_and_html_and_not_in_its_subject(client: Client) -> None:
    _signed_up(client)
    (message,) = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert message.subject == "Your code for Full Table"
    html = str(message.alternatives[0][0])
    assert f">{_code(message)}</td>" in html
    assert "<img" not in html


def test_a_host_comes_back_with_a_code(client: Client) -> None:
    _signed_up(client)
    back = Client()
    assert "Mail me the code" in _page(back, "/accounts/login/")
    page = _page(back, "/accounts/login/", {"login": "rosa@example.org"})
    assert "rosa@example.org" in page
    assert "Type the code" in page
    answer = back.post("/accounts/login/code/confirm/", {"code": _code(mail.outbox[-1]).lower()})
    assert answer["Location"] == "/parties/"


def test_a_wrong_code_says_what_to_do(client: Client) -> None:
    _signed_up(client)
    back = Client()
    back.post("/accounts/login/", {"login": "rosa@example.org"})
    page = _page(back, "/accounts/login/code/confirm/", {"code": "nope"})
    assert "That is not the code. Please look at the newest mail again." in page
    assert "There is one thing to fix" in page
    assert "<title>There is a problem" in page


def test_an_unknown_address_gets_a_mail_and_not_an_answer_on_the_page(client: Client) -> None:
    page = _page(client, "/accounts/login/", {"login": "new@example.org"})
    assert "Type the code" in page
    assert "does not know this address" in mail.outbox[-1].subject
    assert "/accounts/signup/" in str(mail.outbox[-1].body)


def test_signing_up_twice_leads_to_the_sign_in(client: Client) -> None:
    _signed_up(client)
    cache.clear()  # some minutes later
    again = Client()
    _page(again, "/accounts/signup/", {"email": "rosa@example.org"})
    assert mail.outbox[-1].subject == "You have an account at Full Table already"
    assert "/accounts/login/" in str(mail.outbox[-1].body)


@pytest.mark.parametrize("address", ["logout", "email"])
def test_pages_of_the_account_are_ours(client: Client, address: str) -> None:
    _signed_up(client)
    page = _page(client, f"/accounts/{address}/")
    assert "full-table.css" in page


def test_signing_out_says_so(client: Client) -> None:
    _signed_up(client)
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_too_many_tries_meet_a_page_that_says_wait(client: Client) -> None:
    for _try in range(40):
        answer = client.post("/accounts/signup/", {"email": "rosa@example.org"})
    assert answer.status_code == 429
    assert "Please wait a few minutes" in answer.content.decode()


def test_who_signs_up_on_the_way_to_the_form_arrives_there(client: Client) -> None:
    page = _page(client, "/parties/new/")
    way = re.search(r'href="(/accounts/signup/[^"]*)"', page)
    assert way
    page = _page(client, way[1].replace("&amp;", "&"))
    hidden = re.search(r'name="next" value="([^"]*)"', page)
    assert hidden
    client.post("/accounts/signup/", {"email": "rosa@example.org", "next": hidden[1]})
    answer = client.post("/accounts/confirm-email/", {"code": _code(mail.outbox[-1])})
    assert answer["Location"] == "/parties/new/"


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/login/code/"])
def test_an_empty_address_is_named_as_the_page_names_it(client: Client, address: str) -> None:
    page = _page(client, address, {"email": ""})
    assert "Please type a mail address." in page
    assert "Email" not in page


def test_a_code_that_did_not_come_is_mailed_again(client: Client) -> None:
    page = _page(client, "/accounts/signup/", {"email": "rosa@example.org"})
    assert "Mail me a new code" in page
    cache.clear()  # ten seconds later
    assert "A new code" not in page
    page = _page(client, "/accounts/confirm-email/", {"action": "resend"})
    assert "A new code is on its way." in page
    assert len(mail.outbox) == 2
    answer = client.post("/accounts/confirm-email/", {"code": _code(mail.outbox[-1])})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("embedded", "peer", "told"),
    [(True, "127.0.0.1", True), (True, "192.0.2.7", False), (False, "127.0.0.1", False)],
    ids=["on this machine", "elsewhere", "with a mail server"],
)
def test_the_code_page_leads_to_the_mailbox_only_where_there_is_one(
    client: Client, settings: Settings, embedded: bool, peer: str, told: bool
) -> None:
    settings.EMBEDDED_MAILBOX = embedded
    client.post("/accounts/signup/", {"email": "rosa@example.org"})
    page = client.get("/accounts/confirm-email/", REMOTE_ADDR=peer).content.decode()
    assert ('href="/mailbox/"' in page) is told
    assert ("No mail server is set up here" in page) is told


def test_a_code_to_sign_in_is_mailed_again(client: Client) -> None:
    _signed_up(client)
    client.post("/accounts/logout/")
    cache.clear()
    assert "A new code" not in _page(client, "/accounts/login/code/", {"email": "rosa@example.org"})
    cache.clear()
    page = _page(client, "/accounts/login/code/confirm/", {"action": "resend"})
    assert "A new code is on its way." in page
    answer = client.post("/accounts/login/code/confirm/", {"code": _code(mail.outbox[-1])})
    assert answer.status_code == 302


@pytest.mark.parametrize("door", ["/accounts/login/", "/accounts/login/code/"])
@pytest.mark.parametrize("typed", ["rosa@bücher.example", "Rosa@xn--bcher-kva.example"])
def test_a_host_whose_address_is_in_another_alphabet_signs_in_as_it_signed_up(
    client: Client, door: str, typed: str
) -> None:
    """It is stored as every mail server understands it."""
    _page(client, "/accounts/signup/", {"email": "Rosa@Bücher.example"})
    client.post("/accounts/confirm-email/", {"code": _code(mail.outbox[-1])})
    assert Host.objects.get().email == "rosa@xn--bcher-kva.example"
    client.logout()
    client.post(door, {"login": typed, "email": typed})
    assert mail.outbox[-1].to == ["rosa@xn--bcher-kva.example"]
    client.post("/accounts/login/code/confirm/", {"code": _code(mail.outbox[-1])})
    assert client.session["_auth_user_id"]
