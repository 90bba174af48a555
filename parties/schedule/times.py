"""Local days and hours resolved to UTC, the window, the 20 hours, and reply-by.

A zone is an IANA name; an unknown one raises `zoneinfo.ZoneInfoNotFoundError` or `ValueError`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SPACING = timedelta(hours=20)
"""Two reminders or follow-ups to one address, over all parties, are at least this far apart.
Less than a day, so that a mail each morning stays possible."""

MAX_REMINDERS = 3
"""Reminders that one address may get for one party."""

WINDOW_OPENS = time(8)
"""From this local time on (inclusive) the plan may write."""

WINDOW_CLOSES = time(20)
"""From this local time on (inclusive) it may not."""

HOSTS_UNTIL = time(21)
"""From this local time on (inclusive) no alarm and no bad news is written to a host, till 08:00."""

EVENING_BEFORE = time(19, 30)
"""Where a mail due at night goes if the next morning is too late for it."""

CONFIRM_AFTER = timedelta(minutes=10)
"""A confirmation waits this long: parents often correct themselves at once."""

LATE_INVITE = timedelta(hours=48)
"""Every household has at least this long to answer, as far as the party allows."""

LAST_DAYS = timedelta(hours=48)
"""So close to the party, its hosts hear at once when a yes is withdrawn."""

BEFORE_START = timedelta(hours=6)
"""No reply-by is later than this long before the party: the host must still be able to act."""

REPLY_BY_CLOCK = time(23, 59)
"""A reply-by that is a date ends at this local time."""


def resolve(day: date, clock: time, zone: str) -> datetime:
    """The UTC instant of a local wall-clock time.

    A time in a gap moves forward by the gap; of a time that comes twice the first one counts.
    """
    local = datetime.combine(day, clock.replace(fold=0), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def local_day(moment: datetime, zone: str) -> date:
    """The date on the wall at that instant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def in_window(moment: datetime, zone: str) -> bool:
    """Whether the plan may write then: 08:00 up to, not including, 20:00 local."""
    return WINDOW_OPENS <= moment.astimezone(ZoneInfo(zone)).time() < WINDOW_CLOSES


def window(moment: datetime, zone: str) -> datetime:
    """The moment itself if it is in the window, else the next 08:00 local. UTC."""
    return _by_day(moment, zone, WINDOW_CLOSES)


def host_window(moment: datetime, zone: str) -> datetime:
    """The moment itself if a host may be written to then, else the next 08:00 local. UTC."""
    return _by_day(moment, zone, HOSTS_UNTIL)


def _by_day(moment: datetime, zone: str, until: time) -> datetime:
    local = moment.astimezone(ZoneInfo(zone))
    if local.time() < WINDOW_OPENS:
        return resolve(local.date(), WINDOW_OPENS, zone)
    if local.time() < until:
        return moment.astimezone(UTC)
    return resolve(local.date() + timedelta(days=1), WINDOW_OPENS, zone)


def into_window(
    moment: datetime, *, zone: str, after: datetime | None, before: datetime
) -> datetime | None:
    """A rule's moment moved out of the night: to the next 08:00 if that is still `before`,
    else back to the evening before if that is still `after`; None if neither will do.
    """
    forward = window(moment, zone)
    if forward < before:
        return forward
    if in_window(moment, zone):
        return None
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() - timedelta(days=1 if local.time() < WINDOW_OPENS else 0)
    back = resolve(day, EVENING_BEFORE, zone)
    return back if back < before and (after is None or back > after) else None


def permitted(
    moment: datetime,
    *,
    zone: str,
    last_plan_mail_at: datetime | None,
    expires_at: datetime,
) -> datetime | None:
    """The first instant from `moment` on when a reminder or follow-up may go to an address:
    in the window, 20 hours after its last mail of a plan, and before it expires. None: never.
    """
    if last_plan_mail_at is not None:
        moment = max(moment, last_plan_mail_at + SPACING)
    moment = window(moment, zone)
    return moment if moment < expires_at else None


def invitation_reply_by(
    *, party_reply_by: date, zone: str, invited_at: datetime, starts_at: datetime
) -> datetime:
    """An invitation's own reply-by in UTC: the end of the party's date, or 48 hours after
    inviting where that is later, never later than 6 hours before the start.

    So it can lie before `invited_at`, for an invitation in the party's last hours.
    """
    of_party = resolve(party_reply_by, REPLY_BY_CLOCK, zone)
    return min(max(of_party, invited_at + LATE_INVITE), starts_at - BEFORE_START).astimezone(UTC)


def notice_days(invited_at: datetime, reply_by_at: datetime) -> int:
    """Full days of 24 hours from inviting to reply-by; 0 if there is none."""
    return max(0, (reply_by_at - invited_at) // timedelta(days=1))
