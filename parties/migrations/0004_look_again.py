"""Parties from before there was an alarm are looked at once; from then on they say when again."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone


def look_again(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    now = timezone.now()
    to_come = apps.get_model("parties", "Party").objects.filter(
        cancelled_at__isnull=True, starts_at__gt=now
    )
    to_come.filter(next_look_at__isnull=True).update(next_look_at=now)
    to_come.filter(next_look_at__gt=now).update(next_look_at=now)


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0003_paused"),
    ]

    operations = [
        migrations.RunPython(look_again, migrations.RunPython.noop, elidable=True),
    ]
