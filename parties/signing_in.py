"""Forms by which hosts sign in: an address is looked for as accounts have it."""

from __future__ import annotations

from allauth.account.forms import LoginForm, RequestLoginCodeForm

from parties.accounts import on_the_wire


class SignInForm(LoginForm):  # type: ignore[misc]  # a library without types
    """Asks for the address alone."""

    def clean_login(self) -> str:
        return on_the_wire(super().clean_login())


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # a library without types
    """Asks for a code by mail."""

    def clean_email(self) -> str:
        self.cleaned_data["email"] = on_the_wire(self.cleaned_data["email"])
        email: str = super().clean_email()
        return email
