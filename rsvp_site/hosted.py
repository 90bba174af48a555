"""Hosted mail services: how EMAIL_URL names one, and what signs its reports.

A leaf: it knows no app and no settings. `postmark://TOKEN`, `mailgun://KEY@mg.example.org`; what
else a service wants goes into ANYMAIL_… variables, or into the query: `?api_url=https://…`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

PREFIX = "ANYMAIL_"
#: What every service may show instead of a signature: "name:password" of basic authentication.
SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True)
class Service:
    """One service: Anymail's module and names of settings.

    `user`, `password` and `host` say which setting each part of the URL is; the first one is what
    stands there when there is only one. `signing`: settings with which its reports are signed.
    """

    module: str
    user: str
    password: str = ""
    host: str = ""
    signing: tuple[str, ...] = ()

    @property
    def backend(self) -> str:
        return f"anymail.backends.{self.module}.EmailBackend"

    @property
    def prefix(self) -> str:
        return f"{self.module.upper()}_"


SERVICES = {
    one.module: one
    for one in (
        Service("brevo", "BREVO_API_KEY"),
        Service("mailersend", "MAILERSEND_API_TOKEN", signing=("MAILERSEND_SIGNING_SECRET",)),
        Service(
            "mailgun",
            "MAILGUN_API_KEY",
            host="MAILGUN_SENDER_DOMAIN",
            signing=("MAILGUN_WEBHOOK_SIGNING_KEY",),
        ),
        Service("mailjet", "MAILJET_API_KEY", password="MAILJET_SECRET_KEY"),  # noqa: S106
        Service("mailtrap", "MAILTRAP_API_TOKEN", signing=("MAILTRAP_SIGNING_SECRET",)),
        Service("mandrill", "MANDRILL_API_KEY", signing=("MANDRILL_WEBHOOK_KEY",)),
        Service("postmark", "POSTMARK_SERVER_TOKEN"),
        Service("resend", "RESEND_API_KEY", signing=("RESEND_SIGNING_SECRET",)),
        Service(
            "sendgrid",
            "SENDGRID_API_KEY",
            signing=("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",),
        ),
        Service("sparkpost", "SPARKPOST_API_KEY"),
    )
}


def of_url(url: str) -> tuple[Service, dict[str, str]] | None:
    """The service that an EMAIL_URL names, and its settings; None if it names none."""
    scheme, found, rest = url.partition("://")
    service = SERVICES.get(scheme.lower())
    if not found or service is None:
        return None
    # Not urlsplit: it would make a key that stands for the host lower case.
    place, _mark, query = rest.partition("?")
    login, _at, host = place.partition("/")[0].rpartition("@")
    if not login and not (service.host and "." in host and ":" not in host):
        login, host = host, ""
    user, _colon, password = login.partition(":")
    parts = {service.user: user, service.password: password, service.host: host}
    values = {name: unquote(value) for name, value in parts.items() if name and value}
    values |= {f"{service.prefix}{name.upper()}": value for name, value in parse_qsl(query)}
    return service, values


def of_backend(backend: str) -> Service | None:
    """The service behind a value of EMAIL_BACKEND, if it is one of them."""
    return next((one for one in SERVICES.values() if one.backend == backend), None)


def anymail_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Each ANYMAIL_… variable as Anymail's setting: true, false and JSON are what they say.

    WEBHOOK_SECRET may hold several, separated by commas, so that one can follow another.
    """
    found: dict[str, Any] = {}
    for name, raw in environment.items():
        value = raw.strip()
        if name.startswith(PREFIX) and value and not name.endswith("_FILE"):
            found[name.removeprefix(PREFIX)] = _value(value)
    if isinstance(secret := found.get(SECRET), str):
        found[SECRET] = [one.strip() for one in secret.split(",") if one.strip()]
    return found


def is_signed(module: str, anymail: Mapping[str, Any]) -> bool:
    """Whether what comes in the name of this service has to prove that it does."""
    if anymail.get(SECRET):
        return True
    service = SERVICES.get(module)
    return service is not None and any(anymail.get(name) for name in service.signing)


def unsigned_words(service: Service) -> str:
    """What is wrong where nothing signs the reports of this service, and what to do about it."""
    names = [f"{PREFIX}{name}" for name in (SECRET, *service.signing)]
    return (
        f"Anybody could send reports in the name of {service.module}, and stop mail to anyone; set "
        f"{' or '.join(names)}."
    )


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
