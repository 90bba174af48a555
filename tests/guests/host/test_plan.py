"""The page of the plan: the timeline, its lines, and what a host can do with them.

The party is JJ's: Saturday 12 June 2027 at 14:00 in London, reply by Monday 7 June, invited Monday
24 May at 12:00. Its reminders go on 28 May at 18:00, on 5 June and on 7 June at 09:00.
"""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from guests.forgetting import forget
from guests.models import Address, Contact, Fate, OutgoingEmail, State
from guests.planner import plan
from guests.reasons import Reason
from guests.stopping import stop_party
from guests.telling import tell_of_missed
from parties.models import Party, Rule
from parties.models.rule import MAX_RULES
from parties.services import cancel_party
from parties.words import Anchor, Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_party, make_response

MOST_QUERIES = 8
LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2027, 5, 28, 18, tzinfo=LONDON)


@pytest.fixture
def path(party: Party) -> str:
    return f"/parties/{party.pk}/plan/"


@pytest.fixture
def rule(party: Party) -> Rule:
    """The first reminder: four days after inviting, at 18:00."""
    return party.rules.get(anchor=Anchor.AFTER_INVITING.value, days=4)


def text_of(content: bytes) -> str:
    """What a reader sees, one space between words."""
    body = re.sub(r"<(script|style|title)\b.*?</\1>", " ", content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def shown(dee: Client, path: str) -> str:
    response = dee.get(path)
    assert response.status_code == 200
    return text_of(response.content)


# -- what is coming -------------------------------------------------------------------------------
def test_what_is_coming_says_when_what_and_to_whom(dee: Client, path: str, party: Party) -> None:
    for name in ("Ben", "Mia"):
        make_invitation(party, guests=(name,), reached=True)
    make_invitation(party, guests=("Noah",), reached=True, answer=Answer.ACCEPTED)
    text = shown(dee, path)
    assert "Friday 28 May, 6 pm Reminder to 2 silent homes Ben , Mia" in text
    assert "Saturday 5 June, 9 am Reminder to 2 silent homes" in text
    assert "Monday 7 June, 9 am Last call to 2 silent homes" in text
    assert "Friday 11 June, 9 am “Still on?” to 1 home that comes or is not sure" in text
    assert text.index("28 May") < text.index("5 June") < text.index("7 June")


def test_who_will_be_left_out_is_said_beforehand(dee: Client, path: str, party: Party) -> None:
    for name in ("Ben", "Leo", "Mia"):
        home = make_invitation(party, guests=(name,), reached=True)
        # a party of somebody else writes to them in the evening before
        late = datetime(2027, 6, 7, 8, tzinfo=LONDON)
        Address.objects.filter(contacts__invitation=home).update(last_plan_mail_at=late)
    make_invitation(party, guests=("Zoe",), reached=True)
    text = shown(dee, path)
    assert "Monday 7 June, 9 am Last call to 1 silent home Zoe 3 homes do not get it." in text
    assert "Their last mail is less than 20 hours before, and later is too late." in text
    assert "Ben , Leo , Mia" in text


def test_a_home_that_no_reminder_gets_to_is_named_with_the_reason(
    dee: Client, path: str, party: Party
) -> None:
    stopped = make_invitation(party, guests=("Hugo",), reached=True)
    stop_party(contact=stopped.contacts.get(), now=NOW)
    make_invitation(party, guests=("Samira",), emails=())
    bounced = make_invitation(party, guests=("Freya",), reached=True)
    Address.objects.filter(contacts__invitation=bounced).update(bounced_at=NOW)
    text = shown(dee, path)
    assert "They stopped mails about this party. Hugo" in text
    assert "There is no address. Samira" in text
    assert "Mail to this address came back. Freya" in text


def test_a_home_reached_through_one_grown_up_is_not_left_out(
    dee: Client, path: str, party: Party
) -> None:
    home = make_invitation(party, guests=("Ben",), reached=True)
    other = make_contact(home, "other@example.com", created_at=NOW)
    make_mail(other, state=State.SENT)
    for n in ("1", "2", "3"):
        make_mail(other, kind=Kind.REMINDER, occasion=f"by hand {n}", state=State.SENT)
    text = shown(dee, path)
    assert "Monday 7 June, 9 am Last call to 1 silent home Ben" in text
    assert "does not get it" not in text


# -- what went ------------------------------------------------------------------------------------
def test_what_went_says_what_became_of_each_mail(dee: Client, path: str, party: Party) -> None:
    fates = [
        ("Ava", State.SENT, ""),
        ("Ben", State.SENT, ""),
        ("Cleo", State.UNCERTAIN, ""),
        ("Dan", State.FAILED, Reason.REFUSED),
        ("Eve", State.SKIPPED, Reason.TOO_CLOSE),
        ("Fay", State.SKIPPED, Reason.TOO_CLOSE),
        ("Gil", State.SKIPPED, Reason.ANSWERED),
    ]
    bounced = make_invitation(party, guests=("Hal",), reached=True).contacts.get()
    make_mail(bounced, kind=Kind.REMINDER, occasion="x", state=State.SENT, fate=Fate.HARD.value)
    for name, state, reason in fates:
        contact = make_invitation(party, guests=(name,), reached=True).contacts.get()
        make_mail(contact, kind=Kind.REMINDER, occasion="x", state=state, at=NOW, reason=reason)
    text = shown(dee, path)
    assert "Today, 12 noon Reminder to 2 silent homes Ava , Ben" in text
    assert "We cannot tell for 1 home. The line broke at the last moment." in text
    assert "It did not get to 1 home. Their mail server refused it. Dan" in text
    assert "2 homes did not get it. Their last mail was less than 20 hours before." in text
    assert "1 home did not get it. They had answered. Gil" in text
    assert "It did not get to 1 home. Mail to this address came back. Hal" in text


def test_an_outage_is_one_note_with_what_could_not_go_out(
    dee: Client, path: str, party: Party, clock: Traveller
) -> None:
    for name in ("Ben", "Leo", "Mia"):
        make_invitation(party, guests=(name,), reached=True, next_mail_at=FIRST)
    after = datetime(2027, 6, 8, 9, tzinfo=LONDON)  # nothing ran for eleven days
    plan(after)
    assert tell_of_missed(after) == 1
    clock.move_to(after)
    dee.force_login(party.host)
    text = shown(dee, path)
    missed = OutgoingEmail.objects.filter(told__gt="-").count()
    assert missed
    assert f"{missed} mails could not go out. A mail to you about it is on its way." in text
    OutgoingEmail.objects.filter(kind=Kind.MISSED.value).update(
        state=State.SENT, handed_at=after, sent_at=after
    )
    text = shown(dee, path)
    assert f"{missed} mails could not go out. We told you by mail: Today, 9 am. Ben , Leo" in text
    assert text.count("We told you by mail") == 1


# -- the page as such -----------------------------------------------------------------------------
@pytest.mark.parametrize("homes", [10, 60])
def test_it_takes_the_same_few_queries_for_any_number_of_homes(
    dee: Client, path: str, party: Party, rule: Rule, homes: int
) -> None:
    for number in range(homes):
        home = make_invitation(party, guests=(f"Child{number}",), reached=True)
        contact = home.contacts.get()
        make_mail(contact, kind=Kind.REMINDER, occasion="1", rule=rule, state=State.SKIPPED,
                  told="7")  # fmt: skip
    with CaptureQueriesContext(
        connection,
    ) as queries:
        dee.get(path)
    assert len(queries) <= MOST_QUERIES, "\n".join(one["sql"][:150] for one in queries)


def test_a_stranger_finds_nothing(stranger: Client, path: str, rule: Rule) -> None:
    for where in (path, f"{path}{rule.pk}/", f"{path}add/reminder/"):
        assert stranger.get(where).status_code == 404
    for where in (f"{path}{rule.pk}/switch/", f"{path}{rule.pk}/drop/", f"{path}{rule.pk}/"):
        assert stranger.post(where).status_code == 404
    assert Rule.objects.filter(pk=rule.pk, enabled=True).exists()


def test_a_line_of_another_party_is_not_there(dee: Client, path: str) -> None:
    foreign = make_party().rules.first()
    assert foreign is not None
    assert dee.get(f"{path}{foreign.pk}/").status_code == 404
    assert dee.post(f"{path}{foreign.pk}/switch/", {"to": "off"}).status_code == 404
    dee.post(f"{path}{foreign.pk}/drop/")
    assert Rule.objects.filter(pk=foreign.pk, enabled=True).exists()


def test_a_plan_that_is_closed_only_shows(dee: Client, path: str, party: Party, rule: Rule) -> None:
    make_invitation(party, guests=("Ben",), reached=True)
    cancel_party(party=party, note="", now=NOW)
    text = shown(dee, path)
    assert "Switch off" not in text
    assert "What is coming" not in text
    response = dee.post(f"{path}{rule.pk}/switch/", {"to": "off"}, follow=True)
    assert "so the plan stays as it is" in text_of(response.content)
    rule.refresh_from_db()
    assert rule.enabled


# -- the lines ------------------------------------------------------------------------------------
def typed(**over: str) -> dict[str, str]:
    given = {"anchor": "after_inviting", "days": "6", "at": "10:00", "words": ""}
    return {**given, **over}


def test_a_line_is_moved_and_worded(
    dee: Client, path: str, party: Party, rule: Rule, now: datetime
) -> None:
    home = make_invitation(party, guests=("Ben",), reached=True, next_mail_at=FIRST)
    data = typed(words="We buy\nthe bags on Friday.")
    response = dee.post(f"{path}{rule.pk}/", data, follow=True)
    text = text_of(response.content)
    assert response.redirect_chain == [(f"{path}#line{rule.pk}", 302)]
    assert "Your change is saved." in text
    assert "Sunday 30 May, 10 am Reminder to 1 silent home" in text
    assert "28 May" not in text
    rule.refresh_from_db()
    home.refresh_from_db()
    assert (rule.days, rule.at, rule.since, home.next_mail_at) == (6, time(10), now, now)


MISTAKES = [
    pytest.param({"at": "07:00"}, "at", "No mail goes out at night.", id="too early"),
    pytest.param({"at": "20:00"}, "at", "from 8:00 to 19:59", id="too late"),
    pytest.param({"at": ""}, "at", "like this: 14:30", id="no time"),
    pytest.param({"at": "soon"}, "at", "like this: 14:30", id="no time at all"),
    pytest.param({"days": "0"}, "days", "from 1 to 60", id="the day of inviting"),
    pytest.param({"days": "61"}, "days", "from 1 to 60", id="too many days"),
    pytest.param({"days": ""}, "days", "from 1 to 60", id="no days"),
    pytest.param({"days": "some"}, "days", "as a number", id="no number"),
    pytest.param({"anchor": ""}, "anchor", "from where", id="no anchor"),
    pytest.param({"anchor": "before_party"}, "anchor", "from where", id="another anchor"),
    pytest.param({"anchor": "half_way"}, "anchor", "from where", id="half-way"),
    pytest.param({"words": "x" * 501}, "words", "500 letters at most", id="too many words"),
    pytest.param({"words": "a\x00b"}, "words", "damaged", id="damaged words"),
]


@pytest.mark.parametrize(("over", "field", "words"), MISTAKES)
def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(
    dee: Client, path: str, rule: Rule, over: dict[str, str], field: str, words: str
) -> None:
    data = typed(**{"words": "Bring boots.", **over})
    response = dee.post(f"{path}{rule.pk}/", data)
    assert response.status_code == 200
    form = response.context["form"]
    assert words in str(form.errors[field])
    assert f'id="id_{field}_error"' in response.content.decode()
    for name, value in data.items():
        if name not in ("anchor", field):
            assert value in response.content.decode()
    rule.refresh_from_db()
    assert (rule.days, rule.words) == (4, "")


def test_the_line_that_goes_half_way_can_stay_so(dee: Client, path: str, party: Party) -> None:
    rule = party.rules.get(anchor=Anchor.HALF_WAY.value)
    data = {"anchor": "half_way", "days": "", "at": "", "words": "Quick!"}
    assert dee.post(f"{path}{rule.pk}/", data).status_code == 302
    rule.refresh_from_db()
    assert (rule.anchor, rule.at, rule.words, rule.since) == ("half_way", None, "Quick!", None)


def test_still_on_must_come_before_the_party(dee: Client, path: str, party: Party) -> None:
    rule = party.rules.get(kind=Kind.STILL_ON.value)
    response = dee.post(f"{path}{rule.pk}/", {"days": "0", "at": "15:00", "words": ""})
    assert "The party has begun by then." in text_of(response.content)
    assert (
        dee.post(f"{path}{rule.pk}/", {"days": "0", "at": "09:30", "words": ""}).status_code == 302
    )
    rule.refresh_from_db()
    assert (rule.days, rule.at) == (0, time(9, 30))


def test_a_follow_up_has_its_time_only(dee: Client, path: str, party: Party) -> None:
    rule = party.rules.get(kind=Kind.FOLLOW_UP.value)
    assert "How many days" not in shown(dee, f"{path}{rule.pk}/")
    assert dee.post(f"{path}{rule.pk}/", {"at": "17:00", "words": ""}).status_code == 302
    rule.refresh_from_db()
    assert rule.at == time(17)


def test_a_line_is_switched_off_and_on(dee: Client, path: str, party: Party, rule: Rule) -> None:
    make_invitation(party, guests=("Ben",), reached=True)
    response = dee.post(f"{path}{rule.pk}/switch/", {"to": "off"}, follow=True)
    assert "28 May" not in text_of(response.content)
    response = dee.post(f"{path}{rule.pk}/switch/", {"to": "on"}, follow=True)
    assert "Friday 28 May, 6 pm Reminder to 1 silent home" in text_of(response.content)


def test_lines_are_added_until_there_are_ten(dee: Client, path: str, party: Party) -> None:
    data = typed(anchor="before_reply_by", days="1", at="17:30", words="One more day.")
    for _ in range(MAX_RULES - party.rules.count()):
        response = dee.post(f"{path}add/reminder/", data, follow=True)
    assert "Ten mails are the most that a plan has." in text_of(response.content)
    response = dee.post(f"{path}add/reminder/", data, follow=True)
    assert "or ten mails in all" in text_of(response.content)
    assert party.rules.count() == MAX_RULES


def test_a_second_still_on_is_not_offered(dee: Client, path: str, party: Party) -> None:
    assert f"{path}add/still_on/" not in dee.get(path).content.decode()
    rule = party.rules.get(kind=Kind.STILL_ON.value)
    response = dee.post(f"{path}{rule.pk}/drop/", follow=True)
    assert "The mail is out of the plan." in text_of(response.content)
    assert f"{path}add/still_on/" in response.content.decode()
    assert dee.get(f"{path}add/invitation/").status_code == 404


def test_a_line_that_went_away_in_another_tab_is_said_so(
    dee: Client, path: str, rule: Rule
) -> None:
    assert dee.post(f"{path}{rule.pk}/drop/").status_code == 302
    assert dee.post(f"{path}{rule.pk}/drop/").status_code == 302
    assert dee.post(f"{path}{rule.pk}/switch/", {"to": "on"}).status_code == 404


# -- the mail before it is saved -----------------------------------------------------------------
def frame(response: object) -> str:
    found = re.search(r'<iframe src="([^"]+)"', response.content.decode())  # type: ignore[attr-defined]
    assert found
    return html.unescape(found[1])


def test_the_mail_is_seen_with_the_new_words_before_they_are_saved(
    dee: Client, path: str, party: Party, rule: Rule
) -> None:
    make_invitation(party, guests=("Ben",), reached=True)
    data = typed(words="Bring <b>boots</b>.", look="yes")
    response = dee.post(f"{path}{rule.pk}/", data)
    assert "As the home of Ben will get it." in text_of(response.content)
    assert "Nothing is saved yet." in text_of(response.content)
    assert "JJ's party on Saturday 12 June: can you come?" in text_of(response.content)
    rule.refresh_from_db()
    assert (rule.words, rule.days) == ("", 4)
    mail = dee.get(frame(response))
    assert "Bring &lt;b&gt;boots&lt;/b&gt;." in mail.content.decode()
    assert "sandbox" in mail["Content-Security-Policy"]
    assert "script-src" not in mail["Content-Security-Policy"]
    assert mail["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("kind", ["reminder", "follow_up", "still_on"])
def test_every_mail_can_be_seen_before_there_is_a_home(
    dee: Client, path: str, party: Party, kind: str
) -> None:
    party.rules.all().delete()
    response = dee.get(f"{path}add/{kind}/")
    assert "As the home of Mia will get it." in text_of(response.content)
    assert "Mia" in dee.get(frame(response)).content.decode()


def test_the_last_call_is_shown_as_it_will_be_that_morning(
    dee: Client, path: str, party: Party
) -> None:
    make_invitation(party, guests=("Ben",), reached=True)
    last = party.rules.get(anchor=Anchor.BEFORE_REPLY_BY.value, days=0)
    text = shown(dee, f"{path}{last.pk}/")
    assert "Last call: JJ's party on Saturday 12 June" in text


def test_words_that_nobody_typed_here_are_shown_to_nobody(
    dee: Client, path: str, party: Party, rule: Rule
) -> None:
    token = frame(dee.get(f"{path}{rule.pk}/"))
    assert dee.get(token).status_code == 200
    assert dee.get(f"{token[:-3]}x/").status_code == 404
    other = make_party(party.host)
    assert (
        dee.get(token.replace(f"/parties/{party.pk}/", f"/parties/{other.pk}/")).status_code == 404
    )


# -- now ------------------------------------------------------------------------------------------
def test_a_reminder_now_says_why_three_are_skipped(dee: Client, path: str, party: Party) -> None:
    for name in ("Ben", "Leo", "Mia"):
        home = make_invitation(party, guests=(name,), reached=True)
        Address.objects.filter(contacts__invitation=home).update(
            last_plan_mail_at=NOW - timedelta(hours=3)
        )
    make_invitation(party, guests=("Zoe",), reached=True)
    data = {"form_uuid": str(uuid.uuid4()), "back": "plan"}
    response = dee.post(f"/parties/{party.pk}/remind/", data, follow=True)
    text = text_of(response.content)
    assert response.redirect_chain == [(path, 302)]
    assert "1 reminder goes out now." in text
    assert "Ben, Leo, Mia: Their last mail was less than 20 hours before." in text


def test_at_night_a_reminder_waits_and_says_so(
    dee: Client, path: str, party: Party, clock: Traveller
) -> None:
    make_invitation(party, guests=("Ben",), reached=True)
    clock.move_to(datetime(2027, 5, 26, 22, tzinfo=LONDON))
    dee.force_login(party.host)
    data = {"form_uuid": str(uuid.uuid4()), "back": "plan"}
    text = text_of(dee.post(f"/parties/{party.pk}/remind/", data, follow=True).content)
    assert "1 reminder goes out: Tomorrow, 8 am." in text
    assert "Tomorrow, 8 am Reminder to 1 silent home Ben" in text


def refused(party: Party, name: str) -> Contact:
    contact = make_invitation(party, guests=(name,)).contacts.get()
    make_mail(contact, state=State.FAILED, reason=Reason.REFUSED)
    return contact


def came_back(party: Party, name: str) -> Contact:
    contact = make_invitation(party, guests=(name,)).contacts.get()
    make_mail(contact, state=State.SENT, fate=Fate.POLICY.value, at=NOW - timedelta(days=1))
    return contact


@pytest.mark.parametrize("lost", [refused, came_back])
def test_the_invitation_goes_again_to_those_it_did_not_get_to(
    dee: Client, path: str, party: Party, lost: Callable[[Party, str], Contact]
) -> None:
    contact = lost(party, "Ben")
    make_invitation(party, guests=("Mia",), reached=True)
    text = shown(dee, path)
    assert "The invitation did not get to 1 home. Ben" in text
    data = {"form_uuid": str(uuid.uuid4())}
    for _tap in range(2):
        response = dee.post(f"/parties/{party.pk}/again/", data, follow=True)
    assert "1 invitation goes out again." in text_of(response.content)
    again = OutgoingEmail.objects.get(state=State.QUEUED)
    assert (again.contact, again.kind) == (contact, "invitation")


def test_lines_that_no_home_needs_are_folded_away(dee: Client, path: str, party: Party) -> None:
    assert "No home needs these at the moment." not in shown(dee, path)
    make_invitation(party, guests=("Ben",), reached=True)
    text = shown(dee, path)
    folded = text[text.index("No home needs these at the moment.") :]
    assert "Half-way between the invitation and reply-by." in folded
    assert "For homes that have less than 3 days to answer." in folded
    assert "For homes that have 3 to 9 days to answer." in folded
    assert "4 days after the invitation" not in folded


def test_a_family_that_asked_to_be_forgotten_has_no_name_here(
    dee: Client, path: str, party: Party
) -> None:
    home = make_invitation(party, guests=("Hugo",), reached=True)
    forget(invitation_id=home.pk, contact=home.contacts.get(), never_again=False, now=NOW)
    text = shown(dee, path)
    assert "Invitation to 1 home A family that asked to be forgotten (1 child)" in text
    assert "#" not in text.replace("#line", "")
    assert "Write now" not in text
    assert "No reminder gets to these" not in text
    data = {"form_uuid": str(uuid.uuid4()), "back": "plan"}
    text = text_of(dee.post(f"/parties/{party.pk}/remind/", data, follow=True).content)
    assert "Nobody is silent, so there is nobody to remind." in text
    rule = party.rules.get(anchor=Anchor.AFTER_INVITING.value, days=4)
    assert "As the home of Mia will get it." in shown(dee, f"{path}{rule.pk}/")


def test_on_the_page_of_a_home_the_invitation_goes_again(dee: Client, party: Party) -> None:
    contact = refused(party, "Ben")
    home = f"/parties/{party.pk}/homes/{contact.invitation_id}/"
    assert "Send the invitation again" in shown(dee, home)
    data = {"form_uuid": str(uuid.uuid4())}
    text = text_of(dee.post(f"{home}again/", data, follow=True).content)
    assert "1 invitation goes out again." in text
    make_response(contact.invitation, Answer.DECLINED)
    assert "Send the invitation again" not in shown(dee, home)
    data = {"form_uuid": str(uuid.uuid4())}
    text = text_of(dee.post(f"{home}again/", data, follow=True).content)
    assert "Ben: They had answered." in text


def test_a_stranger_sends_nothing(stranger: Client, party: Party) -> None:
    contact = refused(party, "Ben")
    for where in ("again/", f"homes/{contact.invitation_id}/again/"):
        assert stranger.post(f"/parties/{party.pk}/{where}").status_code == 404
        assert stranger.get(f"/parties/{party.pk}/{where}").status_code == 405
    assert not OutgoingEmail.objects.filter(state=State.QUEUED).exists()
