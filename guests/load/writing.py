"""The rows of some parties, every one where it belongs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection

from guests.load import shapes
from guests.load.tables import Table, Value, plain
from guests.models import (
    Address,
    Channel,
    Contact,
    Guest,
    Invitation,
    OutgoingEmail,
    Response,
    ResponseGuest,
    State,
)
from parties.models import Host, Party, Rule
from parties.schedule import DEFAULT_RULES, FIRST
from parties.words import Answer, Kind

_DOMAIN = "example.org"


@dataclass(slots=True)
class HomeToBe:
    """What it says, which of all homes it is, and the numbers of its rows."""

    answer: Answer
    number: int
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class PartyToBe:
    """A party with its homes, and the numbers of its rows."""

    number: int
    shape: shapes.Shape
    homes: list[HomeToBe]
    numbers: dict[str, int] = field(default_factory=dict)


class Filling:
    """The rows of some parties. The order of the tables is that of their references."""

    def __init__(self, run: str, now: datetime, parties: list[PartyToBe]) -> None:
        self._run, self._now, self._parties = run, now, parties
        self._homes = [(party, home) for party in parties for home in party.homes]
        self._answered = [
            (party, home) for party, home in self._homes if home.answer is not Answer.SILENT
        ]

    def write(self) -> None:
        self._write_parties()
        self._write_homes()
        self._write_answers()
        self._write_mails()

    def _write_parties(self) -> None:
        hosts = Table(
            Host, ("id", "email"), name="Rosa", password=_no_password(), date_joined=self._now
        )
        parties = Table(
            Party,
            (
                *("id", "host_id", "slug", "day", "starts_at", "ends_at", "reply_by", "timezone"),
                *("alarm", "alarm_since", "alarm_ups", "next_look_at"),
            ),
            child_name="Jamie",
            turns=7,
            host_name="Rosa",
            host_is="Jamie’s mum",
            starts=shapes.STARTS,
            ends=shapes.ENDS,
            place="Victoria Park",
            where_exactly="the blue shelter behind the playground",
            created_at=self._now,
        )
        _number(self._parties, "host", hosts)
        _number(self._parties, "party", parties)
        hosts.write((one.numbers["host"], self._host_email(one)) for one in self._parties)
        verified = Table(EmailAddress, ("id", "user_id", "email"), verified=True, primary=True)
        _number(self._parties, "verified", verified)
        verified.write(
            (one.numbers["verified"], one.numbers["host"], self._host_email(one))
            for one in self._parties
        )
        parties.write(
            (
                one.numbers["party"],
                one.numbers["host"],
                f"{self._run}-{one.number}",
                plain(one.shape.day),
                plain(one.shape.starts_at),
                plain(one.shape.ends_at),
                plain(one.shape.reply_by),
                one.shape.zone,
                *self._alarm(one),
            )
            for one in self._parties
        )
        for rule in DEFAULT_RULES:
            rules = Table(
                Rule,
                ("id", "party_id"),
                kind=rule.kind.value,
                anchor=rule.anchor.value,
                days=rule.days,
                at=rule.at,
                min_notice=rule.min_notice,
                max_notice=rule.max_notice,
            )
            numbers = rules.reserve(len(self._parties))
            rules.write(
                (number, one.numbers["party"])
                for number, one in zip(numbers, self._parties, strict=True)
            )

    def _alarm(self, party: PartyToBe) -> tuple[Value, ...]:
        coming = sum(home.answer is Answer.ACCEPTED for home in party.homes)
        told, look_at = shapes.alarm(party.shape, len(party.homes), coming, self._now)
        return told.value, plain(self._now) if told else None, int(bool(told)), plain(look_at)

    def _host_email(self, party: PartyToBe) -> str:
        return f"host.{self._run}.{party.number}@{_DOMAIN}"

    def _write_homes(self) -> None:
        homes = [home for _party, home in self._homes]
        tables = {
            "invitation": Table(
                Invitation,
                (
                    *("id", "party_id", "invited_at", "reply_by_at", "answer", "answered_at"),
                    *("answered_revision", "next_mail_at"),
                ),
                created_at=self._now,
            ),
            "guest": Table(Guest, ("id", "invitation_id", "answer"), name="Mia"),
            "address": Table(Address, ("id", "email"), created_at=self._now),
            "contact": Table(
                Contact,
                ("id", "invitation_id", "address_id", "email_as_typed", "newest_id", "created_at"),
                name="Anna",
            ),
        }
        for name, table in tables.items():
            _number(homes, name, table)
        # Contact and response name each other; the database looks when the transaction ends.
        _number([home for _party, home in self._answered], "response", Table(Response, ("id",)))
        tables["invitation"].write(self._invitation(party, home) for party, home in self._homes)
        tables["guest"].write(
            (home.numbers["guest"], home.numbers["invitation"], home.answer.value) for home in homes
        )
        tables["address"].write((home.numbers["address"], self._email(home)) for home in homes)
        tables["contact"].write(
            (
                home.numbers["contact"],
                home.numbers["invitation"],
                home.numbers["address"],
                self._email(home),
                home.numbers.get("response"),
                plain(party.shape.invited_at),
            )
            for party, home in self._homes
        )

    def _invitation(self, party: PartyToBe, home: HomeToBe) -> tuple[Value, ...]:
        answered = home.answer is not Answer.SILENT
        return (
            home.numbers["invitation"],
            party.numbers["party"],
            plain(party.shape.invited_at),
            plain(party.shape.reply_by_at),
            home.answer.value,
            plain(party.shape.answered_at()) if answered else None,
            1 if answered else None,
            plain(shapes.next_mail_at(party.shape, home.answer)),
        )

    def _email(self, home: HomeToBe) -> str:
        return f"parent.{self._run}.{home.number}@{_DOMAIN}"

    def _write_answers(self) -> None:
        responses = Table(
            Response,
            ("id", "invitation_id", "contact_id", "submission_id", "digest", "created_at"),
            channel=Channel.MAIL.value,
            revision=1,
        )
        answers = Table(ResponseGuest, ("id", "response_id", "guest_id", "answer"))
        responses.write(
            (
                home.numbers["response"],
                home.numbers["invitation"],
                home.numbers["contact"],
                # made of its run and number: no two are the same
                _uuid(self._run, home.number),
                hashlib.sha256(home.answer.value.encode()).hexdigest(),
                plain(party.shape.answered_at()),
            )
            for party, home in self._answered
        )
        numbers = answers.reserve(len(self._answered))
        answers.write(
            (number, home.numbers["response"], home.numbers["guest"], home.answer.value)
            for number, (_party, home) in zip(numbers, self._answered, strict=True)
        )

    def _write_mails(self) -> None:
        for kind, count, rows in (
            (Kind.INVITATION, len(self._homes), self._invited()),
            (Kind.CONFIRMATION, len(self._answered), self._confirmed()),
            (Kind.NEWS, sum(1 for _ in self._told()), self._told()),
        ):
            table = Table(OutgoingEmail, _MAIL, kind=kind.value, **_SENT)
            numbers = table.reserve(count)
            table.write(
                (number, self._message_id(number), *row)
                for number, row in zip(numbers, rows, strict=True)
            )

    def _invited(self) -> Iterator[tuple[Value, ...]]:
        for party, home in self._homes:
            at, expires = plain(party.shape.invited_at), plain(party.shape.starts_at)
            yield self._to_home(party, home, FIRST, at, expires)

    def _confirmed(self) -> Iterator[tuple[Value, ...]]:
        for party, home in self._answered:
            at, expires = plain(party.shape.confirmed_at()), plain(party.shape.ends_at)
            yield self._to_home(party, home, str(home.numbers["response"]), at, expires)

    def _to_home(
        self, party: PartyToBe, home: HomeToBe, occasion: str, at: Value, expires: Value
    ) -> tuple[Value, ...]:
        to = home.numbers
        who = (to["contact"], None, f"c:{to['contact']}", to["invitation"], to["address"])
        return (*who, party.numbers["party"], occasion, expires, at, at, at, at, at)

    def _told(self) -> Iterator[tuple[Value, ...]]:
        """The hosts heard of the newest answer, and so of all."""
        for party in self._parties:
            heard = [one.numbers["response"] for one in party.homes if "response" in one.numbers]
            if heard:
                host = party.numbers["host"]
                at = plain(party.shape.confirmed_at())
                expires = plain(party.shape.ends_at + timedelta(days=1))
                who = (None, host, f"h:{host}", None, None)
                yield (*who, party.numbers["party"], str(max(heard)), expires, at, at, at, at, at)

    def _message_id(self, number: int) -> str:
        return f"<{self._run}{number:024x}@{settings.MAIL_DOMAIN}>"


_MAIL = (
    *("id", "message_id", "contact_id", "host_id", "recipient_key", "invitation_id"),
    *("address_id", "party_id", "occasion", "expires_at"),
    *("not_before", "composed_at", "handed_at", "sent_at", "created_at"),
)
_SENT: dict[str, Any] = {"state": State.SENT, "revision": 1, "attempts": 1, "smtp_code": 250}


def _number(owners: Sequence[HomeToBe | PartyToBe], name: str, table: Table) -> None:
    for owner, number in zip(owners, table.reserve(len(owners)), strict=True):
        owner.numbers[name] = number


def _uuid(run: str, number: int) -> str:
    made = f"{run}{number:024x}"
    if connection.vendor == "sqlite":
        return made
    return f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}"


def _no_password() -> str:
    return make_password(None)
