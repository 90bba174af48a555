"""No line of a log opens a door or names a person."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.conf import settings

from rsvp_site import logs

TOKEN = "k7Qm2:1xYz-AbCdEf_09"
SECRET_LINES = (
    f"/i/{TOKEN}/",
    "anna@example.org",
    "redis://u:hunter2@h",
    "DETAIL:  Failing row contains (Priya).",
)
SECRETS = (TOKEN, "anna@example.org", "hunter2", "Priya")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a process with the site's settings writes."""
    stream = io.StringIO()
    config = settings.LOGGING
    formatter = config["formatters"]["json"].copy()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param(f"GET /i/{TOKEN}/", "GET /i/***/", id="a family's page"),
        pytest.param(f"GET /i/{TOKEN}/thanks/", "GET /i/***/thanks/", id="below it"),
        pytest.param(f"/stop/{TOKEN}/?x=1", "/stop/***/?x=1", id="stop"),
        pytest.param(f"/calendar/{TOKEN}.ics", "/calendar/***", id="calendar"),
        pytest.param("/p/jamies-seventh-x9/", "/p/***/", id="shared link"),
        pytest.param(f"https://a.example/i/{TOKEN}", "https://a.example/i/***", id="whole address"),
        pytest.param("to anna@example.org: refused", "to ***@***: refused", id="an address"),
        pytest.param("<anna@example.org>", "<***@***>", id="in brackets"),
        pytest.param("redis://:hunter2@h:6379/0", "redis://:***@h:6379/0", id="a password"),
        pytest.param("?code=AB12&n=1", "?code=***&n=1", id="a code in a query"),
        pytest.param("DETAIL:  Failing row (Priya)", "DETAIL:  ***", id="a row that was refused"),
        pytest.param("/parties/12/ took 3 ms", "/parties/12/ took 3 ms", id="nothing to hide"),
    ],
)
def test_secrets_in_a_text_are_masked(text: str, masked: str) -> None:
    assert logs.mask(text) == masked


def test_every_line_is_json_and_masked(written: io.StringIO) -> None:
    logging.getLogger("tests.lines").warning("Not Found: %s", f"/i/{TOKEN}/")
    structlog.get_logger("tests.lines").warning(
        "mail refused", to=["anna@example.org"], about={"link": f"/stop/{TOKEN}/"}, tries=2
    )
    try:
        raise ValueError("\n".join(SECRET_LINES))
    except ValueError:
        logging.getLogger("tests.lines").exception("broken")
    events = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["Not Found: /i/***/", "mail refused", "broken"]
    assert events[1]["tries"] == 2
    assert events[1]["level"] == "warning"
    assert "ValueError" in events[2]["exception"]
    for secret in SECRETS:
        assert secret not in written.getvalue()
