"""Django's own PostgreSQL, with connections that do not keep a page waiting."""
