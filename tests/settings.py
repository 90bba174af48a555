"""The settings of the tests: the site's own, made quick, and deaf to the developer's .env."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

#: The Redis that CI offers to tests that start real processes; '' means the embedded broker.
REAL_REDIS_URL = os.environ.get("REDIS_URL", "")
_KEPT_UNTIL_EXIT = tempfile.TemporaryDirectory(prefix="full-table-tests-")
_SCRATCH = Path(_KEPT_UNTIL_EXIT.name)
os.environ.update(
    ENV_FILE=os.devnull,
    VAR_DIR=str(_SCRATCH),
    SITE_URL="http://localhost:8000",
    SECRET_KEY="only-for-tests-" + "0123456789abcdef" * 4,
    INSTANCE_ID="tests",
)
for _name in ("EMAIL_URL", "REDIS_URL", "ALLOWED_HOSTS", "DEBUG", "TRUSTED_PROXIES"):
    os.environ.pop(_name, None)  # tests that start real processes name these themselves

from rsvp_site.settings import *  # noqa: E402, F403
from rsvp_site.settings import (  # noqa: E402
    CELERY_BROKER_TRANSPORT_OPTIONS,
    DATABASES,
    STATIC_ROOT,
    STORAGES,
)

# The loop of a browser that an earlier test drove may still run in the same process.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
WATCH_CLOCK = False  # tests travel in time
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS.clear()  # they are Redis's
STATIC_ROOT.mkdir()

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # a file, not memory: threads of a test meet the same locks as in real life
    DATABASES["default"]["TEST"] = {"NAME": str(_SCRATCH / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=OFF;PRAGMA foreign_keys=ON;"
    )
