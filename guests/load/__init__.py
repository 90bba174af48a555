"""A large database for benchmarks and load tests: many parties as they lie there in a busy week."""

from guests.load.filling import MailWouldGoOut, Wish, fill

__all__ = ["MailWouldGoOut", "Wish", "fill"]
