"""The table of the shared cache, which counts the limits against abuse."""

from typing import Any

from django.core.management import call_command
from django.db import migrations


def make_table(_apps: Any, schema_editor: Any) -> None:
    """Makes the table that CACHES names; does nothing where the cache lies elsewhere."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
