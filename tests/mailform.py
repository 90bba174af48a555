"""The form of every mail to a family, wherever in the suite one arrives.

`assert_form` is the one assertion. The mail server of the tests and the outbox in memory hand every
mail to `arrived`; a fixture in tests/conftest.py looks at each of them when its test is over, and
whether every try of a mail bore the same Message-ID.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HEADERS = {
    "Content-Type",
    "MIME-Version",
    "Subject",
    "From",
    "To",
    "Reply-To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
}
#: What only a mail to a family has; where one is found, all else has to be there too.
SIGNS = re.compile(rb"^List-Unsubscribe|^From: .*\(Full Table\)|/(?:stop/s|i/m)[0-9a-z]+\.", re.M)
_ID = re.compile(r"<[0-9a-f]{32}@[a-z0-9.-]+>")
_IN_BYTES = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.M | re.I)
_URL = re.compile(r"https?://[^\s<>\"]+")
_STOP = re.compile(r"/stop/s[0-9a-z]+\.[\w-]+/")
_BLOCKS = frozenset({"td", "tr", "table", "div", "p", "br", "h1", "h2", "h3", "li", "body"})
_LONGEST_LINE = 998  # bytes, RFC 5322


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail as it came in: to whom the envelope was, and its bytes."""

    recipients: tuple[str, ...]
    content: bytes


@dataclass(slots=True)
class Post:
    """What one test brought: mails that arrived, and the Message-IDs of the tries of each mail."""

    mails: list[Arrived] = field(default_factory=list)
    tries: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


_post = Post()


def arrived(recipients: Iterable[str], content: bytes) -> None:
    """A mail came in; `recipients` are addresses, with or without a name. From any thread."""
    bare = tuple(address for _name, address in getaddresses(list(recipients)))
    _post.mails.append(Arrived(bare, content))


def tried(mail: int, message_id: str, content: bytes) -> None:
    """A mail is about to be handed over, once more perhaps; `message_id`: as its row has it."""
    found = _IN_BYTES.search(content)
    _post.tries[mail] |= {message_id, found[1].decode() if found else "none"}


def empty() -> Post:
    """What came in since the last time; and begins anew."""
    global _post
    before, _post = _post, Post()
    return before


def assert_all(post: Post) -> None:
    """Every mail to a family has its form, and every mail one Message-ID over all its tries."""
    for mail in post.mails:
        if SIGNS.search(mail.content):
            assert_form(mail)
    for ids in post.tries.values():
        assert len(ids) == 1, f"one mail went as {sorted(ids)}"


def assert_folder(folder: Path) -> int:
    """The same for the mails that a mailbox holds; returns how many went to families.

    A mailbox knows of no envelope, so of the recipients it says what the mail says.
    """
    seen = 0
    for file in sorted(folder.glob("*.eml")):
        content = file.read_bytes()
        if SIGNS.search(content):
            to = message_from_bytes(content, policy=policy.default)["To"]
            assert_form(Arrived((str(to.addresses[0].addr_spec),), content))
            seen += 1
    return seen


def assert_form(mail: Arrived) -> None:
    """What must be true of every mail to a family, whatever its kind."""
    message: EmailMessage = message_from_bytes(mail.content, policy=policy.default)
    _headers(message)
    _recipient(message, mail.recipients)
    assert not message.defects, message.defects
    assert max(map(len, mail.content.splitlines())) <= _LONGEST_LINE
    text, html = _parts(message)
    page = Html.of(html)
    _unsubscribe(message, page)
    _nothing_private(message, page, text)
    _both_say_the_same(text, page)


def _headers(message: EmailMessage) -> None:
    names = message.keys()
    assert sorted(names) == sorted(HEADERS), set(names) ^ HEADERS or sorted(names)
    assert message["MIME-Version"] == "1.0"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert _ID.fullmatch(message["Message-ID"]), message["Message-ID"]
    assert parsedate_to_datetime(message["Date"]).tzinfo is not None
    assert "\n" not in message["Subject"]


def _recipient(message: EmailMessage, recipients: tuple[str, ...]) -> None:
    assert len(recipients) == 1, f"one mail to {len(recipients)}"
    assert _addresses(message, "To") == [recipients[0].lower()]
    assert len(_addresses(message, "From")) == len(_addresses(message, "Reply-To")) == 1
    assert str(message["From"]).partition(" <")[0].strip('"').endswith("Full Table)"), message[
        "From"
    ]


def _addresses(message: EmailMessage, header: str) -> list[str]:
    return [
        address.lower() for _name, address in getaddresses(map(str, message.get_all(header, [])))
    ]


def _parts(message: EmailMessage) -> tuple[str, str]:
    assert message.get_content_type() == "multipart/alternative"
    parts: list[Any] = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in parts] == ["utf-8", "utf-8"]
    text, html = (str(part.get_content()).replace("\r\n", "\n") for part in parts)
    return text, html


def _unsubscribe(message: EmailMessage, page: Html) -> None:
    """RFC 8058: one address, the very one behind which the mails stop."""
    url = "".join(str(message["List-Unsubscribe"]).split())
    assert (url[0], url[-1]) == ("<", ">")
    assert url[1:-1] in page.links, "the header's address is not that of the link"
    assert _STOP.fullmatch(urlsplit(url[1:-1]).path), url
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def _nothing_private(message: EmailMessage, page: Html, text: str) -> None:
    """What a lock screen shows names no address, and no child but the one whose party it is."""
    assert "@" not in page.preview
    assert not _URL.search(f"{message['Subject']} {page.preview}")
    head, _gap, rest = text.partition("\n\n")
    birthday = set(_words(rest.partition("\n\n")[0]))
    for name in _words(head)[1:]:
        if name[:1].isupper() and len(name) > 1 and name not in birthday:
            assert name not in _words(page.preview), f"{name} is seen before the mail is opened"


def _both_say_the_same(text: str, page: Html) -> None:
    """Every line of the one is in the other, word by word and in that order; so is every link."""
    urls = set(_URL.findall(text))
    assert urls == page.links | set(_URL.findall(page.text)), urls ^ page.links
    in_text, in_html = _stream(text), _stream(page.text)
    for line in text.splitlines():
        assert _run(line) in in_html, f"only the text says {line!r}"
    for block in page.blocks:
        assert _run(block) in in_text, f"only the HTML says {block!r}"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", _URL.sub(" ", text))


def _run(text: str) -> str:
    return f" {' '.join(_words(text))} " if _words(text) else ""


def _stream(text: str) -> str:
    return f" {' '.join(_words(text))} "


class Html(HTMLParser):
    """What is seen of an HTML part: its blocks of text, its links, and the preview beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.blocks: list[str] = [""]
        self.preview = ""
        self._unseen = ""
        self._depth = 0

    @classmethod
    def of(cls, html: str) -> Html:
        page = cls()
        page.feed(html)
        page.close()
        return page

    @property
    def text(self) -> str:
        return " ".join(self.blocks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._unseen:
            self._depth += tag == self._unseen
            return
        hidden = given.get("aria-hidden") == "true" and "opacity:0" in (given.get("style") or "")
        if tag in ("style", "title") or hidden:
            self._unseen, self._depth = tag, 1
        if tag == "a":
            self.links.add(given.get("href") or "")
        if tag in _BLOCKS:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._depth -= tag == self._unseen
            if not self._depth:
                self._unseen = ""
        elif tag in _BLOCKS:
            self.blocks.append("")

    def handle_data(self, data: str) -> None:
        if self._unseen == "div":
            self.preview += data
        elif not self._unseen:
            self.blocks[-1] += data
