"""The house rules that only the syntax trees can tell.

Imports go one way: rsvp_site (wiring) → guests → parties → leaf helpers. What is pure knows no
Django, and only views, tasks and commands ask for the clock.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rsvp_site.env import BASE_DIR

#: Helpers that every app may use, and that know none.
LEAVES = (
    "rsvp_site.doorbell",
    "rsvp_site.env",
    "rsvp_site.hosted",
    "rsvp_site.logs",
    "rsvp_site.patience",
    "rsvp_site.proxy",
    "rsvp_site.seldom",
    "rsvp_site.trouble",
)

#: Pure: no ORM, clock, settings or Django, and nothing of ours that is not pure itself.
PURE = (
    "parties.alarm",
    "parties.names",
    "parties.schedule",
    "parties.seating",
    "parties.text",
    "parties.words",
    "guests.standing",
    "guests.lists",
    "guests.deliveries.codes",
    "guests.deliveries.reading",
)

#: Rooms of views, tasks and commands: the only ones that may ask what time it is.
DOORS = (
    "parties.views",
    "guests.deliveries.receiving",
    "guests.family",
    "guests.host",
    "guests.mailbox",
    "guests.operators.views",
    "guests.tasks",
    "guests.management",
)
CLOCKS = {("timezone", "now"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today")} | {
    ("timezone", "localdate"),
    ("timezone", "localtime"),
    ("time", "time"),
}

Module = tuple[str, ast.Module]


def modules(package: str) -> list[Module]:
    """Dotted name and syntax tree of each module of a package, migrations left out."""
    found = []
    for path in sorted((BASE_DIR / package).rglob("*.py")):
        parts = path.relative_to(BASE_DIR).with_suffix("").parts
        if "migrations" not in parts:
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append((name, ast.parse(path.read_text(encoding="utf-8"))))
    return found


def imports(module: Module) -> Iterator[str]:
    """Each thing that a module imports, anywhere in it: in functions and TYPE_CHECKING too."""
    name, tree = module
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*name.split(".")[: -node.level], *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or lies in one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def breaches(package: str, *forbidden: str, but: tuple[str, ...] = ()) -> list[str]:
    """The imports of a package that it must not have, as 'module imports thing'."""
    return [
        f"{module[0]} imports {name}"
        for module in modules(package)
        for name in imports(module)
        if within(name, *forbidden) and not within(name, *but)
    ]


def test_parties_never_imports_guests() -> None:
    assert breaches("parties", "guests") == []


def test_parties_does_not_name_a_model_or_module_of_guests_in_a_text() -> None:
    named = [
        f"{name} says {node.value!r}"
        for name, tree in modules("parties")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and within(node.value, "guests")
    ]
    assert named == []


@pytest.mark.parametrize("package", ["parties", "guests"])
def test_apps_use_leaf_helpers_and_never_the_wiring(package: str) -> None:
    assert breaches(package, "rsvp_site", but=LEAVES) == []


def test_leaf_helpers_know_no_app() -> None:
    own = [module for module in modules("rsvp_site") if module[0] in LEAVES]
    assert len(own) == len(LEAVES)
    known = [f"{m[0]} imports {name}" for m in own for name in imports(m)]
    assert [line for line in known if within(line.split()[-1], "parties", "guests")] == []


def test_the_runner_stays_light() -> None:
    heavy = ("django", "celery", "parties", "guests")
    runner = [m for m in modules("rsvp_site/run") if m[0] != "rsvp_site.run.prepare"]
    assert len(runner) > 4
    assert [n for m in runner for n in imports(m) if within(n, *heavy)] == []


def test_what_is_pure_knows_no_django_and_nothing_impure() -> None:
    ours = [m for package in ("parties", "guests") for m in modules(package) if within(m[0], *PURE)]
    assert {p for p in PURE if any(within(m[0], p) for m in ours)} == set(PURE)
    impure = [
        f"{module[0]} imports {name}"
        for module in ours
        for name in imports(module)
        if within(name, "django", "rsvp_site", "environ", "celery")
        or (within(name, "parties", "guests") and not within(name, *PURE))
    ]
    assert impure == []


def test_only_views_tasks_and_commands_ask_for_the_clock() -> None:
    asking = [
        f"{name} line {node.lineno} calls {ast.unparse(node.func)}"
        for package in ("parties", "guests")
        for name, tree in modules(package)
        if not within(name, *DOORS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (ast.unparse(node.func.value).rpartition(".")[2], node.func.attr) in CLOCKS
    ]
    assert asking == []


def test_the_reader_of_imports_sees_them_wherever_they_hide() -> None:
    tree = ast.parse(
        "import a.b\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from c import d\n"
        "def f():\n"
        "    from ..e import g\n"
        "    importlib.import_module('h.i')\n"
    )
    seen = set(imports(("package.room.module", tree)))
    assert seen == {"a.b", "typing.TYPE_CHECKING", "c.d", "package.e.g", "h.i"}


def test_every_folder_with_code_is_a_package() -> None:
    folders = {
        path.parent
        for package in ("parties", "guests", "rsvp_site", "tests")
        for path in (BASE_DIR / package).rglob("*.py")
    }
    assert [f for f in folders if not (Path(f) / "__init__.py").exists()] == []
