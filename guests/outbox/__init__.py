"""The outbox: how mail goes (design, section 6). The database is the queue.

    claim -> compose -> talk to the mail server -> commit point -> hand over -> record

`drain` runs that loop, `recover` picks up what a dead sender left behind. Nothing here decides what
is said and when: that is the plan's (`guests.planner`) and the judge's (`guests.judge`).
"""
