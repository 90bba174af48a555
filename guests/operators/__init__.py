"""What operators need: whose database this is, its clock, its heartbeat, its alarms.

    pulse    each tick of a process: raises the counter, watches the clock, keeps the heartbeat
    rounds   a tick with all that belongs to it; what worker and command call
    findings what is wrong just now, in words; /readyz and the alarms read the same list
    notices  what somebody should look at although nothing is wrong
    restore  what `manage.py after_restore` does

Whether anything may be sent at all is said by `guests.outbox.gate`.
"""
