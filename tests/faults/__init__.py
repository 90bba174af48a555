"""The fault matrix: what goes wrong in the real world, done to real processes, and what is seen.

`make faults` runs it on SQLite and on PostgreSQL with a real Redis and prints a table. Each test
names its fault with `@fault(...)`, says what it saw with `seen(...)`, and ends with the audit.
"""
