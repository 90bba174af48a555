"""A return address of each mail's own, that nobody else can make."""

from __future__ import annotations

import string

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from guests.deliveries import marks


def test_it_leads_back_to_its_mail_whatever_servers_do_to_its_case() -> None:
    for number in (0, 1, 35, 36, 10**9, 2**63 - 1):
        address = marks.return_address(number)
        assert marks.returned(address) == number
        assert marks.returned(f"<{address.upper()}>") == number


def test_it_is_short_and_of_letters_that_every_server_takes() -> None:
    local = marks.return_address(2**63 - 1).partition("@")[0]
    assert len(local) < 64
    assert set(local) <= set(string.ascii_lowercase + string.digits + "+-")


def test_nobody_can_make_one_or_change_one() -> None:
    mark = marks.mark_of(42)
    number, _dash, mac = mark.partition("-")
    forged = [
        f"{number}-",
        f"17-{mac}",
        f"0{mark}",
        mark[:-1],
        f"{mark}a",
        f"{number}-{'a' * len(mac)}",
        mark.replace("-", "--"),
        "",
        "-",
        "\N{SUPERSCRIPT TWO}-" + mac,
        "9" * 500,
    ]
    assert [marks.marked(one) for one in forged] == [None] * len(forged)


@pytest.mark.parametrize(
    "address",
    [
        "bounces@party.example.org",
        "other+{}@party.example.org",
        "bounces+{}@elsewhere.example.org",
        "{}@party.example.org",
        "bounces+{}",
        "",
        "@",
    ],
)
def test_only_our_own_address_counts(address: str) -> None:
    assert marks.returned(address.format(marks.mark_of(7))) is None


def test_a_mark_is_no_key_to_anything_else(settings: Settings) -> None:
    mark = marks.mark_of(7)
    settings.SECRET_KEY = "another-" + "0123456789abcdef" * 4
    assert marks.marked(mark) is None


def test_marks_outlive_a_new_secret(settings: Settings) -> None:
    mark, old = marks.mark_of(7), settings.SECRET_KEY
    settings.SECRET_KEY = "another-" + "0123456789abcdef" * 4
    settings.SECRET_KEY_FALLBACKS = [old]
    assert marks.marked(mark) == 7
    assert marks.mark_of(7) != mark


def test_without_a_return_address_there_is_none(settings: Settings) -> None:
    settings.RETURN_ADDRESS = ""
    assert marks.return_address(7) == ""
    assert marks.returned(f"+{marks.mark_of(7)}@") is None


def test_only_a_mail_service_gets_the_mark(settings: Settings) -> None:
    message = EmailMessage()
    marks.label(message, 7)
    assert not hasattr(message, "metadata")
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    marks.label(message, 7)
    assert marks.marked(vars(message)["metadata"]["mail"]) == 7
