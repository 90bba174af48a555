"""Where sessions are kept: Django's table, with an honest word when the database is in trouble.

Django takes every error of an update for a session that somebody else has ended, and would answer
"bad request" to a visitor who did nothing wrong.
"""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from rsvp_site.trouble import is_trouble


class SessionStore(db.SessionStore):
    """Raises the database's own error if it could not save."""

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            cause = error.__context__
            if cause is not None and is_trouble(cause):
                raise cause from cause.__cause__
            raise
