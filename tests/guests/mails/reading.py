"""Reading a composed mail as its receiver does: as bytes, taken apart again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from guests.mails.compose import compose, for_composing
from guests.models import OutgoingEmail
from tests import mailform

VOID = frozenset({"meta", "br", "link", "img", "input", "hr", "base"})


@dataclass(slots=True)
class Received:
    """A mail as it arrived."""

    message: EmailMessage
    raw: bytes

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def page(self) -> Page:
        return Page.of(self.html)

    def header(self, name: str) -> str:
        return " ".join(str(self.message[name]).split())

    def _part(self, subtype: str) -> str:
        part = self.message.get_body(preferencelist=(subtype,))
        assert isinstance(part, EmailMessage)
        return str(part.get_content())


class Page(HTMLParser):
    """The text and the links of an HTML part. Fails on a tag that is closed wrongly."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []

    @classmethod
    def of(cls, html: str) -> Page:
        page = cls()
        page.feed(html)
        page.close()
        assert page.open == [], f"never closed: {page.open}"
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another"

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.pieces).replace("\u200c", "").split())

    @property
    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.tags if tag == "a"]

    @property
    def preview(self) -> str:
        """What a list of mails shows beside the subject."""
        return self.text.split("For ", 1)[0]


def receive(mail: OutgoingEmail, now: datetime) -> Received:
    """Compose a stored mail as the outbox does, and read what came out."""
    stored = for_composing(OutgoingEmail.objects.filter(pk=mail.pk)).get()
    letter = compose(stored, now)
    raw = letter.message().as_bytes()
    # No mail to a family is read anywhere without being looked at as one that arrives.
    mailform.arrived(letter.recipients(), raw)
    return Received(message_from_bytes(raw, policy=policy.default), raw)
