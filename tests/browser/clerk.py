"""A process that sits beside a running product and works on its database for the tests.

It has the environment of that product and not the tests', so nothing of the tests' own database,
settings or event loop comes near. One JSON object a line: ``{"do": name, "with": {...}}`` in,
``{"done": result}`` or ``{"failed": traceback}`` out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from typing import Any

from rsvp_site.env import BASE_DIR


class Clerk:
    """The test's side."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.clerk"],
            cwd=BASE_DIR, env=dict(env), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, do: str, **arguments: Any) -> Any:
        """What one function of tests/browser/desk.py returns; AssertionError if it fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, "with": arguments}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"failed": "the clerk has gone"}')
        assert "done" in answer, answer.get("failed")
        return answer["done"]

    def close(self) -> None:
        """Lets the process end."""
        self._process.communicate(timeout=30)


def main() -> None:
    """The process itself."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")
    import django

    django.setup()
    from tests.browser import desk

    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"done": getattr(desk, asked["do"])(**asked["with"])}
        except Exception:
            answer = {"failed": traceback.format_exc()}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
