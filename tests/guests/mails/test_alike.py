"""Mails are made quickly because they are much alike, and nobody can tell."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import given
from hypothesis import strategies as st

from guests.mails import moulds
from guests.mails.compose import compose
from guests.mails.facts import home_facts, own_facts, party_facts, with_own
from guests.mails.letter import Letter
from guests.mails.rendering import render
from guests.models import OutgoingEmail
from guests.outbox.wire import to_bytes
from parties.words import HOST_KINDS, Answer, Kind
from tests.factories import NOW, make_invitation, make_mail, make_party

# A confirmation says what one home answered; it is rendered for each.
SHARED = [kind for kind in Kind if kind not in {*HOST_KINDS, Kind.CONFIRMATION}]
NAMES = [
    pytest.param(("Mia",), id="one"),
    pytest.param(("Ben", "Bella", "Zoë"), id="three"),
    pytest.param(('<b>"Ben" & Co</b>', "O’Neill"), id="markup"),
    pytest.param(("{{ host }}", "%(names)s", "=?utf-8?q?x?="), id="codes"),
    pytest.param(("ليلى", "张伟"), id="letters"),
]


def mails_of(kind: Kind, names: tuple[str, ...]) -> list[OutgoingEmail]:
    """Two homes of one party, so that the second finds the first one's mould."""
    party = make_party(child_name="Zoë & <i>JJ</i>", host_is="")
    made = []
    for guests in (("Mia",), names):
        home = make_invitation(party, guests=guests, reached=kind is not Kind.INVITATION)
        occasion = "1" if kind in (Kind.STILL_ON, Kind.CHANGED) else "first"
        contact = home.contacts.get()
        if kind is not Kind.INVITATION:
            contact.mails.all().delete()
        made.append(make_mail(contact, kind=kind, occasion=occasion))
    return made


@pytest.mark.django_db
@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("kind", SHARED)
def test_a_mail_from_a_mould_is_the_mail_rendered_anew(kind: Kind, names: tuple[str, ...]) -> None:
    for mail in mails_of(kind, names):
        assert mail.contact is not None
        assert mail.invitation is not None
        own = own_facts(mail.contact, mail.invitation)
        home = home_facts(mail, mail.invitation, NOW, own.names)
        anew = render(mail.kind, with_own(party_facts(mail.party) | home, mail.kind, own))
        assert moulds.words(mail.kind, mail.party, home, own) == anew


@pytest.mark.django_db
def test_a_mould_is_for_what_is_the_same_and_nothing_else() -> None:
    party = make_party()
    home = make_invitation(party)
    mail = make_mail(home.contacts.get())
    before = compose(mail, NOW).body
    party.place = "Hackney Marshes"
    party.save()
    home.answer = Answer.ACCEPTED.value
    mail.refresh_from_db()
    after = compose(mail, NOW).body
    assert "Victoria Park" in before
    assert "Hackney Marshes" in after
    assert before != after


def as_django_writes(letter: EmailMultiAlternatives) -> bytes:
    made: Callable[..., bytes] = letter.message().as_bytes
    return re.sub(rb"\r\n|\r|\n", b"\r\n", made(linesep="\r\n"))


def letter(**over: object) -> Letter:
    fields = {
        "subject": "JJ's party",
        "body": "Hello\n\nthere\n",
        "from_email": '"Dee (Full Table)" <hello@example.org>',
        "to": ["anna@example.com"],
        "alternatives": [("<p>Hello</p>\n", "text/html")],
        "headers": {"Date": "Mon, 24 May 2027 11:00:00 +0000", "Message-ID": "<1@example.org>"},
    }
    return Letter(**(fields | over))  # type: ignore[arg-type]


LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)
SAFE = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=120)


@given(text=LINES, html=LINES, subject=SAFE, repeat=st.integers(1, 8))
def test_a_letter_is_written_as_django_writes_it(
    text: str, html: str, subject: str, repeat: int
) -> None:
    one = letter(
        body=text, subject=subject.strip() or "x", alternatives=[(html * repeat, "text/html")]
    )
    assert to_bytes(one) == as_django_writes(one)


@pytest.mark.parametrize(
    "over",
    [
        {"subject": "Zoë’s party " * 12},
        {"to": ['"Anna Björnsdóttir of the very long name" <anna@example.com>']},
        {"to": ['"Anna" <' + "a" * 60 + "@" + "b" * 60 + ".example>"]},
        {"reply_to": ["Dee <dee@example.org>"]},
        {"headers": {**letter().extra_headers, "List-Unsubscribe": f"<https://x.org/{'y' * 90}/>"}},
        {"body": "x" * 2000},
        {"alternatives": []},
        {"alternatives": [("<p>é</p>" * 400, "text/html")]},
        {"cc": ["ben@example.com"]},
        {"body": ".\n..\nFrom here\r\non\rit goes"},
        {"body": ""},
    ],
    ids=str,
)
def test_odd_letters_are_written_as_django_writes_them(over: dict[str, object]) -> None:
    one = letter(**over)
    written = as_django_writes(one)
    assert to_bytes(one) == (written if written.endswith(b"\r\n") else written + b"\r\n")
