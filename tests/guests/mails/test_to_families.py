from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from guests.mails.compose import compose, for_composing
from guests.models import Channel, Contact, OutgoingEmail
from parties.models import Party, Rule
from parties.words import HOST_KINDS, Answer, Kind
from tests.factories import NOW, make_contact, make_invitation, make_mail, make_party, make_response
from tests.guests.mails.reading import Received, receive

pytestmark = pytest.mark.django_db

FAMILY_KINDS = [kind for kind in Kind if kind not in {*HOST_KINDS, Kind.CONFIRMATION}]
LONDON = ZoneInfo("Europe/London")
REPLY_BY_MORNING = datetime(2027, 6, 7, 9, tzinfo=LONDON)


def rule_of(party: Party, **fields: object) -> Rule:
    return party.rules.get(**fields)


def family_of(party: Party | None = None, **over: object) -> Contact:
    over.setdefault("guests", ("Ben", "Bella"))
    invitation = make_invitation(party, **over)  # type: ignore[arg-type]
    contact = invitation.contacts.first()
    assert contact is not None
    return contact


def mail_of(contact: Contact, kind: Kind, **over: object) -> OutgoingEmail:
    occasion = {Kind.STILL_ON: "1", Kind.CHANGED: "1", Kind.CANCELLED: "once"}.get(kind, "first")
    return make_mail(contact, kind=kind, **{"occasion": occasion, **over})  # type: ignore[arg-type]


def received(kind: Kind, contact: Contact | None = None, now: datetime = NOW) -> Received:
    return receive(mail_of(contact or family_of(), kind), now)


def both(mail: Received) -> list[str]:
    """The words of each part, on one line."""
    return [" ".join(mail.text.split()), mail.page.text]


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_every_mail_says_for_whom_what_and_when_in_both_parts(kind: Kind) -> None:
    for words in both(received(kind)):
        assert "For Ben and Bella" in words
        assert "JJ turns 6" in words
        assert "Saturday 12 June, 2 pm to 4:30 pm" in words
        assert "Questions? Just reply to this mail. It goes to Dee, and to nobody else." in words
        assert "Dee gave us your address to invite you, and for nothing else." in words


@pytest.mark.parametrize("kind", [kind for kind in FAMILY_KINDS if kind is not Kind.CANCELLED])
def test_every_mail_of_a_party_that_takes_place_says_where_exactly(kind: Kind) -> None:
    for words in both(received(kind)):
        assert "Victoria Park, the blue shelter behind the playground" in words


def test_an_invitation_carries_the_hosts_own_line_and_says_who_wrote_it() -> None:
    contact = family_of(personal_line="Ben, JJ has kept the green digger for you.")
    for words in both(received(Kind.INVITATION, contact)):
        assert "Ben, JJ has kept the green digger for you." in words
        assert "Dee, JJ’s mum" in words
        assert "would love" not in words


@pytest.mark.parametrize(
    ("host_is", "words"),
    [
        ("JJ’s mum", "Dee, JJ’s mum, would love Ben and Bella to come."),
        ("", "Dee would love Ben and Bella to come."),
    ],
    ids=["with who that is", "with a name alone"],
)
def test_an_invitation_without_a_line_says_who_invites(host_is: str, words: str) -> None:
    for said in both(received(Kind.INVITATION, family_of(make_party(host_is=host_is)))):
        assert words in said


def test_an_invitation_asks_until_when_and_says_that_a_no_helps() -> None:
    for words in both(received(Kind.INVITATION)):
        assert "Can Ben and Bella come?" in words
        assert "A no today helps as much as a yes. Please tell us by Monday 7 June" in words
        assert "You need no account." in words


def test_the_date_to_reply_by_is_the_households_own() -> None:
    contact = family_of(reply_by_at=datetime(2027, 6, 10, 14, 37, 20, tzinfo=LONDON))
    for words in both(received(Kind.INVITATION, contact)):
        assert "Please tell us by Thursday 10 June, 2:37 pm" in words


def test_once_reply_by_has_passed_no_mail_asks_for_an_answer_by_then() -> None:
    mail = received(Kind.FOLLOW_UP, now=datetime(2027, 6, 8, 9, tzinfo=LONDON))
    for words in both(mail):
        assert "A no helps as much as a yes." in words
        assert "tell us by" not in words


