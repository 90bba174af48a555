"""A worker that keeps LEAK_MEGABYTES of each task; it is told to include this module."""

from __future__ import annotations

import os
from typing import Any

from celery.signals import task_postrun

_kept: list[bytearray] = []


@task_postrun.connect
def keep(**_given: Any) -> None:
    """Written to, so that it is memory and not only a promise of it."""
    size = int(os.environ.get("LEAK_MEGABYTES", "0")) * 1024 * 1024
    _kept.append(bytearray(os.urandom(4096)) * (size // 4096))
