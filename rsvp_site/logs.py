"""Logs: one JSON line an event, and nothing in it that opens a door or names a person.

A leaf: it knows no app. Whoever logs gives identifiers, never names; what slips through in paths,
messages and tracebacks is masked here.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from rsvp_site.seldom import Seldom

#: (what, by what): capabilities in paths and queries, passwords in addresses of services,
#: email addresses, and the rows that PostgreSQL quotes in its errors.
MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(/(?:i|stop|calendar|forget|stranger|p)/)[^\s\"'/?#<>]+"), r"\1***"),
    (re.compile(r"(/accounts/(?:confirm-email|password/reset/key)/)[^\s\"'/?#<>]+"), r"\1***"),
    (re.compile(r"([?&](?:token|code|key|secret|email)=)[^\s\"'&#<>]+", re.I), r"\1***"),
    (re.compile(r"(://[^\s:/@]*:)[^\s@/]+@"), r"\1***@"),
    (
        re.compile(r"[^\s@<>()\[\]{},;:\"'=]+@[^\s@<>()\[\]{},;:\"'=]+\.[^\s@<>()\[\]{},;:\"'=]+"),
        "***@***",
    ),
    (re.compile(r"(DETAIL:\s+)[^\n]*"), r"\1***"),
)

#: Loggers that complain of the same thing again and again while it lasts.
NAGGING = ("celery.beat", "celery.worker.consumer.consumer")


class NotSaidAlready(logging.Filter):
    """Drops Django's line about each 503: whoever answers with one has said why."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", 0) != 503


class OnceAMinute(logging.Filter):
    """Lets each complaint through once a minute; what is no complaint passes.

    Celery's beat complains of a broker that is away at every tick, with a whole stack.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._seldom = Seldom()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        return self._seldom.times((record.name, record.msg)) > 0


def mask(text: str) -> str:
    """``text`` without tokens, passwords and email addresses."""
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def mask_event(_logger: WrappedLogger | None, _name: str, event: EventDict) -> EventDict:
    """Masks every text of an event, however deep it lies."""
    return {key: _masked(value) for key, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): _masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return mask(str(value))


def _before() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def logging_config(level: str = "INFO") -> dict[str, Any]:
    """The LOGGING of Django's settings; makes structlog write through the same lines."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_before(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _before(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    mask_event,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "filters": {
            "not_said_already": {"()": NotSaidAlready},
            "once_a_minute": {"()": OnceAMinute},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # no copy of the request goes to anybody by mail
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"filters": ["not_said_already"]},
            **{name: {"filters": ["once_a_minute"]} for name in NAGGING},
        },
    }