def test_a_reminder_before_the_last_asks_gently() -> None:
    mail = received(Kind.REMINDER)
    assert mail.subject == "JJ's party on Saturday 12 June: can you come?"
    for words in both(mail):
        assert "Dee sets one place for each child. Can Dee count Ben and Bella in?" in words
        assert "Have you told Dee already?" in words
        assert "counts the places" not in words


def test_the_last_call_names_a_cost_that_is_true() -> None:
    mail = received(Kind.REMINDER, now=REPLY_BY_MORNING)
    assert mail.subject == "Last call: JJ's party on Saturday 12 June"
    for words in both(mail):
        assert "Dee counts the places today. Can Dee count Ben and Bella in?" in words


def test_the_only_reminder_at_short_notice_names_the_day_of_the_count() -> None:
    party = make_party()
    contact = family_of(party, reply_by_at=datetime(2027, 6, 8, 12, tzinfo=LONDON))
    mail = mail_of(contact, Kind.REMINDER, rule=rule_of(party, anchor="half_way"))
    for words in both(receive(mail, datetime(2027, 6, 7, 12, tzinfo=LONDON))):
        assert "Dee counts the places on Tuesday." in words


def test_a_reminder_in_the_hosts_own_words_says_whose_words_they_are() -> None:
    party = make_party()
    rule = rule_of(party, kind="reminder", anchor="before_reply_by", days=0)
    rule.words = "I buy the food on Tuesday, and pack one bag for each child."
    rule.save()
    mail = receive(mail_of(family_of(party), Kind.REMINDER, rule=rule), REPLY_BY_MORNING)
    for words in both(mail):
        assert "I buy the food on Tuesday, and pack one bag for each child." in words
        assert "Dee, JJ’s mum" in words
        assert "counts the places" not in words


@pytest.mark.parametrize(
    ("know_by", "words"),
    [
        (datetime(2027, 6, 5, tzinfo=LONDON).date(), "You hoped to know by Saturday 5 June."),
        (None, "You were not sure yet, and that’s fine. Do you know now?"),
    ],
    ids=["a day was named", "no day was named"],
)
def test_a_follow_up_recalls_what_the_family_said(know_by: object, words: str) -> None:
    contact = family_of(answer=Answer.TENTATIVE)
    contact.invitation.know_by = know_by  # type: ignore[assignment]
    contact.invitation.save()
    mail = received(Kind.FOLLOW_UP, contact, now=datetime(2027, 6, 5, 9, tzinfo=LONDON))
    for said in both(mail):
        assert words in said


@pytest.mark.parametrize(
    ("day", "hour", "words"),
    [(11, 9, "The party is tomorrow."), (12, 8, "The party is today.")],
    ids=["the day before", "late, on the day"],
)
def test_still_on_says_when_that_is_from_here(day: int, hour: int, words: str) -> None:
    mail = received(Kind.STILL_ON, now=datetime(2027, 6, day, hour, tzinfo=LONDON))
    assert mail.subject == "Still on: JJ's party, Saturday 12 June"
    for said in both(mail):
        assert words in said


def test_still_on_says_whom_to_call_on_the_way_if_the_host_gave_a_number() -> None:
    contact = family_of(make_party(host_phone="+44 7700 900412"))
    for words in both(received(Kind.STILL_ON, contact)):
        assert "Call Dee on 07700 900412." in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "Call Dee" not in received(Kind.STILL_ON).text


THREE = ["accepted", "declined", "tentative"]


