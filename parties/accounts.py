"""What allauth says to hosts, in our words. Pages and mails are in templates/account/."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.utils import build_absolute_uri
from django.urls import reverse
from django.utils.encoding import punycode
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def on_the_wire(email: str) -> str:
    """A well-formed address with its domain in punycode, which is how accounts have it."""
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{punycode(domain)}"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # a library without types
    """allauth's own adapter with kinder words."""

    error_messages: dict[str, str | Promise] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "cannot_remove_primary_email": _("This is your first address, so it stays."),
        "duplicate_email": _("This address is in your account already."),
        "email_taken": _("This address has an account already. You can sign in with it."),
        "incorrect_code": _("That is not the code. Please look at the newest mail again."),
        "invalid_login": _("Please type your mail address."),
        "rate_limited": _("That was quick. Please wait a few minutes, then try again."),
        "same_as_current": _("You use this address already."),
        "too_many_login_attempts": _("That was tried many times. Please try again later."),
        "unknown_email": _("There is no account with this address. You can sign up with it."),
        "unverified_primary_email": _("Please confirm this address first."),
    }

    def clean_email(self, email: str) -> str:
        """The address to store: its domain as every mail server knows it."""
        return on_the_wire(email)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tells the owner of an address that signed up twice where to sign in."""
        words: dict[str, Any] = {
            "login_url": build_absolute_uri(context.request, reverse("account_login"))
        }
        self.send_mail("account/email/account_already_exists", email, words)
