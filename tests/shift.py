"""Brings time to a scratch database: everything in it happened so much longer ago.

    python -m tests.shift --days 5        # with the environment of the instance

The processes keep the real clock. Whole days move the dates along with the moments, minutes the
moments alone, so a shift by minutes must not cross midnight in a party's zone.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import models

#: Whose moments are moved. The sign-in codes of allauth are not: they are typed at once.
APPS = ("parties", "guests", "sessions")


def shift(*, days: int = 0, minutes: int = 0) -> None:
    """Moves every stored moment back, and with whole days every stored date, in one transaction.

    Raises ValueError for a mixture, which would tear dates from their moments.
    """
    from django.db import transaction

    if bool(days) == bool(minutes):
        raise ValueError("Either whole days or minutes.")
    by = timedelta(days=days, minutes=minutes)
    with transaction.atomic():
        for model, fields in times(with_dates=bool(days)):
            _shift(model, fields, by)


def times(*, with_dates: bool) -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each model that keeps moments (or dates) with the names of those fields."""
    from django.apps import apps

    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            fields = [
                field.name
                for field in model._meta.local_concrete_fields
                if isinstance(field, models.DateTimeField)
                or (with_dates and isinstance(field, models.DateField))
            ]
            if fields:
                yield model, fields


def _shift(model: type[models.Model], fields: list[str], by: timedelta) -> None:
    rows = list(model._base_manager.all())
    for row in rows:
        for name in fields:
            _move(row, name, by)
    # all columns of a row at once, because a date must never overtake another one
    model._base_manager.bulk_update(rows, fields, batch_size=200)


def _move(row: Any, name: str, by: timedelta) -> None:
    value = getattr(row, name)
    if value is not None:
        setattr(row, name, value - by)


def main() -> None:
    """One shift, as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=0)
    parser.add_argument("--minutes", type=int, default=0)
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")
    import django

    django.setup()
    shift(days=given.days, minutes=given.minutes)


if __name__ == "__main__":
    main()
