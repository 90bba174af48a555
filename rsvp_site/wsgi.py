"""The door for the web server: ``rsvp_site.wsgi:application``."""

import os

from django.core.wsgi import get_wsgi_application

from rsvp_site import patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rsvp_site.settings")

application = patience.for_pages(get_wsgi_application())
