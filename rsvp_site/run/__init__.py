"""``python -m rsvp_site.run``: everything of Full Table on one machine, with one command.

Broker, web, worker and beat are children of one small process that needs no Django. Rooms:
``children`` (which ones), ``supervise`` (keeps them alive and ends them), ``guardian`` (ends them
when this process cannot any more), ``broker`` (the embedded one), ``prepare`` (the database).
"""
