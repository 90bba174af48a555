"""What mail servers write back, and what nobody should be able to do with it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from guests.deliveries.codes import Meaning, meaning
from guests.deliveries.reading import LARGEST, read
from guests.models import Fate
from tests.guests.deliveries.samples import OUT_OF_OFFICE, REPORTS, Sample, complaint

FILLS = {
    "verp": "bounces+1a-abcdefgh@party.example.org",
    "to": "anna@example.com",
    "message_id": "<0123456789@party.example.org>",
}
POSTFIX = REPORTS["Postfix, nobody of that name"].filled(**FILLS)


def filled(text: str) -> bytes:
    return Sample(text, Fate.HARD, "").filled(**FILLS)


@pytest.mark.parametrize("sample", REPORTS.values(), ids=REPORTS.keys())
def test_a_report_says_of_whom_and_of_which_mail(sample: Sample) -> None:
    found = read(sample.filled(**FILLS))
    assert found is not None
    (notice,) = found.notices
    assert notice.recipient == "anna@example.com"
    assert notice.status == sample.status
    assert FILLS["verp"] in found.returned_to
    if notice.status:
        assert found.message_ids == (FILLS["message_id"],)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_line_ends_and_a_line_of_an_mbox_do_not_matter(ending: bytes) -> None:
    content = b"From MAILER-DAEMON Mon May 24 11:00:09 2027\n" + POSTFIX
    found = read(content.replace(b"\n", ending))
    assert found is not None
    assert found.notices[0].status == "5.1.1"


def test_each_of_several_recipients_is_read() -> None:
    second = b"\nFinal-Recipient: rfc822; dan@example.com\nAction: delayed\nStatus: 4.4.1\n"
    end = b"\n--4D1B20.1811/mx.example.net\nContent-Description: Und"
    found = read(POSTFIX.replace(end, second + end))
    assert found is not None
    assert [(one.recipient, one.action) for one in found.notices] == [
        ("anna@example.com", "failed"),
        ("dan@example.com", "delayed"),
    ]


def test_odd_character_sets_are_read_as_well_as_can_be() -> None:
    odd = POSTFIX.replace(b"smtp; 550 5.1.1", b"smtp; =?x-nothing?Q?550_5.1.1_J=FCrgen?=")
    raw = POSTFIX.replace(b"User\n    unknown", b"Empf\xe4nger unbekannt")
    for content in (odd, raw):
        found = read(content)
        assert found is not None
        assert "5.1.1" in found.notices[0].said


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Subject: hello\n\nhow are you", id="a letter"),
        pytest.param(filled(OUT_OF_OFFICE), id="out of office"),
        pytest.param(POSTFIX.replace(b"message/delivery-status", b"text/plain"), id="only prose"),
        pytest.param(POSTFIX.replace(b"Action: failed", b"Action: dancing"), id="no such action"),
        pytest.param(POSTFIX.replace(b"4D1B20.1811", b"other", 1), id="no such boundary"),
        pytest.param(filled(complaint(feedback="not-spam")), id="not spam after all"),
        pytest.param(filled(complaint(feedback="auth-failure")), id="about DMARC"),
    ],
)
def test_what_is_no_report_is_none(content: bytes) -> None:
    assert read(content) is None


def test_a_report_inside_a_returned_mail_is_not_ours_to_read() -> None:
    """Somebody answers with one of their own quoted: only the outer message speaks."""
    head = b"Subject: look\nContent-Type: multipart/mixed; boundary=q\n\n"
    quoted = head + b"--q\nContent-Type: message/rfc822\n\n"
    assert read(quoted + POSTFIX + b"\n--q--\n") is None


def test_the_same_report_has_the_same_key_and_another_has_not() -> None:
    again = read(b"Received: by another.example.net\n" + POSTFIX)
    other = read(POSTFIX.replace(b"Message-Id: <2027", b"Message-Id: <2028"))
    first = read(POSTFIX)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.key == again.key != other.key


def test_a_complaint_names_its_mail() -> None:
    found = read(filled(complaint()))
    assert found is not None
    assert [(one.action, one.recipient) for one in found.notices] == [
        ("complaint", "anna@example.com")
    ]
    assert FILLS["verp"] in found.returned_to
    assert found.message_ids == (FILLS["message_id"],)


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        ("5.1.3", "", Meaning.HARD),
        ("5.1.6", "mailbox has moved", Meaning.HARD),
        ("5.1.8", "bad sender's system address", Meaning.POLICY),
        ("5.2.3", "message too long", Meaning.POLICY),
        ("5.6.0", "", Meaning.POLICY),
        ("5.7.1", "No such user here", Meaning.POLICY),
        ("5.2.0", "", Meaning.SOFT),
        ("5.3.0", "553 sorry, that domain isn't in my list: relaying denied", Meaning.POLICY),
        ("5.0.0", "550 relay not permitted", Meaning.POLICY),
        ("5.0.0", "550 something", Meaning.SOFT),
        ("5.0.0", "554 something", Meaning.SOFT),
        ("5.0.0", "host mx[10.5.1.1] said nothing", Meaning.SOFT),
        ("4.0.0", "451 user unknown, perhaps", Meaning.SOFT),
        ("", "550 5.1.1. Nobody", Meaning.HARD),
        ("", "", Meaning.SOFT),
        ("5.1", "", Meaning.SOFT),
        ("nonsense", "nonsense", Meaning.SOFT),
    ],
)
def test_what_is_not_known_means_the_least(status: str, said: str, expected: Meaning) -> None:
    assert meaning(status, said) is expected


@given(st.binary(max_size=2000))
@example(b"\x00" * 100)
@example(b"Content-Type: multipart/report; boundary=\n\n--\n--\n")
def test_whatever_comes_in_is_read_without_harm(content: bytes) -> None:
    read(content)


@given(at=st.integers(0, len(POSTFIX)), cut=st.integers(0, 300), junk=st.binary(max_size=60))
def test_a_damaged_report_is_read_without_harm(at: int, cut: int, junk: bytes) -> None:
    found = read(POSTFIX[:at] + junk + POSTFIX[at + cut :])
    assert found is None or found.notices


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_words_mean_something(status: str, said: str) -> None:
    assert meaning(status, said) in Meaning


HOSTILE = {
    "parts in parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
    ),
    "very many addresses": b"To: " + b"a@b.example," * 200_000 + b"\n\n",
    "endless encoded words": b"Subject: " + b"=?utf-8?Q?" * 100_000,
    "very many headers": b"X: y\n" * 400_000,
    "a field without end": POSTFIX.replace(b"Action:", b"X: " + b"z" * 900_000 + b"\nAction:"),
    "a code without end": POSTFIX.replace(b"550 5.1.1", b"550 " + b"5." * 400_000),
    "very many recipients": b"\n".join(
        [POSTFIX.partition(b"Final")[0], *[b"Action: failed\n\n"] * 100_000]
    ),
    "a whole film": POSTFIX + b"x" * 5 * LARGEST,
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_holds_nobody_up(content: bytes) -> None:
    read(content)