@pytest.mark.parametrize(
    ("kind", "answer", "labels", "answers"),
    [
        (Kind.INVITATION, Answer.SILENT, ["We’re coming", "Can’t come", "Not sure yet"], THREE),
        (Kind.REMINDER, Answer.SILENT, ["We’re coming", "Can’t come", "Not sure yet"], THREE),
        (Kind.FOLLOW_UP, Answer.TENTATIVE, ["We’re coming", "Can’t come", "Not sure yet"], THREE),
        (Kind.CHANGED, Answer.ACCEPTED, ["We’re coming", "Can’t come", "Not sure yet"], THREE),
        (
            Kind.STILL_ON,
            Answer.ACCEPTED,
            ["We’ll be there", "Can’t come after all"],
            ["accepted", "declined"],
        ),
        (
            Kind.STILL_ON,
            Answer.VIDEO,
            ["We’ll join by video", "Can’t join after all"],
            ["video", "declined"],
        ),
        (
            Kind.CHANGED,
            Answer.VIDEO,
            ["We’ll join by video", "Can’t join after all", "Not sure yet"],
            ["video", "declined", "tentative"],
        ),
        (Kind.CANCELLED, Answer.ACCEPTED, [], []),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_button_opens_the_familys_page_with_its_answer_at_hand(
    kind: Kind, answer: Answer, labels: list[str], answers: list[str]
) -> None:
    mail = received(kind, family_of(answer=answer))
    links = [link for link in mail.page.links if "?answer=" in link]
    assert [link.partition("?answer=")[2] for link in links] == answers
    assert all(link.startswith("http://localhost:8000/i/m") for link in links)
    for label, link in zip(labels, links, strict=True):
        assert f"{label}: {link}\n" in mail.text
        assert label in mail.page.text


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_equal_buttons_are_equal_in_everything_but_their_words(kind: Kind) -> None:
    page = received(kind).page
    looks = {
        (attrs["style"], attrs["class"])
        for tag, attrs in page.tags
        if tag == "a" and "?answer=" in (attrs["href"] or "")
    }
    assert len(looks) == (0 if kind is Kind.CANCELLED else 1)


def test_changed_says_that_the_answer_stays_and_asks_to_confirm_it() -> None:
    mail = received(Kind.CHANGED, family_of(answer=Answer.ACCEPTED))
    assert mail.subject == "JJ's party has changed: please look"
    for words in both(mail):
        assert "The plan has changed. This is when and where it is now:" in words
        assert "Your answer stays. Please confirm it with one tap." in words
        assert "Can Ben and Bella still come?" in words


def test_changed_asks_the_silent_as_if_for_the_first_time() -> None:
    for words in both(received(Kind.CHANGED)):
        assert "Can Ben and Bella come?" in words
        assert "Your answer stays" not in words


def test_cancelled_says_so_kindly_with_the_hosts_words() -> None:
    party = make_party(cancel_note="JJ has chickenpox. We will choose a new day.")
    mail = received(Kind.CANCELLED, family_of(party))
    assert mail.subject == "Cancelled: JJ's party on Saturday 12 June"
    for words in both(mail):
        assert "The party is cancelled." in words
        assert "JJ has chickenpox. We will choose a new day." in words
        assert "There is nothing that you need to do." in words


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_no_mail_plays_on_pity_or_counts_the_answers_of_others(kind: Kind) -> None:
    party = make_party()
    make_invitation(party, guests=("Zoe",), answer=Answer.DECLINED)
    for words in both(received(kind, family_of(party), now=REPLY_BY_MORNING)):
        for never in ("nobody has", "sad", "only", "unfortunately", "Zoe", " no one"):
            assert never not in words.lower()
        assert "!" not in words


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_a_mail_holds_nothing_of_another_family_or_contact(kind: Kind) -> None:
    party = make_party()
    contact = family_of(party, emails=("anna@example.com",))
    make_contact(contact.invitation, email="tom@example.com", name="Tom")
    other = family_of(party, guests=("Zoe",), emails=("eve@example.com",), personal_line="Dear Zoe")
    make_response(other.invitation, Answer.ACCEPTED, message="We bring cake", allergies="nuts")
    raw = receive(mail_of(contact, kind), NOW).raw.decode()
    for strange in ("tom@example.com", "Tom", "eve@example.com", "Zoe", "cake", "nuts"):
        assert strange not in raw


@pytest.mark.parametrize("kind", [*FAMILY_KINDS, Kind.CONFIRMATION])
def test_subject_and_preview_hold_nothing_private(kind: Kind) -> None:
    party = make_party(
        place="8 Larch Street",
        where_exactly="green door",
        about_child="needs quiet",
        host_phone="07",
    )
    contact = family_of(party, personal_line="JJ misses you")
    response = make_response(
        contact.invitation, Answer.ACCEPTED, message="secret words", allergies="nuts"
    )
    mail = receive(mail_of(contact, kind, occasion=str(response.pk)), NOW)
    shown = f"{mail.subject} {mail.page.preview} {mail.html.partition('<body')[0]}"
    for private in (
        *("Larch", "green door", "misses", "secret", "nuts", "quiet", "Ben", "Bella", "Anna"),
        *("turns", "@"),
    ):
        assert private not in shown.replace("@media", "")
    assert "JJ" in mail.subject
    assert "\n" not in mail.subject


def test_times_are_those_of_the_party_wherever_the_server_stands() -> None:
    party = make_party(timezone="Pacific/Auckland", starts=time(10, 15), ends=time(12))
    for words in both(received(Kind.INVITATION, family_of(party))):
        assert "Saturday 12 June, 10:15 am to 12 noon" in words


@pytest.mark.parametrize(
    "length", [10, 300], ids=["a short line stands first", "a long one after the buttons"]
)
def test_the_buttons_come_before_a_long_line(length: int) -> None:
    html = received(Kind.INVITATION, family_of(personal_line="x" * length)).html
    assert (html.index("x" * length) < html.index("?answer=accepted")) == (length == 10)


def test_a_long_way_to_the_place_stands_below_the_buttons() -> None:
    party = make_party(place="Victoria Park", where_exactly="the blue shelter " * 15)
    html = received(Kind.STILL_ON, family_of(party)).html
    assert html.index("Victoria Park") < html.index("?answer=accepted") < html.index("blue shelter")


@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.DECLINED], ids=["yes", "no"])
@pytest.mark.parametrize("kind", [*FAMILY_KINDS, Kind.CONFIRMATION])
def test_a_long_way_is_told_in_both_parts_or_in_none(kind: Kind, answer: Answer) -> None:
    contact = family_of(make_party(where_exactly="the blue shelter " * 15))
    response = make_response(contact.invitation, answer)
    mail = receive(mail_of(contact, kind, occasion=str(response.pk)), NOW)
    is_told = kind is not Kind.CANCELLED and (kind, answer) != (Kind.CONFIRMATION, Answer.DECLINED)
    assert ["blue shelter" in words for words in both(mail)] == [is_told, is_told]


