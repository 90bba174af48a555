"""The benchmarks' own parts: what they say is what they measured."""

from __future__ import annotations

import json
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from bench.house import SinkServer
from bench.machine import cpu_of, cpu_seconds, processors
from bench.rows import Row, middle, table
from rsvp_site.env import BASE_DIR
from tests.faults.processes import Process
from tests.running import free_port


def row(**over: object) -> Row:
    fields = {"name": "a", "unit": "mails/s", "floor": 100.0, "ours": 50.0, "budget": 0.4}
    return Row(**(fields | {"more": True} | over))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("over", "ok"),
    [
        ({}, True),
        ({"ours": 39.0}, False),
        ({"of_ours": True, "budget": 100}, False),
        ({"of_ours": True, "budget": 100, "ours": 100.0, "floor": 9.0}, True),
        ({"more": False, "budget": 1.5, "ours": 150.0}, True),
        ({"more": False, "budget": 1.5, "ours": 151.0}, False),
        ({"floor": 0.0}, False),
    ],
    ids=str,
)
def test_a_row_knows_whether_it_is_within_its_budget(over: dict[str, object], ok: bool) -> None:
    assert row(**over).ok is ok
    told = json.loads(row(**over).line)
    assert set(told) == {"name", "unit", "floor", "ours", "ratio", "budget", "ok"}
    assert told["ok"] is ok
    assert ("TOO SLOW" in table([row(**over)])) is not ok


def test_the_middle_of_the_rounds_counts() -> None:
    assert middle([9.0, 1.0, 2.0]) == 2.0


def test_the_cpu_seconds_of_a_process_are_those_that_it_used() -> None:
    before, began = cpu_of(os.getpid()), time.process_time()
    while time.process_time() - began < 0.2:
        pass
    assert 0.1 <= cpu_of(os.getpid()) - before <= 2
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    with subprocess.Popen([sys.executable, "-c", burn]) as child:
        child.wait()
    assert cpu_seconds([os.getpid()]) > cpu_of(os.getpid())
    assert cpu_seconds([2**22 + 1]) == 0
    assert processors() >= 1


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkServer]:
    port, control = free_port(), free_port()
    ports = ["--port", str(port), "--control", str(control), "--delay", "0.01"]
    process = Process([sys.executable, "-m", "bench.sink", *ports], os.environ, tmp_path / "log")
    process.says("ready")
    yield SinkServer(process, port, control)
    process.kill()


def mail(number: int) -> EmailMessage:
    made = EmailMessage()
    made["Message-ID"] = f"<{number}@example.org>"
    made["Subject"] = "Hello"
    made.set_content("Hello\n.\n..\nthere\n")
    return made


@pytest.mark.processes
def test_the_sink_counts_what_it_took_and_takes_its_time(sink: SinkServer) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        assert client.has_extn("pipelining") is False  # before EHLO nothing is known
        began = time.monotonic()
        for number in (1, 2, 2):
            client.send_message(mail(number), "dee@example.org", ["anna@example.com"])
        took = time.monotonic() - began
        assert client.has_extn("pipelining")
        client.rset()
    told = sink.ask("reset")
    assert (told["mails"], told["twice"], told["connections"]) == (3, 1, 1)
    assert told["bytes"] > 3 * 50
    assert began <= told["first"] <= told["last"] <= began + took
    # EHLO, and for each mail MAIL, RCPT, DATA and the content, 20 ms each
    assert took >= 13 * 0.02
    assert sink.ask()["mails"] == 0


@pytest.mark.processes
def test_the_sink_takes_several_commands_at_once(sink: SinkServer) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        client.ehlo()
        client.send(b"MAIL FROM:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 354]
        client.send(b"Message-ID: <1@b.org>\r\n\r\nx\r\n.\r\nNOOP\r\nWHAT\r\n")
        assert [client.getreply()[0] for _ in range(3)] == [250, 250, 500]
    assert sink.ask()["mails"] == 1


def test_the_command_says_what_it_can_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"],
        cwd=BASE_DIR, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert "--rounds" in done.stdout
