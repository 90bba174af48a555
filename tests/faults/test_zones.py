"""Hours that come twice or never, and governments: through plan, outbox and mail server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection

from guests.models import Invitation, OutgoingEmail
from guests.operators import zones
from parties.models import Party
from parties.schedule import Anchor, resolve
from parties.words import Kind
from tests.factories import make_invitation, make_party
from tests.faults.households import note_invitations
from tests.faults.rig import Rig
from tests.faults.table import Seen, fault
from tests.smtp_manners import Mail
from tests.zones import clocks_of

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def lived(now: datetime) -> None:
    """A whole tick of the timer, at that moment; it keeps nothing for the next one."""
    connection.close()
    with time_machine.travel(now, tick=False):
        call_command("tick", "--drain", verbosity=0, stdout=sys.stderr)


def home_reminded_on(rig: Rig, zone: str, day: date, clock: time, email: str) -> Invitation:
    """A silent home whose one reminder is meant for that day and hour on the wall."""
    party = make_party(day=day + 5 * DAY, reply_by=day, timezone=zone)
    party.rules.all().delete()
    party.rules.create(
        kind=Kind.REMINDER.value, anchor=Anchor.BEFORE_REPLY_BY.value, days=0, at=clock
    )
    invited_at = resolve(day - 20 * DAY, time(12), zone)
    home = make_invitation(
        party, emails=(email,), invited_at=invited_at, reached=True, next_mail_at=invited_at
    )
    note_invitations(rig, [home])
    return home


def audited(rig: Rig, now: datetime) -> None:
    """The audit, at the moment to which the rig has lived."""
    with time_machine.travel(now, tick=False):
        rig.audit()


def to_families(rig: Rig) -> list[Mail]:
    """What arrived, but for the alarms of hosts: nobody says yes here."""
    return [mail for mail in rig.smtp.mails if mail.to.endswith("@example.com")]


def arrivals(rig: Rig, moments: Sequence[datetime]) -> list[datetime]:
    """After which of these ticks a mail had arrived; for one that sent two, twice."""
    found = []
    for moment in moments:
        before = len(to_families(rig))
        lived(moment)
        found += [moment] * (len(to_families(rig)) - before)
    return found


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    return [start + number * step for number in range((end - start) // step + 1)]


@fault(
    "F38",
    "rule 02:30 in New York on 2027-03-14, an hour that does not exist",
    expected="resolved to 07:30 UTC; goes once, when the night is over (12:00 UTC)",
)
def test_an_hour_that_does_not_exist_is_reminded_once(rig: Rig, seen: Seen) -> None:
    zone, day = "America/New_York", date(2027, 3, 14)
    assert resolve(day, time(2, 30), zone) == utc("2027-03-14 07:30")
    home_reminded_on(rig, zone, day, time(2, 30), "anna@example.com")
    home_reminded_on(rig, zone, day, time(9), "ben@example.com")
    found = arrivals(rig, every(30 * MINUTE, utc("2027-03-14 04:00"), utc("2027-03-15 04:00")))
    seen(", ".join(f"{moment:%H:%M} UTC" for moment in found))
    assert found == [utc("2027-03-14 12:00"), utc("2027-03-14 13:00")]
    assert [mail.to for mail in to_families(rig)] == ["anna@example.com", "ben@example.com"]


@fault(
    "F39",
    "rule 01:30 on 2027-11-07, an hour that comes twice; restarts between",
    expected="resolved to 05:30 UTC, the first; goes once, when the night is over (13:00 UTC)",
)
def test_an_hour_that_comes_twice_is_reminded_once(rig: Rig, seen: Seen) -> None:
    zone, day = "America/New_York", date(2027, 11, 7)
    assert resolve(day, time(1, 30), zone) == utc("2027-11-07 05:30")
    home_reminded_on(rig, zone, day, time(1, 30), "anna@example.com")
    home_reminded_on(rig, zone, day, time(9), "ben@example.com")
    found = arrivals(rig, every(10 * MINUTE, utc("2027-11-07 05:20"), utc("2027-11-07 06:40")))
    found += arrivals(rig, every(30 * MINUTE, utc("2027-11-07 07:00"), utc("2027-11-08 04:30")))
    seen(", ".join(f"{moment:%H:%M} UTC" for moment in found))
    assert found == [utc("2027-11-07 13:00"), utc("2027-11-07 14:00")]
    assert [mail.to for mail in to_families(rig)] == ["anna@example.com", "ben@example.com"]


@dataclass(frozen=True, slots=True)
class Row:
    """A local day and hour, and the instant that it is, by hand."""

    zone: str
    day: str
    clock: str
    due: str
    why: str


# By hand, from the rules: Lord Howe is +11 until 4 April 2 am and then +10:30, and back on
# 3 October; Kathmandu +5:45; Apia +13 the whole year; Havana -4, from 7 November 1 am -5, and in
# 2028 -4 again from the midnight of 12 March; Dublin +1 from 28 March to 31 October, then 0.
TABLE = (
    Row("Australia/Lord_Howe", "2027-04-03", "09:00", "2027-04-02 22:00", "summer"),
    Row("Australia/Lord_Howe", "2027-04-04", "09:00", "2027-04-03 22:30", "half an hour back"),
    Row("Australia/Lord_Howe", "2027-10-03", "02:15", "2027-10-02 21:00", "in the gap, then 8 am"),
    Row("Australia/Lord_Howe", "2027-10-03", "09:00", "2027-10-02 22:00", "half an hour on"),
    Row("Asia/Kathmandu", "2027-06-05", "09:00", "2027-06-05 03:15", "quarters"),
    Row("Pacific/Apia", "2027-06-05", "09:00", "2027-06-04 20:00", "the day before, in UTC"),
    Row("America/Havana", "2027-11-06", "09:00", "2027-11-06 13:00", "the last day of summer"),
    Row("America/Havana", "2027-11-07", "00:30", "2027-11-07 13:00", "twice, then 8 am"),
    Row("America/Havana", "2027-11-07", "09:00", "2027-11-07 14:00", "midnight came twice"),
    Row("America/Havana", "2028-03-12", "00:00", "2028-03-12 12:00", "no midnight, then 8 am"),
    Row("America/Havana", "2028-03-12", "09:00", "2028-03-12 13:00", "no midnight"),
    Row("Europe/Dublin", "2027-03-27", "09:00", "2027-03-27 09:00", "winter is the exception"),
    Row("Europe/Dublin", "2027-03-28", "09:00", "2027-03-28 08:00", "summer is the rule"),
    Row("Europe/Dublin", "2027-10-31", "09:00", "2027-10-31 09:00", "an hour back"),
)


@fault(
    "F40",
    "Lord Howe, Kathmandu, Apia, Havana, Dublin over their changes of the clock",
    expected="each mail at the instant of a table made by hand, not a second before",
)
def test_each_zone_reminds_at_the_instant_of_the_table(rig: Rig, seen: Seen) -> None:
    for number, row in enumerate(TABLE):
        home_reminded_on(
            rig,
            row.zone,
            date.fromisoformat(row.day),
            time.fromisoformat(row.clock),
            f"home{number}@example.com",
        )
    found: dict[int, list[datetime]] = {number: [] for number in range(len(TABLE))}
    moments = sorted({utc(row.due) for row in TABLE})
    for moment in moments:
        for tick in (moment - SECOND, moment, moment + MINUTE):
            before = len(to_families(rig))
            lived(tick)
            for mail in to_families(rig)[before:]:
                found[int(mail.to.removeprefix("home").partition("@")[0])].append(tick)
    lived(moments[-1] + DAY)
    assert len(to_families(rig)) == len(TABLE)
    right = sum(found[number] == [utc(row.due)] for number, row in enumerate(TABLE))
    seen(f"{right} of {len(TABLE)} at the very second, {len(to_families(rig))} mails")
    assert found == {number: [utc(row.due)] for number, row in enumerate(TABLE)}
    audited(rig, moments[-1] + DAY)


@fault(
    "F41",
    "an update of the time zone rules moves a zone by an hour",
    expected="what is due moves with it and goes once then; what went stays as it was",
)
def test_new_rules_of_a_zone_move_what_is_due(
    rig: Rig, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone, day = "Europe/London", date(2027, 6, 7)
    gone = home_reminded_on(rig, zone, day - 10 * DAY, time(9), "gone@example.com")
    home = home_reminded_on(rig, zone, day, time(9), "anna@example.com")
    lived(utc("2027-05-28 08:00"))
    assert [mail.to for mail in to_families(rig)] == ["gone@example.com"]
    before = (
        [utc("2027-06-07 08:00")],
        list(OutgoingEmail.objects.filter(host=None).order_by("pk").values()),
    )
    assert [Invitation.objects.get(pk=home.pk).next_mail_at] == before[0]
    starts = Party.objects.get(pk=home.party_id).starts_at
    with clocks_of(zone, like="Europe/Berlin", folder=rig.folder / "rules"):
        monkeypatch.setattr(zones, "known_rules", lambda: "9999z")
        lived(utc("2027-06-01 12:00"))
        assert Invitation.objects.get(pk=home.pk).next_mail_at == utc("2027-06-07 07:00")
        assert Party.objects.get(pk=home.party_id).starts_at == starts - HOUR
        assert list(OutgoingEmail.objects.filter(host=None).order_by("pk").values()) == before[1]
        found = arrivals(rig, every(30 * MINUTE, utc("2027-06-07 06:00"), utc("2027-06-07 12:00")))
        seen(f"due 08:00, then {', '.join(f'{moment:%H:%M}' for moment in found)} UTC; 1 as it was")
        assert found == [utc("2027-06-07 07:00")]
        assert gone.contacts.get().mails.filter(kind=Kind.REMINDER).count() == 1
        audited(rig, utc("2027-06-07 12:00"))
