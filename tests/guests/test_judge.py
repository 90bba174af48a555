"""Whether one mail may still go, asked at the last moment.

The party is JJ's: Saturday 12 June 2027 at 14:00 in London, reply by Monday 7 June.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from guests.inviting import NewContact, correct_contact, withdraw
from guests.judge import Go, Later, Skip, Verdict, verdict
from guests.models import Contact, OutgoingEmail, State
from guests.reasons import IN_WORDS, Reason
from guests.stopping import stop_everything, stop_party
from parties.models import Rule
from parties.services import cancel_party, revise_party
from parties.words import Answer, Kind
from tests.factories import NOW, make_host, make_invitation, make_mail, make_party, make_response

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
DUE = datetime(2027, 5, 28, 18, tzinfo=LONDON)
NIGHT = datetime(2027, 5, 28, 23, tzinfo=LONDON)
MORNING = datetime(2027, 5, 29, 8, tzinfo=LONDON)


def judged(mail: OutgoingEmail, now: datetime = DUE) -> Verdict:
    mail = OutgoingEmail.objects.select_related(
        "invitation", "party", "contact", "address", "rule"
    ).get(pk=mail.pk)
    return verdict(
        mail,
        invitation=mail.invitation,
        party=mail.party,
        contact=mail.contact,
        address=mail.address,
        now=now,
    )


def mail_of(kind: Kind, *, answer: Answer = Answer.SILENT, occasion: str = "") -> OutgoingEmail:
    home = make_invitation(reached=True, answer=answer)
    contact = home.contacts.get()
    rule = Rule.objects.filter(party=home.party, kind=kind.value).first()
    if not occasion:
        occasion = str(rule.pk) if rule else "first again"
    return make_mail(contact, kind=kind, occasion=occasion, rule=rule, at=DUE)


def contact_of(mail: OutgoingEmail) -> Contact:
    assert mail.contact is not None
    return mail.contact


def test_a_reminder_to_a_silent_home_goes() -> None:
    assert judged(mail_of(Kind.REMINDER)) == Go()


def answered(mail: OutgoingEmail) -> None:
    assert mail.invitation is not None
    make_response(mail.invitation, Answer.DECLINED)


def moved(mail: OutgoingEmail) -> None:
    mail.party.day = date(2027, 6, 13)
    revise_party(party=mail.party, changed=["day"], now=NOW)


def taken_off(mail: OutgoingEmail) -> None:
    assert mail.invitation is not None
    withdraw(invitation=mail.invitation, now=NOW)


def corrected(mail: OutgoingEmail) -> None:
    correct_contact(contact=contact_of(mail), corrected=NewContact(email="b@example.com"), now=NOW)


def on_the_address(field: str) -> Callable[[OutgoingEmail], None]:
    def change(mail: OutgoingEmail) -> None:
        assert mail.address is not None
        setattr(mail.address, field, NOW)
        mail.address.save()

    return change


EVENTS = [
    pytest.param(answered, Reason.ANSWERED, id="they answered"),
    pytest.param(
        lambda m: stop_party(contact=contact_of(m), now=NOW), Reason.STOPPED, id="stopped"
    ),
    pytest.param(
        lambda m: stop_everything(contact=contact_of(m), now=NOW), Reason.STOPPED_ALL, id="for good"
    ),
    pytest.param(on_the_address("bounced_at"), Reason.BOUNCED, id="it bounced"),
    pytest.param(on_the_address("complained_at"), Reason.COMPLAINED, id="they complained"),
    pytest.param(
        lambda m: cancel_party(party=m.party, note="", now=NOW), Reason.CANCELLED, id="cancelled"
    ),
    pytest.param(taken_off, Reason.WITHDRAWN, id="taken off the list"),
    pytest.param(corrected, Reason.RETIRED, id="the address was corrected"),
    pytest.param(
        lambda _mail: Rule.objects.update(enabled=False),
        Reason.RULE_OFF,
        id="the rule is switched off",
    ),
    pytest.param(lambda _mail: Rule.objects.all().delete(), Reason.RULE_OFF, id="the rule is gone"),
]


@pytest.mark.parametrize(("happens", "reason"), EVENTS)
def test_what_happened_meanwhile_keeps_a_reminder_back(
    happens: Callable[[OutgoingEmail], None], reason: Reason
) -> None:
    mail = mail_of(Kind.REMINDER)
    happens(mail)
    assert judged(mail) == Skip(reason)


def test_at_night_a_reminder_waits_for_the_morning() -> None:
    assert judged(mail_of(Kind.REMINDER), NIGHT) == Later(MORNING, Reason.NIGHT)


def test_within_twenty_hours_of_another_partys_reminder_it_waits() -> None:
    mail = mail_of(Kind.REMINDER)
    on_the_address("last_plan_mail_at")(mail)  # on 24 May at 12:00
    at = NOW + timedelta(hours=19, minutes=59)
    assert judged(mail, at) == Later(NOW + timedelta(hours=20), Reason.TOO_CLOSE)
    assert judged(mail, NOW + timedelta(hours=20)) == Go()


def test_without_a_moment_left_before_reply_by_it_is_skipped() -> None:
    mail = mail_of(Kind.REMINDER)
    evening = datetime(2027, 6, 7, 19, tzinfo=LONDON)
    assert mail.address is not None
    mail.address.last_plan_mail_at = evening - timedelta(hours=1)
    mail.address.save()
    assert judged(mail, evening) == Skip(Reason.TOO_CLOSE)
    assert judged(mail_of(Kind.REMINDER), evening.replace(hour=21)) == Skip(Reason.NIGHT)


def test_a_second_try_is_not_stopped_by_its_own_stamp() -> None:
    mail = mail_of(Kind.REMINDER)
    on_the_address("last_plan_mail_at")(mail)
    mail.handed_at = NOW
    mail.save()
    assert judged(mail, NOW + timedelta(minutes=5)) == Go()


def test_the_fourth_reminder_is_one_too_many() -> None:
    mail = mail_of(Kind.REMINDER)
    for number in range(3):
        make_mail(
            contact_of(mail), kind=Kind.REMINDER, occasion=f"by hand {number}", state=State.SENT
        )
    assert judged(mail) == Skip(Reason.ENOUGH_REMINDERS)


def test_after_reply_by_a_reminder_has_no_use() -> None:
    mail = mail_of(Kind.REMINDER)
    assert judged(mail, mail.party.reply_by_at) == Skip(Reason.EXPIRED)


def test_when_the_party_moves_the_new_reply_by_counts() -> None:
    mail = mail_of(Kind.REMINDER)
    old = mail.party.reply_by_at
    mail.party.day, mail.party.reply_by = date(2027, 6, 26), date(2027, 6, 21)
    revise_party(party=mail.party, changed=["day", "reply_by"], now=NOW)
    assert judged(mail, old.replace(hour=9) + timedelta(days=1)) == Go()


@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        (Kind.FOLLOW_UP, Answer.TENTATIVE, Go()),
        (Kind.FOLLOW_UP, Answer.ACCEPTED, Skip(Reason.NOT_THE_ANSWER)),
        (Kind.STILL_ON, Answer.ACCEPTED, Go()),
        (Kind.STILL_ON, Answer.VIDEO, Go()),
        (Kind.STILL_ON, Answer.TENTATIVE, Go()),
        (Kind.STILL_ON, Answer.DECLINED, Skip(Reason.NOT_THE_ANSWER)),
        (Kind.STILL_ON, Answer.SILENT, Skip(Reason.NOT_THE_ANSWER)),
        (Kind.CHANGED, Answer.SILENT, Go()),
        (Kind.CHANGED, Answer.DECLINED, Skip(Reason.NOT_THE_ANSWER)),
        (Kind.INVITATION, Answer.SILENT, Go()),
        (Kind.INVITATION, Answer.ACCEPTED, Skip(Reason.ANSWERED)),
    ],
)
def test_each_kind_has_its_audience(kind: Kind, answer: Answer, expected: Verdict) -> None:
    occasion = "1" if kind in (Kind.STILL_ON, Kind.CHANGED) else ""
    assert judged(mail_of(kind, answer=answer, occasion=occasion)) == expected


@pytest.mark.parametrize("kind", [Kind.STILL_ON, Kind.CHANGED])
def test_a_mail_about_an_older_revision_is_not_sent(kind: Kind) -> None:
    mail = mail_of(kind, answer=Answer.ACCEPTED, occasion="1")
    moved(mail)
    assert judged(mail) == Skip(Reason.MOVED_AGAIN)


def test_a_confirmation_of_an_older_tap_is_not_sent() -> None:
    home = make_invitation(reached=True)
    first = make_response(home, Answer.ACCEPTED)
    mail = make_mail(home.contacts.get(), kind=Kind.CONFIRMATION, occasion=str(first.pk))
    assert judged(mail) == Go()
    make_response(home, Answer.DECLINED)
    assert judged(mail) == Skip(Reason.SUPERSEDED)


def test_a_confirmation_is_not_stopped_by_the_other_homes_answer() -> None:
    home = make_invitation(reached=True, emails=("a@example.com", "b@example.com"))
    anna, tim = home.contacts.all()
    first = make_response(home, Answer.ACCEPTED, contact=anna)
    mail = make_mail(anna, kind=Kind.CONFIRMATION, occasion=str(first.pk))
    make_response(home, Answer.DECLINED, contact=tim)
    assert judged(mail) == Go()


def test_a_cancellation_goes_to_those_who_stopped_and_at_night() -> None:
    mail = mail_of(Kind.CANCELLED, occasion="once")
    stop_party(contact=contact_of(mail), now=NOW)
    cancel_party(party=mail.party, note="", now=NOW)
    assert judged(mail, NIGHT) == Go()


@pytest.mark.parametrize("happens", [on_the_address("bounced_at"), on_the_address("stopped_at")])
def test_a_cancellation_goes_to_no_dead_address(happens: Callable[[OutgoingEmail], None]) -> None:
    mail = mail_of(Kind.CANCELLED, occasion="once")
    happens(mail)
    assert isinstance(judged(mail), Skip)


@pytest.mark.parametrize("kind", [Kind.INVITATION, Kind.CHANGED])
def test_mail_that_follows_an_act_goes_at_night(kind: Kind) -> None:
    assert judged(mail_of(kind, occasion="1"), NIGHT) == Go()


def test_nothing_of_the_plan_goes_once_the_party_has_begun() -> None:
    for kind, answer in ((Kind.STILL_ON, Answer.ACCEPTED), (Kind.INVITATION, Answer.SILENT)):
        mail = mail_of(kind, answer=answer, occasion="1")
        assert judged(mail, mail.party.starts_at) == Skip(Reason.OVER)


def test_news_goes_to_a_host_until_it_is_old() -> None:
    party = make_party()
    mail = make_mail(host=party.host, party=party, kind=Kind.NEWS, occasion="7")
    assert judged(mail, NIGHT) == Go()
    assert judged(mail, mail.expires_at) == Skip(Reason.EXPIRED)


def test_a_mail_whose_home_is_gone_is_no_mail_to_a_host() -> None:
    mail = mail_of(Kind.REMINDER)
    found = verdict(
        mail,
        invitation=None,
        party=mail.party,
        contact=mail.contact,
        address=mail.address,
        now=DUE,
    )
    assert found == Skip(Reason.WITHDRAWN)


def test_every_reason_has_words() -> None:
    assert set(IN_WORDS) == {reason.value for reason in Reason}


@pytest.mark.parametrize("kind", [Kind.BOUNCED, Kind.MISSED])
@pytest.mark.parametrize(
    ("hour", "goes"), [(7.9, False), (8, True), (20.9, True), (21, False)], ids=str
)
def test_bad_news_goes_to_a_host_by_day(kind: Kind, hour: float, goes: bool) -> None:
    party = make_party()
    mail = make_mail(host=party.host, party=party, kind=kind, occasion="7")
    now = MORNING.replace(hour=0) + timedelta(hours=hour)
    next_morning = MORNING if hour < 8 else MORNING + timedelta(days=1)
    assert judged(mail, now) == (Go() if goes else Later(next_morning, Reason.NIGHT))


@pytest.mark.parametrize("kind", [Kind.BOUNCED, Kind.MISSED])
def test_bad_news_is_none_any_more_once_nothing_can_be_done(kind: Kind) -> None:
    party = make_party()
    mail = make_mail(
        host=party.host, party=party, kind=kind, occasion="7", expires_at=party.ends_at
    )
    assert judged(mail, party.starts_at) == Skip(Reason.OVER)
    cancel_party(party=party, note="", now=NOW)
    if kind is Kind.BOUNCED:
        assert judged(mail) == Skip(Reason.CANCELLED)
    else:
        # the cancellation itself may be what did not go
        assert judged(mail, party.starts_at) == Go()
        assert judged(mail, party.ends_at) == Skip(Reason.OVER)


@pytest.mark.parametrize("kind", [Kind.BOUNCED, Kind.MISSED])
def test_bad_news_is_still_bad_news_when_the_party_was_put_off(kind: Kind) -> None:
    party = make_party()
    before = party.starts_at
    mail = make_mail(host=party.host, party=party, kind=kind, occasion="7", expires_at=before)
    party.day += timedelta(days=7)
    revise_party(party=party, changed={"day"}, now=NOW)
    party.refresh_from_db()
    assert judged(mail, before) == Go()
    assert judged(mail, party.starts_at) == Skip(Reason.OVER)


def test_news_goes_to_a_co_host_until_they_help_no_longer() -> None:
    party, helper = make_party(), make_host()
    party.co_hosts.add(helper)
    mail = make_mail(host=helper, party=party, kind=Kind.NEWS, occasion="7")
    assert judged(mail, NOW) == Go()
    party.co_hosts.remove(helper)
    assert judged(mail, NOW) == Skip(Reason.NOT_A_HOST)
