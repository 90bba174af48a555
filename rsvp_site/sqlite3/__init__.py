"""Django's own SQLite, in which those who wait to write leave room for those who read."""
