"""Django's settings. What a deployment decides comes from the environment (rsvp_site.env)."""

from __future__ import annotations

import zoneinfo
from email.utils import parseaddr
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from rsvp_site import env, logs

# the zones of the tzdata package and no others: the same rules on every machine
zoneinfo.reset_tzpath(to=())

CONFIG = env.load()
BASE_DIR = env.BASE_DIR
VAR_DIR = CONFIG.var_dir

# -- who and where -------------------------------------------------------------------------------
SECRET_KEY = CONFIG.secret_key
SECRET_KEY_FALLBACKS = list(CONFIG.secret_key_fallbacks)
DEBUG = CONFIG.debug
SITE_URL = CONFIG.site_url
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)
INSTANCE_ID = CONFIG.instance_id
TRUSTED_PROXIES = CONFIG.trusted_proxies

INSTALLED_APPS = [
    "rsvp_site",
    "parties",
    "guests",
    "allauth",
    "allauth.account",
    "anymail",
    "crispy_forms",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "rsvp_site.proxy.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "rsvp_site.trouble.DatabaseTrouble",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "rsvp_site.urls"
WSGI_APPLICATION = "rsvp_site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = ("party",)
CRISPY_TEMPLATE_PACK = "party"
CRISPY_FAIL_SILENTLY = False

# -- database and cache --------------------------------------------------------------------------
SQLITE_OPTIONS: dict[str, Any] = {
    "timeout": 20,
    # without IMMEDIATE a transaction that reads first and writes later fails under contention
    "transaction_mode": "IMMEDIATE",
    # FULL: a saved answer survives a power cut
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
        "PRAGMA foreign_keys=ON;PRAGMA busy_timeout=20000;"
    ),
}
POSTGRES_OPTIONS: dict[str, Any] = {
    "connect_timeout": 5,
    # what every mail asks (guests.compiled) is planned once a connection; nothing else is
    "prepare_threshold": 2,
    # a server whose machine or network is gone is noticed within half a minute
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
    # pages have shorter limits of their own (rsvp_site.postgres)
    "options": (
        "-c statement_timeout=15s -c lock_timeout=5s "
        "-c idle_in_transaction_session_timeout=30s -c synchronous_commit=on"
    ),
}
_SQLITE = str(CONFIG.database["ENGINE"]).endswith("sqlite3")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **CONFIG.database,
        "ENGINE": "rsvp_site.sqlite3" if _SQLITE else "rsvp_site.postgres",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": not _SQLITE,
        "OPTIONS": {
            **(SQLITE_OPTIONS if _SQLITE else POSTGRES_OPTIONS),
            **CONFIG.database.get("OPTIONS", {}),
        },
    }
}
# Limits against abuse count in the cache, so it is the database's: every process counts the same,
# and nothing that happens to Redis resets them. A migration of rsvp_site makes the table.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rsvp_site_cache",
    }
}

# -- hosts sign in with a code by mail -----------------------------------------------------------
AUTH_USER_MODEL = "parties.Host"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "/parties/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "parties.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "parties.signing_in.SignInForm",
    "request_login_code": "parties.signing_in.CodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if CONFIG.https else "http"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# -- mail ----------------------------------------------------------------------------------------
EMBEDDED_MAILBOX = CONFIG.embedded_mailbox
EMAIL_BACKEND = "guests.mailbox.backend.MailboxBackend"
MAILBOX_DIR = VAR_DIR / "mailbox"
globals().update(CONFIG.email)  # EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT … of EMAIL_URL
EMAIL_TIMEOUT = CONFIG.smtp_seconds  # for each answer of the mail server
# a mail service by its API, and what signs its reports: all ANYMAIL_… variables, without that word
ANYMAIL = {"REQUESTS_TIMEOUT": CONFIG.smtp_seconds, **CONFIG.anymail}
# where bounces go when mail goes by SMTP: each mail gets an address of its own from it
RETURN_ADDRESS = CONFIG.return_address
DEFAULT_FROM_EMAIL = SERVER_EMAIL = CONFIG.default_from_email
MAIL_DOMAIN = parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]  # of our Message-IDs
LEASE_SECONDS = CONFIG.lease_seconds
# the minute of which the pauses before another try are multiples
RETRY_SECONDS = CONFIG.retry_seconds
# without a tick for so long somebody has to look
STALE_SECONDS = CONFIG.stale_seconds
# how long nothing is sent after the clock has jumped
CLOCK_PAUSE_SECONDS = CONFIG.clock_pause_seconds
# tests switch this off where they travel in time
WATCH_CLOCK = True
MAIL_CONNECTIONS = CONFIG.mail_connections
# who hears of alarms, apart from the log; '' for nobody
OPERATOR_EMAIL = CONFIG.operator_email

# -- the worker: messages carry nothing, and losing them loses nothing ---------------------------
TICK_SECONDS = CONFIG.tick_seconds
# A late tick does no harm, so a call for one lives long: the clocks of two machines may differ.
CALL_SECONDS = max(300.0, TICK_SECONDS)
CELERY_BROKER_URL = CONFIG.broker_url
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = 1
# the order that must hold: soft < hard < visibility timeout < lease
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 270
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # KiB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 1
# A Redis that hangs may hold whoever calls for two seconds, not for ever; a page does not wait for
# it at all (rsvp_site.doorbell). The socket timeout must stay above the one second that a worker
# waits for its next message.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "retry_on_timeout": False,
    # whoever publishes tries a dead Redis twice and at once, and then goes on without it
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_BEAT_SCHEDULER = "rsvp_site.beat:SteadyScheduler"  # in memory: no file to corrupt
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "guests.tasks.tick",
        "schedule": TICK_SECONDS,
        "options": {"expires": CALL_SECONDS},
    }
}

# -- language and time: pages speak, but the truth is UTC ----------------------------------------
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

# -- static files: hashed names, compressed once -------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# -- security ------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # the address of a family's page is its key
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = CONFIG.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if CONFIG.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CONFIG.https
SECURE_HSTS_PRELOAD = CONFIG.https
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = CONFIG.https
# the prefix makes browsers refuse the cookie from anyone but this host, over https
_PREFIX = "__Host-" if CONFIG.https else ""
SESSION_COOKIE_NAME = f"{_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{_PREFIX}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "rsvp_site.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30  # seconds; a party is planned over weeks
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# a pasted list of a whole school fits; anything much larger is no list of guests
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# 500 homes on one page to check, each with 13 fields: children, line, three contacts, two choices
DATA_UPLOAD_MAX_NUMBER_FIELDS = 8_000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],  # the mailbox frames a mail
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# -- logs: one JSON line an event, no token, name or address -------------------------------------
LOGGING = logs.logging_config()
LOGGING_CONFIG = "logging.config.dictConfig"
