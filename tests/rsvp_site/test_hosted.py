"""Hosted mail services: one line of the environment, and no report that nobody signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from pytest_django import Settings

from rsvp_site import checks, env, hosted
from tests.rsvp_site.test_env import PUBLIC, problems

SIGNED = {"ANYMAIL_WEBHOOK_SECRET": "anymail:not-easy-to-guess"}


def resolved(tmp_path: Path, **given: str) -> env.Config:
    return env.resolve({**PUBLIC, **SIGNED, **given}, tmp_path)


@pytest.mark.parametrize(
    ("url", "backend", "expected"),
    [
        ("postmark://Tok-En1", "postmark", {"POSTMARK_SERVER_TOKEN": "Tok-En1"}),
        ("resend://re_ABC", "resend", {"RESEND_API_KEY": "re_ABC"}),
        ("brevo://xkeysib-Ab1-Zz", "brevo", {"BREVO_API_KEY": "xkeysib-Ab1-Zz"}),
        ("sendgrid://SG.aB.cD_e", "sendgrid", {"SENDGRID_API_KEY": "SG.aB.cD_e"}),
        ("mailgun://KeY-1", "mailgun", {"MAILGUN_API_KEY": "KeY-1"}),
        (
            "mailgun://key@mg.example.org?api_url=https%3A%2F%2Fapi.eu.mailgun.net%2Fv3",
            "mailgun",
            {
                "MAILGUN_API_KEY": "key",
                "MAILGUN_SENDER_DOMAIN": "mg.example.org",
                "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
            },
        ),
        (
            "mailjet://key:se%2Fcret@",
            "mailjet",
            {"MAILJET_API_KEY": "key", "MAILJET_SECRET_KEY": "se/cret"},
        ),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_one_line_names_a_service(
    tmp_path: Path, url: str, backend: str, expected: dict[str, Any]
) -> None:
    config = resolved(tmp_path, EMAIL_URL=url)
    assert config.email == {"EMAIL_BACKEND": f"anymail.backends.{backend}.EmailBackend"}
    assert {name: config.anymail.get(name) for name in expected} == expected
    assert not config.embedded_mailbox


@pytest.mark.filterwarnings("ignore:django-anymail has dropped")
@pytest.mark.parametrize("scheme", hosted.SERVICES)
def test_every_service_that_is_offered_can_be_opened(settings: Settings, scheme: str) -> None:
    found = hosted.of_url(f"{scheme}://key:secret@mg.example.org")
    assert found is not None
    service, settings.ANYMAIL = found
    backend = get_connection(service.backend)
    assert backend.send_messages([EmailMessage()]) in (0, None)  # nobody to send to


def test_the_environment_may_hold_the_key_and_anything_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("me:from-a-file\n")
    config = resolved(
        tmp_path,
        EMAIL_URL="postmark://",
        ANYMAIL_POSTMARK_SERVER_TOKEN="token",
        ANYMAIL_WEBHOOK_SECRET="",
        ANYMAIL_WEBHOOK_SECRET_FILE=str(tmp_path / "secret"),
        ANYMAIL_IGNORE_RECIPIENT_STATUS="True",
        ANYMAIL_SEND_DEFAULTS='{"tags": ["party"]}',
        ANYMAIL_POSTMARK_SEND_DEFAULTS="{nonsense",
    )
    assert config.anymail == {
        "POSTMARK_SERVER_TOKEN": "token",
        "WEBHOOK_SECRET": ["me:from-a-file"],
        "IGNORE_RECIPIENT_STATUS": True,
        "SEND_DEFAULTS": {"tags": ["party"]},
        "POSTMARK_SEND_DEFAULTS": "{nonsense",
    }


def test_secrets_may_be_several(tmp_path: Path) -> None:
    config = resolved(tmp_path, ANYMAIL_WEBHOOK_SECRET="me:new, me:old")
    assert config.anymail["WEBHOOK_SECRET"] == ["me:new", "me:old"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"EMAIL_URL": "postmark://"}, "ANYMAIL_POSTMARK_SERVER_TOKEN is not set"),
        ({"EMAIL_URL": "mailgun://mg.example.org"}, "ANYMAIL_MAILGUN_API_KEY is not set"),
        ({"EMAIL_URL": "amazon-ses://x"}, "postmark://TOKEN"),
        ({"RETURN_ADDRESS": "bounces"}, "RETURN_ADDRESS"),
        ({"RETURN_ADDRESS": "Bounces <b@party.example.org>"}, "RETURN_ADDRESS"),
        ({"RETURN_ADDRESS": f"{'b' * 31}@party.example.org"}, "RETURN_ADDRESS"),
        ({"RETURN_ADDRESS": "b@party.example.org\nBcc: x"}, "RETURN_ADDRESS"),
    ],
)
def test_what_cannot_work_stops_the_start(
    tmp_path: Path, given: dict[str, str], sentence: str
) -> None:
    assert sentence in problems(tmp_path, **{**PUBLIC, **SIGNED, **given})


@pytest.mark.parametrize("scheme", hosted.SERVICES)
def test_a_public_site_takes_no_unsigned_reports(tmp_path: Path, scheme: str) -> None:
    url = f"{scheme}://key:secret@"
    said = problems(tmp_path, **{**PUBLIC, "EMAIL_URL": url})
    assert "ANYMAIL_WEBHOOK_SECRET" in said
    env.resolve({**PUBLIC, **SIGNED, "EMAIL_URL": url}, tmp_path)
    env.resolve({"EMAIL_URL": url, "SITE_URL": "http://localhost:8000"}, tmp_path)
    for name in hosted.SERVICES[scheme].signing:
        env.resolve({**PUBLIC, "EMAIL_URL": url, f"ANYMAIL_{name}": "key"}, tmp_path)


def test_the_check_says_the_same_of_finished_settings(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {"MAILGUN_API_KEY": "key"}
    assert not list(checks.reports_are_signed())  # nobody reaches this machine
    settings.SITE_URL = "https://party.full-table.lan"
    (error,) = checks.reports_are_signed()
    assert error.id == "site.E004"
    assert "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY" in str(error.msg)
    settings.ANYMAIL = {"WEBHOOK_SECRET": ["a:b"]}
    assert not list(checks.reports_are_signed())
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    assert not list(checks.reports_are_signed())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.ANYMAIL = {}
    assert not list(checks.reports_are_signed())


@pytest.mark.parametrize("module", ["postmark", "mailgun", "amazon_ses", "no_such_service"])
def test_nothing_is_signed_where_nothing_is_set(module: str) -> None:
    assert not hosted.is_signed(module, {})
    assert hosted.is_signed(module, {"WEBHOOK_SECRET": ["a:b"]})
