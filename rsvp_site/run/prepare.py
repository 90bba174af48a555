"""Makes the database and the static files ready; one short process with Django in it.

Prints one JSON line for the runner: ``{"changed": bool, "demo": bool, "closed": str}``, where
``closed`` says why nothing will be sent. Does only what
is missing, so a second start costs little more than importing Django.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

DEMO_HOST = "rosa@example.org"


def main() -> None:
    """Migrations, static files, the demo."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")
    from rsvp_site.env import ConfigurationError, explain

    try:
        import django

        django.setup()
    except ConfigurationError as error:
        sys.exit(explain(error))
    changed = [migrate(), collect_static()]
    print(json.dumps({"changed": any(changed), "demo": seed_demo(), "closed": why_closed()}))


def migrate() -> bool:
    """Brings the database to the newest schema; False if it was there already."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static() -> bool:
    """Hashes and compresses the static files; False if none of them changed."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    stamp = root.with_name("static.sha256")
    if root.is_dir() and stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())
    return True


def seed_demo() -> bool:
    """Fills a new database on this machine with the demo; whether the demo host is there."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    hosts = get_user_model()._default_manager
    seeded = settings.VAR_DIR / "demo.seeded"  # whoever removed the demo does not get it again
    if settings.EMBEDDED_MAILBOX and not seeded.exists() and not hosts.exists():
        call_command("seed_demo", verbosity=0)
        seeded.touch()
    return bool(hosts.filter(email=DEMO_HOST).exists())


def why_closed() -> str:
    """Why nothing will be sent, in a sentence; '' where mail goes."""
    from guests.outbox import gate

    return gate.in_words(gate.closed())


if __name__ == "__main__":
    main()
