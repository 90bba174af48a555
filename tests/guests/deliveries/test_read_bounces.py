"""`manage.py read_bounces`: from a pipe, from a Maildir, and what it says to a mail server."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from guests.models import Fate, Report
from rsvp_site.env import BASE_DIR
from tests.guests.deliveries.conftest import Went, send
from tests.guests.deliveries.samples import OUT_OF_OFFICE, REPORTS, RETURNED, Sample, complaint
from tests.running import environment

pytestmark = pytest.mark.django_db

HARD = REPORTS["Postfix, nobody of that name"]


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes, **options: str) -> str:
    """What the command says to this message."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    out = io.StringIO()
    call_command("read_bounces", stdout=out, **options)
    return out.getvalue().strip()


def text(raw: str, went: Went, **over: str) -> bytes:
    return Sample(raw, Fate.HARD, "").filled(**{**went.fills(), **over})


@pytest.mark.parametrize("sample", REPORTS.values(), ids=REPORTS.keys())
def test_what_each_server_writes_does_what_it_means(
    monkeypatch: pytest.MonkeyPatch, went: Went, sample: Sample
) -> None:
    assert piped(monkeypatch, sample.filled(**went.fills())) == "understood"
    report = Report.objects.get()
    assert (report.mail, report.fate, report.final) == (went.mail, sample.fate, sample.final)
    assert (went.address().bounced_at is not None) == (sample.fate is Fate.HARD)
    assert went.address().complained_at is None


@pytest.mark.parametrize("sample", REPORTS.values(), ids=REPORTS.keys())
def test_without_a_return_address_the_returned_mail_says_whose_it_is(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, went: Went, sample: Sample
) -> None:
    settings.RETURN_ADDRESS = ""
    content = sample.filled(**{**went.fills(), "verp": "hello@party.example.org"})
    known = went.mail.message_id.encode() in content and sample.status != ""
    assert piped(monkeypatch, content) == ("understood" if known else "not ours")
    assert Report.objects.filter(fate=sample.fate).exists() == known


def test_the_message_id_alone_says_nothing_of_another_address(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, went: Went
) -> None:
    settings.RETURN_ADDRESS = ""
    other = send("somebody@example.com")
    content = text(HARD.text, went, to="somebody@example.com")
    assert piped(monkeypatch, content) == "not ours"
    assert not other.address().bounced_at


@pytest.mark.parametrize(
    "forged",
    [
        "bounces@party.example.org",
        "bounces+1@party.example.org",
        "bounces+1-aaaaaaaaaaaaaaaa@party.example.org",
        "bounces+{number}-aaaaaaaaaaaaaaaa@party.example.org",
    ],
)
def test_a_forged_report_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, went: Went, forged: str
) -> None:
    verp = forged.format(number=went.mail.pk)
    content = text(HARD.text, went, verp=verp, message_id="<guessed@party.example.org>")
    assert piped(monkeypatch, content) == "not ours"
    assert Report.objects.count() == 0
    assert went.address().refuses == ""


def test_out_of_office_changes_nothing(monkeypatch: pytest.MonkeyPatch, went: Went) -> None:
    assert piped(monkeypatch, text(OUT_OF_OFFICE, went)) == "no report"
    assert Report.objects.count() == 0


def test_the_server_may_say_itself_where_the_message_came_to(
    monkeypatch: pytest.MonkeyPatch, went: Went
) -> None:
    content = text(HARD.text, went, verp="postmaster@party.example.org", message_id="<gone@x>")
    assert piped(monkeypatch, content) == "not ours"
    assert piped(monkeypatch, content, recipient=went.verp) == "understood"
    other = send("other@example.com")
    monkeypatch.setenv("ORIGINAL_RECIPIENT", other.verp.upper())
    assert piped(monkeypatch, content) == "understood"
    assert other.address().bounced_at


