from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives, get_connection, send_mail

from guests.mailbox import box

NOON = datetime(2027, 5, 24, 12, tzinfo=UTC)


def send(subject: str = "Hello") -> int:
    return send_mail(subject, "A word", None, ["anna@example.com"])


def stored() -> list[bytes]:
    return [box.read(name) or b"" for name in box.names()]


def test_a_sent_mail_lies_in_the_mailbox_as_it_was_sent() -> None:
    mail = EmailMultiAlternatives("Zoë’s code", "123456", to=["anna@example.com"])
    mail.attach_alternative("<p>123456</p>", "text/html")
    assert mail.send() == 1
    (content,) = stored()
    message = message_from_bytes(content, policy=policy.default)
    assert str(message["Subject"]).strip() == "Zoë’s code"
    assert message["To"] == "anna@example.com"


def test_the_newest_comes_first_whatever_order_the_disk_has() -> None:
    for minute in (2, 0, 1):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            send(f"minute {minute}")
    assert [b"minute %d" % n in content for n, content in zip((2, 1, 0), stored(), strict=True)]
    assert [box.came_at(name).minute for name in box.names()] == [2, 1, 0]


def test_a_mail_to_nobody_is_not_kept() -> None:
    assert EmailMultiAlternatives("x", "y").send() == 0
    assert box.names() == []


def test_only_the_owner_can_read_mails_on_disk(mailbox_folder: Path) -> None:
    send()
    (file,) = mailbox_folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(mailbox_folder.stat().st_mode) == 0o700


def test_many_at_the_same_moment_lose_nothing_and_leave_no_draft(mailbox_folder: Path) -> None:
    with time_machine.travel(NOON, tick=False), ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda n: box.put(b"Subject: %d\n\n" % n, NOON), range(100)))
    assert len(set(names)) == 100
    assert sorted(box.names()) == sorted(names)
    assert {path.suffix for path in mailbox_folder.iterdir()} == {".eml"}


def test_only_the_newest_mails_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box.prune, "__defaults__", (3,))
    for minute in range(5):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            send()
    assert [box.came_at(name).minute for name in box.names()] == [4, 3, 2]


def test_two_thousand_mails_are_kept() -> None:
    assert box.KEPT == 2_000


def test_files_that_are_no_mails_are_neither_shown_nor_deleted(mailbox_folder: Path) -> None:
    mailbox_folder.mkdir()
    (mailbox_folder / "notes.txt").write_text("mine")
    (mailbox_folder / "mine.eml").write_text("mine")
    send()
    box.prune(keep=0)
    assert {path.name for path in mailbox_folder.iterdir()} == {"notes.txt", "mine.eml"}
    assert box.names() == []


def test_a_mailbox_that_cannot_be_written_says_so(mailbox_folder: Path) -> None:
    mailbox_folder.write_text("a file where the folder should be")
    with pytest.raises(OSError):
        send()
    mail = EmailMultiAlternatives("x", "y", to=["anna@example.com"])
    assert get_connection(fail_silently=True).send_messages([mail]) == 0


@pytest.mark.parametrize(
    "name",
    [
        "../settings",
        "..",
        "",
        "mine",
        "20270524T120000000000-0123456789abcdef.eml",
        "20270524T120000000000-0123456789abcdef\n",
        "20270524T120000000000-0123456789ABCDEF",
        "/etc/passwd",
        "٢٠٢٧0524T120000000000-0123456789abcdef",
    ],
    ids=["parent", "dots", "empty", "other", "suffix", "newline", "upper", "absolute", "digits"],
)
def test_nothing_but_a_mails_name_opens_a_file(name: str, mailbox_folder: Path) -> None:
    mailbox_folder.mkdir()
    (mailbox_folder / "mine.eml").write_text("mine")
    (mailbox_folder.parent / "settings.eml").write_text("secret")
    assert box.read(name) is None
