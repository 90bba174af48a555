"""What people may do in a simulated world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

from parties.schedule import Anchor, Answer, Kind, RuleLine, resolve
from tests.parties.world import World, moved
from tests.parties.world_things import Contact, Party

PLANNED = (Kind.REMINDER, Kind.FOLLOW_UP, Kind.STILL_ON)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Act:
    """One thing that somebody does, to whichever party, home and contact `pick` comes to."""

    name: str
    pick: int
    number: int
    clock: time
    answer: Answer
    zone: str


def perform(world: World, act: Act) -> None:
    party = world.parties[act.pick % len(world.parties)]
    contacts = [one for home in party.homes for one in home.contacts if not one.retired]
    if contacts:
        contact = contacts[(act.pick // 2) % len(contacts)]
        PEOPLE.get(act.name, nothing)(world, act, contact)
    HOSTS.get(act.name, nothing_of)(world, act, party)


def nothing(world: World, act: Act, contact: Contact) -> None: ...


def nothing_of(world: World, act: Act, party: Party) -> None: ...


def answer(world: World, act: Act, contact: Contact) -> None:
    party = contact.home.party
    if party.cancelled_at or world.now >= party.ends_at or act.answer == Answer.SILENT:
        return
    know_by = world.now.date() + act.number * DAY if act.number % 2 else None
    world.answer(contact, act.answer, know_by)


def stop(world: World, act: Act, contact: Contact) -> None:
    world.stop(contact, stopped=act.number % 3 != 0)


def correct(world: World, act: Act, contact: Contact) -> None:
    contact.retired = True
    world.add_contact(contact.home, world.addresses[act.number % 3])


def bounce(world: World, act: Act, contact: Contact) -> None:
    contact.address.dead = True


def remind(world: World, act: Act, contact: Contact) -> None:
    world.remind(contact)


def withdraw(world: World, act: Act, contact: Contact) -> None:
    world.withdraw(contact.home)


def add(world: World, act: Act, contact: Contact) -> None:
    home = contact.home
    known = {one.address.name for one in home.contacts if not one.retired}
    address = world.addresses[act.number % 3]
    if len(known) < 3 and address.name not in known and not home.withdrawn:
        world.add_contact(home, address)


def invite(world: World, act: Act, party: Party) -> None:
    if len(party.homes) < 4 and not party.cancelled_at and world.now < party.starts_at:
        world.invite(party, world.addresses[act.number % 3])


def move(world: World, act: Act, party: Party) -> None:
    """To another day, another hour, or another zone, each sometimes; never into the past."""
    if party.cancelled_at or world.now >= party.ends_at:
        return
    day = party.day + (act.number - 14) * DAY if act.number % 3 else party.day
    starts = act.clock if act.number % 2 else party.starts
    zone = act.zone if act.number % 5 == 0 else party.zone
    if resolve(day, starts, zone) <= world.now:
        return
    party.reply_by += day - party.day
    party.day, party.starts, party.zone = day, starts, zone
    party.revision += 1
    party.revised_at = world.now
    world.look_again(party)


def reply_by(world: World, act: Act, party: Party) -> None:
    party.reply_by = party.day - (act.number % 12) * DAY
    world.look_again(party)


def reply_by_in_time(world: World, act: Act, party: Party) -> None:
    """A day at least is left to each home."""
    before = party.reply_by
    party.reply_by = party.day - (act.number % 12) * DAY
    if any(world.now + DAY > home.reply_by_at for home in party.homes):
        party.reply_by = before
    world.look_again(party)


def cancel(world: World, act: Act, party: Party) -> None:
    if party.cancelled_at is None:
        party.cancelled_at = world.now
        world.look_again(party)


def edit_rules(world: World, act: Act, party: Party) -> None:
    """Switched on or off, taken away, moved, or one more."""
    keys = sorted(party.rules)
    key = keys[act.pick % len(keys)] if keys else ""
    match act.number % 4:
        case 0 if key:
            party.off ^= {key}
        case 1 if key:
            del party.rules[key]
        case 2 if key:
            line = party.rules[key]
            party.rules[key] = moved(line, world.now, days=act.number % 9, at=act.clock)
        case 3 if len(party.rules) < 10:
            new = f"n{len(world.mails)}{act.number}"
            kind = PLANNED[act.pick % 3]
            anchor = list(Anchor)[act.pick % 5]
            party.rules[new] = RuleLine(
                new, kind, anchor, act.number % 9, act.clock, since=world.now
            )
    world.look_again(party)


PEOPLE: dict[str, Callable[[World, Act, Contact], None]] = {
    "answer": answer,
    "stop": stop,
    "correct": correct,
    "bounce": bounce,
    "remind": remind,
    "withdraw": withdraw,
    "add": add,
}
HOSTS: dict[str, Callable[[World, Act, Party], None]] = {
    "invite": invite,
    "move": move,
    "reply_by": reply_by,
    "reply_by_in_time": reply_by_in_time,
    "cancel": cancel,
    "rules": edit_rules,
}
ANYTHING = ("nothing", "answer", "answer", "nothing", "remind", *PEOPLE, *HOSTS)