def test_of_several_recipients_our_own_counts(monkeypatch: pytest.MonkeyPatch, went: Went) -> None:
    end = "\n--4D1B20.1811/mx.example.net\nContent-Description: Und"
    good = "\nFinal-Recipient: rfc822; {}\nAction: delivered\nStatus: 2.0.0\n"
    theirs = HARD.text.replace(end, good.format("dan@example.com") + end)
    assert piped(monkeypatch, text(theirs, went)) == "understood"
    assert went.address().bounced_at
    # A list behind the address: it works as long as it works for one of them.
    two = send("list@example.com")
    listed = text(theirs, two, to="anna@elsewhere.example")
    piped(monkeypatch, listed)
    assert two.address().bounced_at is None


@pytest.mark.parametrize(
    "more", ["Original-Rcpt-To: <%(to)s>\n", "", "Original-Rcpt-To: redacted\n"]
)
def test_a_complaint_is_known_by_the_mail_that_it_returns(
    monkeypatch: pytest.MonkeyPatch, went: Went, more: str
) -> None:
    assert piped(monkeypatch, text(complaint(more=more), went)) == "understood"
    assert went.address().complained_at
    assert went.address().bounced_at is None


def test_a_complaint_with_nothing_but_the_message_id(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, went: Went
) -> None:
    settings.RETURN_ADDRESS = ""
    returned = RETURNED.replace("Return-Path: <%(verp)s>\n", "")
    content = text(complaint(more="", returned=returned), went, verp="abuse@party.example.org")
    assert piped(monkeypatch, content) == "understood"
    assert went.address().complained_at


def test_a_complaint_by_the_envelope_alone(monkeypatch: pytest.MonkeyPatch, went: Went) -> None:
    content = text(
        complaint(more="Original-Mail-From: <%(verp)s>\n", returned="Subject: redacted\n"), went
    )
    assert piped(monkeypatch, content) == "understood"
    assert went.address().complained_at


def test_a_maildir_is_emptied_of_what_was_understood(tmp_path: Path, went: Went) -> None:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.host").write_bytes(HARD.filled(**went.fills()))
    (tmp_path / "new" / "2.host").write_bytes(text(OUT_OF_OFFICE, went))
    (tmp_path / "cur" / "3.host:2,F").write_bytes(text(complaint(), went))
    (tmp_path / "cur" / "4.host:2,S").write_bytes(b"seen long ago")
    (tmp_path / "new" / "5.link").symlink_to(tmp_path / "new" / "1.host")
    out = io.StringIO()
    call_command("read_bounces", maildir=tmp_path, stdout=out)
    assert out.getvalue().strip() == "understood 2, not ours 0, no report 2; left there 2"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["2.host", "5.link"]
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == [
        "1.host:2,S",
        "3.host:2,S",
        "4.host:2,S",
    ]
    assert went.address().bounced_at
    assert went.address().complained_at


def test_what_was_understood_can_be_deleted(tmp_path: Path, went: Went) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.host").write_bytes(HARD.filled(**went.fills()))
    call_command("read_bounces", maildir=tmp_path, delete=True, stdout=io.StringIO())
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "cur").exists()


def test_a_folder_that_is_no_maildir_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder new"):
        call_command("read_bounces", maildir=tmp_path)


@pytest.mark.processes
def test_while_the_database_is_away_the_server_tries_again(tmp_path: Path) -> None:
    """As a mail server calls it: a process of its own, and nobody at the other end."""
    fills = {"verp": "me@party.example.org", "to": "anna@example.com", "message_id": "<a@b>"}
    report = HARD.filled(**fills)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.host").write_bytes(report)
    nobody = environment(
        VAR_DIR=str(tmp_path / "var"), DATABASE_URL="postgres://nobody:x@127.0.0.1:1/nothing"
    )
    for arguments in ([], ["--maildir", str(tmp_path)]):
        done = subprocess.run(
            [sys.executable, "manage.py", "read_bounces", *arguments],
            cwd=BASE_DIR, env=nobody, input=report, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 75
        assert b"try again later" in done.stderr
    assert (tmp_path / "new" / "1.host").exists()
