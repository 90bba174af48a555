"""Takes one guard at a time away and sees whether the tests notice.

    python -m tests.mutations                # all guards
    python -m tests.mutations --only unique-key hold
    python -m tests.mutations --list

Each guard is removed in a copy of the tree by an exact change of text; the tests that ought to see
it run there. First the same tests must be green without any change. Exit code 1: a guard was
removed and nobody noticed; 2: a change of text no longer fits, or the tests were red anyway.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.services import Postgres
from tests.mutants import MUTANTS, Edit, Mutant

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = (
    ".git", ".venv", "var", "__pycache__", "*_cache", ".hypothesis", "bench", "docs", "node_modules"
)  # fmt: skip
#: Seconds for the tests of one mutant. One that takes longer was noticed only if it ought to hang:
#: else the machine may have been slow.
PATIENCE = 600
RED, GREEN, BROKEN = "yes", "NO", "broken"


class DoesNotFit(Exception):
    """A change of text whose old text is not found exactly once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tests said of one mutant: `red` is RED, GREEN or BROKEN."""

    mutant: Mutant
    red: str
    first: str
    seconds: float


def main() -> int:
    given = _arguments()
    chosen = _chosen(given.only)
    if given.list:
        sys.stdout.writelines(f"{mutant.slug:<24} {mutant.what}\n" for mutant in chosen)
        return 0
    try:
        for mutant in chosen:
            for edit in mutant.edits:
                _changed((ROOT / edit.path).read_text(), edit)
    except DoesNotFit as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="full-table-mutants-") as scratch,
        _postgres(any(mutant.database == "postgresql" for mutant in chosen)) as cluster,
    ):
        return _judge(chosen, Path(scratch), cluster, given.jobs)


def _judge(chosen: Sequence[Mutant], scratch: Path, cluster: Postgres | None, jobs: int) -> int:
    unchanged = _without_change(chosen)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        # The slow ones first, and the unchanged tree before all of them
        before = [pool.submit(_run, one, scratch, cluster) for one in unchanged]
        found = [pool.submit(_run, one, scratch, cluster) for one in chosen]
        spoilt = [done.result() for done in before if done.result().red != GREEN]
        for verdict in spoilt:
            print(f"Red without any change: {verdict.first}", file=sys.stderr)  # noqa: T201
        if spoilt:
            pool.shutdown(cancel_futures=True)
            return 2
        verdicts = [done.result() for done in found]
    sys.stdout.writelines(line + "\n" for line in _table(verdicts))
    if any(verdict.red == BROKEN for verdict in verdicts):
        return 2
    return int(any(verdict.red == GREEN for verdict in verdicts))


def _without_change(chosen: Sequence[Mutant]) -> list[Mutant]:
    """All the tests of the chosen, on each of their databases, with every guard in its place."""
    found = []
    for database in sorted({mutant.database for mutant in chosen}):
        tests = dict.fromkeys(
            test for mutant in chosen if mutant.database == database for test in mutant.tests
        )
        found.append(Mutant(f"none on {database}", "", (), tuple(tests), database))
    return found


def _run(mutant: Mutant, scratch: Path, cluster: Postgres | None) -> Verdict:
    tree = scratch / mutant.slug
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for edit in mutant.edits:
        path = tree / edit.path
        path.write_text(_changed(path.read_text(), edit))
    began = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=line", "-rfE", "--no-header",
             "-p", "no:cacheprovider", "-p", "no:randomly", *mutant.tests],
            cwd=tree, env=_environment(mutant, cluster), text=True, capture_output=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        red, first = _what(done.returncode, done.stdout + done.stderr)
    except subprocess.TimeoutExpired:
        red, first = (RED if mutant.hangs else BROKEN), f"it hangs for {PATIENCE} s"
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    return Verdict(mutant, red, first, time.monotonic() - began)


def _what(code: int, output: str) -> tuple[str, str]:
    """Red only if a test failed: a tree that cannot even be imported proves nothing."""
    lines = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    failed = [line for line in lines if line.startswith("FAILED ")]
    if code == 0:
        return GREEN, ""
    if code == 1 and failed:
        return RED, failed[0].removeprefix("FAILED ").partition(" - ")[0]
    return BROKEN, (lines or output.splitlines() or ["no output"])[-1]


def _changed(text: str, edit: Edit) -> str:
    count = text.count(edit.old)
    if count != 1:
        raise DoesNotFit(f"{edit.path}: found {count} times, not once: {edit.old!r}")
    return text.replace(edit.old, edit.new)


def _environment(mutant: Mutant, cluster: Postgres | None) -> dict[str, str]:
    left_out = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "VAR_DIR")
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "CI": ""}
    if mutant.database == "postgresql":
        assert cluster is not None
        name = "m" + "".join(letter for letter in mutant.name if letter.isalnum()).lower()
        cluster.create(name)
        env["DATABASE_URL"] = cluster.url(name)
    return env


@contextlib.contextmanager
def _postgres(wanted: bool) -> Iterator[Postgres | None]:
    if not wanted:
        yield None
        return
    cluster = Postgres.made()
    try:
        cluster.start("max_connections=200")
        yield cluster
    finally:
        cluster.remove()


def _table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    row = "{:<26}  {:<26}  {:<11}  {:>4}  {:<6}  {}".format
    yield row("guard that was removed", "in", "database", "s", "red?", "first test that saw it")
    yield "-" * 132
    for verdict in verdicts:
        mutant = verdict.mutant
        where = ", ".join(dict.fromkeys(Path(edit.path).name for edit in mutant.edits))
        cells = [
            textwrap.wrap(mutant.name, 26),
            textwrap.wrap(where, 26),
            [mutant.database],
            [f"{verdict.seconds:.0f}"],
            [verdict.red],
            textwrap.wrap(verdict.first, 70),
        ]
        for number in range(max(map(len, cells))):
            yield row(*(cell[number] if number < len(cell) else "" for cell in cells)).rstrip()
    unseen = sum(verdict.red != RED for verdict in verdicts)
    yield f"{len(verdicts)} guards removed, {len(verdicts) - unseen} noticed, {unseen} not."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def _chosen(names: Sequence[str]) -> list[Mutant]:
    known = {mutant.slug: mutant for mutant in MUTANTS}
    for name in names:
        if name not in known:
            raise SystemExit(f"There is no guard called {name}; --list names them.")
    return [known[name] for name in names] if names else list(MUTANTS)


if __name__ == "__main__":
    sys.exit(main())