def test_an_unknown_language_gets_the_sites_own() -> None:
    contact = family_of()
    contact.language = "xx-bogus"
    contact.save()
    assert 'lang="en"' in received(Kind.INVITATION, contact).html


@pytest.mark.parametrize("kind", [*FAMILY_KINDS, Kind.CONFIRMATION])
def test_the_same_mail_has_the_same_bytes_each_time(kind: Kind) -> None:
    contact = family_of()
    response = make_response(contact.invitation, Answer.ACCEPTED)
    mail = mail_of(contact, kind, occasion=str(response.pk))
    mail.composed_at = NOW
    mail.save()
    assert receive(mail, NOW).raw == receive(mail, NOW + timedelta(hours=7)).raw


@pytest.mark.parametrize("kind", [*FAMILY_KINDS, Kind.CONFIRMATION])
def test_the_html_is_whole_without_images_scripts_or_anything_from_elsewhere(kind: Kind) -> None:
    contact = family_of()
    response = make_response(contact.invitation, Answer.ACCEPTED)
    mail = receive(mail_of(contact, kind, occasion=str(response.pk)), NOW)
    tags = {tag for tag, _attrs in mail.page.tags}
    assert not tags & {"img", "script", "link", "iframe", "form", "object"}
    assert "url(" not in mail.html
    assert "@import" not in mail.html
    assert all(link.startswith("http://localhost:8000/") for link in mail.page.links)
    assert "prefers-color-scheme:dark" in mail.html
    assert max(len(line) for line in mail.raw.splitlines()) <= 998


@pytest.mark.parametrize("kind", FAMILY_KINDS)
def test_a_mail_of_the_outbox_takes_no_query_of_its_own(
    kind: Kind,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    mail_of(family_of(), kind)
    mails = list(for_composing(OutgoingEmail.objects.all()))
    with django_assert_num_queries(0):
        compose(mails[0], NOW)


def test_names_with_markup_are_shown_as_they_were_typed() -> None:
    party = make_party(child_name="<b>{{7*7}}</b>", host_name='Dee"><img src=x>')
    contact = family_of(party, guests=("%(x)s", "{% load %}"), personal_line="<script>1</script>")
    mail = received(Kind.INVITATION, contact)
    assert {"script", "b", "img"}.isdisjoint(tag for tag, _attrs in mail.page.tags)
    for words in both(mail):
        assert "<b>{{7*7}}</b> turns 6" in words
        assert "For %(x)s and {% load %}" in words
        assert "<script>1</script>" in words


def test_an_answer_from_the_family_link_does_not_change_whose_links_a_mail_carries() -> None:
    contact = family_of()
    make_response(contact.invitation, Answer.ACCEPTED, channel=Channel.FAMILY)
    links = received(Kind.STILL_ON, contact).page.links
    assert all(link.split("/")[4][0] in "mscdx" for link in links)
