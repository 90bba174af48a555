"""The least possible: plain Django, one mail after the other over one kept connection.

    python -m bench.floor 2000

The mails are of the same words and as large as a real reminder, the newest in the database. Prints
one line of JSON: how many seconds, and how many of them on the CPU.
"""

from __future__ import annotations

import json
import os
import sys
import time

import django


def main(count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")
    django.setup()
    from django.core.mail import EmailMultiAlternatives, get_connection
    from django.utils import timezone

    from guests.mails.compose import compose, for_composing
    from guests.models import OutgoingEmail
    from parties.words import Kind

    reminders = OutgoingEmail.objects.filter(kind=Kind.REMINDER.value).order_by("-pk")
    like = compose(for_composing(reminders)[0], timezone.now())
    text, html = str(like.body), str(like.alternatives[0][0])
    sender, reply_to = like.from_email, like.reply_to

    began, worked = time.perf_counter(), time.process_time()
    with get_connection() as connection:
        for number in range(count):
            EmailMultiAlternatives(
                subject=f"{like.subject} {number}",
                body=text,
                from_email=sender,
                to=[f"Anna <parent.{number}@example.org>"],
                reply_to=reply_to,
                alternatives=[(html, "text/html")],
                connection=connection,
            ).send()
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
    print(json.dumps(took))


if __name__ == "__main__":
    main(int(sys.argv[1]))
