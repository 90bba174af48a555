"""The demo: one host and three parties, as they would stand today."""

from __future__ import annotations

from guests.demo.seeding import DEMO_HOST, remove, seed

__all__ = ["DEMO_HOST", "remove", "seed"]
