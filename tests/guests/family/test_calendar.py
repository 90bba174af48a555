"""The calendar file: one event that follows the party, and nothing that opens a door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from guests.links import calendar_path
from guests.models import Contact, Invitation
from parties.models import Party
from parties.services import cancel_party, revise_party
from parties.words import Answer
from tests.factories import NOW, make_invitation, make_party, make_response


def event_of(phone: Client, row: Contact | Invitation) -> Any:
    (event,) = Calendar.from_ical(phone.get(calendar_path(row)).content).walk("VEVENT")
    return event


def test_the_file_puts_the_party_into_a_calendar(parent: Contact, phone: Client) -> None:
    response = phone.get(calendar_path(parent))
    event = event_of(phone, parent)

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="jamie.ics"'
    assert event["SUMMARY"] == "Jamie turns 7"
    assert event["LOCATION"] == "Victoria Park, the blue shelter behind the playground"
    assert event["DTSTART"].dt == datetime(2027, 6, 12, 13, 0, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2027, 6, 12, 15, 30, tzinfo=UTC)
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 1)
    assert "METHOD:PUBLISH" in response.content.decode()


def test_all_links_of_one_home_name_the_same_event(parent: Contact, phone: Client) -> None:
    other = make_invitation(parent.invitation.party)

    uid = event_of(phone, parent)["UID"]

    assert event_of(phone, parent.invitation)["UID"] == uid
    assert event_of(phone, other)["UID"] != uid


def test_a_move_keeps_the_event_and_raises_its_sequence(parent: Contact, phone: Client) -> None:
    before = event_of(phone, parent)
    party = Party.objects.get()
    party.day += timedelta(days=7)
    revise_party(party=party, changed={"day"}, now=NOW)

    after = event_of(phone, parent)

    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], 2)
    assert after["DTSTART"].dt == before["DTSTART"].dt + timedelta(days=7)


def test_a_cancelled_party_is_cancelled_in_the_calendar_too(parent: Contact, phone: Client) -> None:
    cancel_party(party=Party.objects.get(), note="", now=NOW)

    event = event_of(phone, parent)

    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 2)
    assert event["SUMMARY"] == "Off: Jamie turns 7"


def test_the_file_holds_no_link_no_address_and_no_other_family(
    parent: Contact, phone: Client
) -> None:
    make_response(parent.invitation, Answer.ACCEPTED, message="SECRET", allergies="NUTS")

    text = phone.get(calendar_path(parent)).content.decode()

    for unwanted in ("http", "/i/", "@example", "SECRET", "NUTS", "ATTENDEE", "ORGANIZER", "Nia"):
        assert unwanted not in text


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a\r\nATTENDEE:mailto:x@example.com", id="line break"),
        pytest.param("a\rATTENDEE:mailto:x@example.com", id="lone carriage return"),
        pytest.param("a\nATTENDEE:mailto:x@example.com", id="lone line feed"),
        pytest.param("a\u2028ATTENDEE:mailto:x@example.com", id="line separator"),
        pytest.param("a\x85ATTENDEE:mailto:x@example.com", id="next line"),
        pytest.param('a;b,c\\d"e:f', id="signs with a meaning"),
        pytest.param("🎂" * 50, id="emoji"),
        pytest.param("\x01\x07", id="control characters"),
    ],
)
def test_no_name_breaks_out_of_its_line(name: str, phone: Client, db: None) -> None:
    party = make_party(child_name=name, place=name * 3, where_exactly=name)
    invitation = make_invitation(party)

    body = phone.get(calendar_path(invitation)).content

    lines = body.split(b"\r\n")
    assert b"\r" not in b"".join(lines)
    assert b"\n" not in b"".join(lines)
    assert all(len(line) <= 75 for line in lines)
    assert all(line.decode() is not None for line in lines)  # no character is cut in two
    event = event_of(phone, invitation)
    assert "ATTENDEE" not in event
    if "\\d" in name or "🎂" in name:
        assert event["SUMMARY"] == f"{name} turns 6"


def test_a_name_without_latin_letters_still_makes_a_file(phone: Client, db: None) -> None:
    invitation = make_invitation(make_party(child_name="Юля"))

    disposition = phone.get(calendar_path(invitation))["Content-Disposition"]

    assert disposition == 'attachment; filename="party.ics"'


@pytest.mark.parametrize("path", ["/calendar/c9.wrong.ics", "/calendar/c.ics", "/calendar/%00.ics"])
def test_a_wrong_link_gives_no_file(path: str, phone: Client, db: None) -> None:
    assert phone.get(path).status_code == 404
