#!/usr/bin/env python
"""The commands of Full Table, e.g. ``python manage.py tick``."""

import os
import sys


def main() -> None:
    """Run one command; a configuration that cannot work ends in plain sentences."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")
    from rsvp_site.env import ConfigurationError, explain

    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.exit(explain(error))


if __name__ == "__main__":
    main()
