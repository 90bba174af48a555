from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("guests", "0008_cannon_guard"),
    ]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="zones_next",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.AddField(
            model_name="installation",
            name="zones_done",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
    ]
