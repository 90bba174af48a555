"""Template tags for what people reach each other by: phone numbers, and the mailbox."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from guests.mailbox.views import is_open_to
from guests.wording import phone_words
from parties.models import Party

register = template.Library()


@register.filter
def phone(number: str, party: Party) -> str:
    """A number as people of the party's country write it."""
    return phone_words(number, party)


@register.simple_tag(takes_context=True)
def mailbox_url(context: Context) -> str:
    """Where the mails are while no mail server is set up; empty for who may not read them."""
    request: HttpRequest | None = context.get("request")
    return reverse("mailbox") if request is not None and is_open_to(request) else ""
