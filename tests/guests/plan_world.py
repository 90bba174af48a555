"""The simulated world of `tests.parties` once more, with the real planner, judge and database."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.core.mail import EmailMultiAlternatives

from guests.bouncing import mark_bounced
from guests.inviting import (
    NewContact,
    NewHousehold,
    PartyClosed,
    add_contact,
    add_households,
    correct_contact,
    invite,
    withdraw,
)
from guests.models import Contact, Invitation, OutgoingEmail, State
from guests.outbox.drain import drain
from guests.outbox.outcome import Outcome, Phase, Result
from guests.outbox.parcel import Commit, Parcel
from guests.outbox.recover import AGAIN_AFTER, recover
from guests.planner import plan
from guests.reminding import remind_now
from guests.replanning import TooManyRules, add_rule, change_rule, drop_rule, switch_rule
from guests.stopping import start_again, stop_party
from parties.models import Party, Rule
from parties.planning import ANCHORS, DAYS, When
from parties.schedule import WINDOW_OPENS, resolve
from parties.services import cancel_party, revise_party
from parties.words import PLAN_KINDS, Anchor, Answer, Kind
from tests.factories import make_host, make_party, make_response
from tests.parties.world import TICK
from tests.parties.world_acts import DAY, PLANNED, Act
from tests.parties.world_script import Script
from tests.parties.world_things import Fate, Handed

EMAILS = ("anna@example.com", "ben@example.com", "eve@example.com")
LATEST = time(20)
# An unclear mail that goes again does so after this long.
AGAIN = timedelta(minutes=AGAIN_AFTER)
MEANING = {
    Fate.TAKEN: Outcome(Result.SENT, Phase.DOT, 250),
    Fate.UNCLEAR: Outcome(Result.UNCLEAR, Phase.DOT),
    Fate.LATER: Outcome(Result.NOT_NOW, Phase.RCPT, 451, "4.7.1"),
    Fate.REFUSED: Outcome(Result.REFUSED, Phase.RCPT, 550, "5.2.2"),
    Fate.DEAD: Outcome(Result.REFUSED, Phase.RCPT, 550, "5.1.1"),
}
REACHED = (Fate.TAKEN, Fate.UNCLEAR)


class DatabaseWorld:
    """`now` moves forward only. Parties begin at 20:00 at the latest: they end on their day."""

    def __init__(self, script: Script) -> None:
        self.handed: list[Handed] = []
        self.parties: list[int] = []
        self._acts = 0
        for zone, day, starts, _hours, before in script.parties:
            party = make_party(
                make_host(),
                timezone=zone,
                day=day,
                starts=min(starts, LATEST),
                ends=time(23),
                reply_by=day - before * DAY,
            )
            self.parties.append(party.pk)
        self.now = self.party(0).starts_at - script.before
        for number in range(len(self.parties)):
            self.invite(self.party(number), EMAILS[:2])

    def party(self, pick: int) -> Party:
        return Party.objects.get(pk=self.parties[pick % len(self.parties)])

    # -- time ------------------------------------------------------------------------------------
    def moments(self) -> list[datetime]:
        """When somebody has something to do; what is overdue is done at the next tick."""
        noted = Invitation.objects.values_list("next_mail_at", flat=True)
        queued = OutgoingEmail.objects.filter(state=State.QUEUED)
        again = OutgoingEmail.objects.filter(state=State.UNCERTAIN, reason="")
        found = [*noted, *queued.values_list("not_before", flat=True)]
        found += [at + AGAIN for at in again.values_list("handed_at", flat=True) if at]
        return sorted(max(moment, self.now + TICK) for moment in found if moment is not None)

    def wake(self, fates: Iterator[Fate]) -> None:
        plan(self.now)
        recover(self.now)
        drain(
            lambda: self.now,
            connections=1,
            compose=_short,
            transport=lambda: Server(self, fates),
        )

    def took(self, recipient: str) -> None:
        """The mail server has, or may have, the mail that is being handed over."""
        mail = OutgoingEmail.objects.select_related("party", "invitation").get(
            state=State.HANDING, address__email=recipient
        )
        assert mail.invitation is not None
        assert mail.invitation.reply_by_at is not None
        if mail.kind in PLAN_KINDS and mail.occasion.isdigit():
            lines = Rule.objects.in_force().filter(party=mail.party, kind=mail.kind)
            assert mail.kind == Kind.STILL_ON or mail.rule in lines
            assert lines
        party, reply_by = mail.party, mail.invitation.reply_by_at
        facts = (self.now, party.timezone, party.starts_at, reply_by)
        self.handed.append(Handed(Kind(mail.kind), recipient, party.pk, *facts))

    # -- what people do --------------------------------------------------------------------------
    def perform(self, act: Act) -> None:
        self._acts += 1
        party = self.party(act.pick)
        on_list = Invitation.objects.filter(party=party).standing()
        contacts = Contact.objects.current().filter(invitation__in=on_list).order_by("pk")
        over = party.is_cancelled or party.has_started(self.now)
        if contacts:
            self._somebody(act, contacts[(act.pick // 2) % len(contacts)], over=over)
        if not over:
            self._host(act, party)

    def invite(self, party: Party, emails: tuple[str, ...]) -> None:
        contacts = tuple(NewContact("Anna", email) for email in emails)
        household = NewHousehold((f"Child{self._acts}",), contacts)
        add_households(party=party, households=[household], now=self.now)
        try:
            invite(party=party, now=self.now)
        except PartyClosed:
            return

    def _somebody(self, act: Act, contact: Contact, *, over: bool) -> None:
        email = EMAILS[act.number % 3]
        home = contact.invitation
        match act.name:
            case "answer" if not over and act.answer != Answer.SILENT:
                know_by = self.now.date() + act.number * DAY if act.number % 2 else None
                make_response(home, act.answer, contact=contact, now=self.now, know_by=know_by)
            case "stop":
                stopping = stop_party if act.number % 3 else start_again
                stopping(contact=contact, now=self.now)
            case "bounce" if contact.address_id:
                mark_bounced(address_id=contact.address_id, now=self.now)
            case "correct":
                correct_contact(contact=contact, corrected=NewContact("A", email), now=self.now)
            case "withdraw":
                withdraw(invitation=home, now=self.now)
            case "add" if home.contacts.current().count() < 3:
                add_contact(invitation=home, contact=NewContact("A", email), now=self.now)
            case "remind":
                form, ids = uuid.UUID(int=self._acts), [home.pk]
                remind_now(party=home.party, invitation_ids=ids, form_uuid=form, now=self.now)

    def _host(self, act: Act, party: Party) -> None:
        match act.name:
            case "invite":
                self.invite(party, (EMAILS[act.number % 3],))
            case "cancel":
                cancel_party(party=party, note="", now=self.now)
            case "reply_by":
                party.reply_by = party.day - (act.number % 12) * DAY
                revise_party(party=party, changed={"reply_by"}, now=self.now)
            case "move":
                self._move(act, party)
            case "rules":
                self._edit_rules(act, party)

    def _move(self, act: Act, party: Party) -> None:
        day: date = party.day + (act.number - 14) * DAY if act.number % 3 else party.day
        starts = min(act.clock, LATEST) if act.number % 2 else party.starts
        zone = act.zone if act.number % 5 == 0 else party.timezone
        if resolve(day, starts, zone) <= self.now:
            return
        party.reply_by += day - party.day
        party.day, party.starts, party.timezone = day, starts, zone
        changed = {"day", "starts", "timezone", "reply_by"}
        revise_party(party=party, changed=changed, now=self.now)

    def _edit_rules(self, act: Act, party: Party) -> None:
        rules = list(party.rules.order_by("pk"))
        rule = rules[act.pick % len(rules)] if rules else None
        words, now = f"Words {self._acts}.", self.now
        match act.number % 4:
            case 0 if rule:
                switch_rule(rule=rule, enabled=not rule.enabled, now=now)
            case 1 if rule:
                drop_rule(rule=rule, now=now)
            case 2 if rule:
                change_rule(rule=rule, when=_when(act, Kind(rule.kind)), words=words, now=now)
            case 3:
                kind = PLANNED[act.pick % 3]
                with contextlib.suppress(TooManyRules):
                    add_rule(party=party, kind=kind, when=_when(act, kind), words=words, now=now)


def _when(act: Act, kind: Kind) -> When:
    """A moment that a host may choose for a mail of that kind."""
    anchor = ANCHORS[kind][act.pick % len(ANCHORS[kind])]
    days = DAYS[anchor][act.number % min(9, len(DAYS[anchor]))]
    clock = min(max(act.clock, WINDOW_OPENS), time(19, 59))
    return When(anchor, days, None if anchor is Anchor.HALF_WAY else clock)


def _short(mail: OutgoingEmail, _now: datetime) -> EmailMultiAlternatives:
    assert mail.address is not None
    sender = "Dee <dee@fulltable.example>"
    headers = {"Message-ID": mail.message_id}
    return EmailMultiAlternatives(
        "A mail", "To you.", sender, [mail.address.email], headers=headers
    )


class Server:
    """A mail server that does with each mail what fate says."""

    def __init__(self, world: DatabaseWorld, fates: Iterator[Fate]) -> None:
        self._world, self._fates = world, fates

    def deliver(self, parcel: Parcel, commit: Commit) -> Outcome:
        if not commit():
            return Outcome(Result.STOPPED)
        fate = next(self._fates)
        if fate in REACHED:
            self._world.took(parcel.recipient)
        return MEANING[fate]

    def may_have_gone(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to end."""
