"""The call list: who is on it, what helps to reach them, and what one tap does."""

from __future__ import annotations

import html
import re
import uuid
from datetime import date, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import Traveller

from guests.calling import note_message, set_favourite
from guests.links import answer_path
from guests.models import Address, Call, Channel, Contact, Invitation, Outcome, Response
from parties.models import Host, Party
from parties.services import cancel_party, revise_party
from parties.words import Answer
from tests.factories import NOW, make_contact, make_host, make_invitation, make_response

MOST_QUERIES = 8
DAY = timedelta(days=1)


@pytest.fixture
def path(party: Party) -> str:
    return f"/parties/{party.pk}/calls/"


@pytest.fixture
def home(party: Party) -> Invitation:
    """Samira's mother has a number and no address."""
    made = make_invitation(party, guests=("Samira",), emails=(), invited_at=NOW - 6 * DAY)
    make_contact(made, name="Yasmin", phone="+447700900118")
    return made


def shown(dee: Client, path: str) -> str:
    return dee.get(path).content.decode()


def on_the_list(dee: Client, path: str) -> list[str]:
    """The names of the printed list, in its order."""
    table = shown(dee, path).partition('<table class="paper">')[2]
    return re.findall(r"<b>(?:★ )?(.*?)</b>", table)


def tap(dee: Client, home: Invitation, outcome: str, **over: str) -> str:
    """What the page says after one of the four taps."""
    data = {"outcome": outcome, "submission_id": str(uuid.uuid4()), "next": "0", **over}
    answer = dee.post(f"/parties/{home.party_id}/homes/{home.pk}/call/", data, follow=True)
    return answer.content.decode()


def wrong(contact: Contact) -> str:
    return f"wrong {contact.pk} {contact.phone}"


class TestWhoIsOnIt:
    def test_the_order_is_favourites_then_not_reached_then_the_longest_silent(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, guests=("New silent",), reached=True)
        make_invitation(party, guests=("Old silent",), reached=True, invited_at=NOW - 2 * DAY)
        make_invitation(party, guests=("No address",), emails=())
        back = make_invitation(party, guests=("Came back",), reached=True, invited_at=NOW - DAY)
        Address.objects.filter(contacts__invitation=back).update(bounced_at=NOW)
        star = make_invitation(party, guests=("Star",), reached=True)
        set_favourite(invitation=star, favourite=True)
        two = make_invitation(party, guests=("Two answers",), reached=True, answer=Answer.ACCEPTED)
        make_response(two, Answer.DECLINED, channel=Channel.FAMILY)
        assert on_the_list(dee, path) == [
            "Star", "Two answers", "Came back", "No address", "Old silent", "New silent",
        ]  # fmt: skip

    @pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.DECLINED, Answer.VIDEO])
    def test_who_answered_is_not_called(
        self, dee: Client, path: str, party: Party, answer: Answer
    ) -> None:
        make_invitation(party, reached=True, answer=answer)
        assert "Every home has answered." in shown(dee, path)

    def test_who_is_not_sure_is_called_once_their_day_is_over(
        self, dee: Client, path: str, party: Party, clock: Traveller
    ) -> None:
        home = make_invitation(party, reached=True)
        make_response(home, Answer.TENTATIVE, know_by=NOW.date())
        assert on_the_list(dee, path) == []
        clock.shift(DAY)
        assert on_the_list(dee, path) == ["Mia"]
        assert "Wanted to know by Monday 24 May." in shown(dee, path)

    def test_who_has_not_confirmed_the_new_plan_is_called(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, reached=True, answer=Answer.ACCEPTED)
        make_invitation(party, guests=("Noah",), reached=True, answer=Answer.DECLINED)
        party.day = date(2027, 6, 13)
        revise_party(party=party, changed={"day"}, now=NOW)
        assert on_the_list(dee, path) == ["Mia"]
        assert "Answered before you changed the plan." in shown(dee, path)

    def test_who_is_not_invited_or_wants_to_be_forgotten_is_not_called(
        self, dee: Client, path: str, party: Party
    ) -> None:
        make_invitation(party, guests=("New",), invited_at=None)
        make_invitation(party, guests=("Gone",), withdrawn_at=NOW)
        make_invitation(party, guests=("Forgotten",), forgotten_at=NOW)
        assert "Nobody is invited yet" in shown(dee, path)

    @pytest.mark.parametrize("days", [0, 1, 6])
    def test_it_says_how_long_a_home_is_silent(
        self, dee: Client, path: str, party: Party, days: int
    ) -> None:
        make_invitation(party, reached=True, invited_at=NOW - days * DAY)
        said = {0: "Invited today.", 1: "Silent for 1 day.", 6: "Silent for 6 days."}[days]
        assert said in shown(dee, path)

    def test_it_says_how_far_mail_to_the_silent_came(
        self, dee: Client, path: str, party: Party
    ) -> None:
        home = make_invitation(party, reached=True, invited_at=NOW - 6 * DAY)
        assert "Silent for 6 days. Mail accepted." in shown(dee, path)
        Address.objects.filter(contacts__invitation=home).update(bounced_at=NOW)
        text = shown(dee, path)
        assert "Mail came back." in text
        assert "Silent for" not in text

    @pytest.mark.usefixtures("home")
    def test_not_reached_is_not_silent(self, dee: Client, path: str) -> None:
        text = shown(dee, path)
        assert "Not reached" in text
        assert "Silent for" not in text

    def test_those_who_stopped_the_mails_can_still_be_called(
        self, dee: Client, path: str, party: Party
    ) -> None:
        silent = make_invitation(party, reached=True, invited_at=NOW - 2 * DAY)
        silent.contacts.update(stopped_at=NOW)
        assert "Silent for 2 days. They stopped mails about this party." in shown(dee, path)

    @pytest.mark.parametrize("how", ["cancelled", "over"])
    def test_a_party_that_is_off_or_over_has_nobody_to_call(
        self, dee: Client, path: str, home: Invitation, clock: Traveller, how: str
    ) -> None:
        if how == "cancelled":
            cancel_party(party=home.party, note="", now=NOW)
        else:
            clock.move_to(home.party.ends_at)
        text = shown(dee, path)
        assert "Samira" not in text
        assert tap(dee, home, "accepted")
        assert not Response.objects.exists()

    def test_nobody_has_an_address_and_all_are_on_it_with_their_links(
        self, dee: Client, path: str, party: Party
    ) -> None:
        """Story C: invitations written by hand, and not one mail address."""
        names = ("Ava", "Leo", "Priya", "Tomasz", "Ben", "Clara", "Dylan", "Otto", "Iris")
        homes = [make_invitation(party, guests=(name,), emails=()) for name in names]
        text = html.unescape(shown(dee, path))
        assert on_the_list(dee, path) == list(names)
        for home in homes:
            link = f"http://localhost:8000{answer_path(home)}"
            assert f" {link}</textarea>" in text
            assert Client().get(answer_path(home)).status_code == 200
        assert text.count("Write down a number") == len(names)


class TestHowToReachThem:
    def test_a_tap_calls_writes_or_shares(self, dee: Client, path: str, home: Invitation) -> None:
        text = shown(dee, path)
        assert 'href="tel:+447700900118"' in text
        assert "Call 07700\N{NO-BREAK SPACE}900118" in text
        link = f"http://localhost:8000{answer_path(home)}"
        for ready in texts(text):
            assert ready.endswith(f" {link}")
            assert {"JJ", "Samira", "Saturday 12 June"} <= {
                word for word in ("JJ", "Samira", "Saturday 12 June") if word in ready
            }

    @pytest.mark.usefixtures("home")
    def test_the_addresses_are_what_telephones_understand(self, dee: Client, path: str) -> None:
        text = shown(dee, path)
        assert 'href="sms:+447700900118?&amp;body=Hello%2C%20it%E2%80%99s%20Dee' in text
        assert 'href="https://wa.me/447700900118?text=Hello%2C%20it%E2%80%99s%20Dee' in text

    def test_without_a_number_the_link_is_shared_and_a_number_asked_for(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        contact = home.contacts.get()
        Contact.objects.update(phone="")
        text = shown(dee, path)
        assert "tel:" not in text
        assert 'href="sms:?&amp;body=' in text
        assert 'href="https://wa.me/?text=' in text
        assert f"/homes/{home.pk}/?correct={contact.pk}#contact{contact.pk}" in text

    def test_a_home_without_any_grown_up_gets_one_written_down(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        home.contacts.all().delete()
        assert f"/homes/{home.pk}/?correct=new#add" in shown(dee, path)
        page = shown(dee, f"/parties/{home.party_id}/homes/{home.pk}/?correct=new")
        assert '<details id="add" open>' in page

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("Zoë 🎈", id="emoji"),
            pytest.param('O’Neill "Jo" <b>', id="quotes and a tag"),
            pytest.param("ליאור", id="right to left"),
            pytest.param("A&B=C?D#E%20+", id="what addresses are made of"),
            pytest.param("One\r\nTwo", id="a line break"),
        ],
    )
    def test_a_name_stays_what_it_is(
        self, dee: Client, path: str, home: Invitation, name: str
    ) -> None:
        home.guests.update(name=name)
        home.contacts.update(name=name)
        text = shown(dee, path)
        assert "<b>🎈" not in text
        if "<" in name:
            assert name not in text
        ready = texts(text)
        assert len(ready) == 3
        assert all(name in one.replace("\n", "\r\n") or name in one for one in ready)
        assert all(re.fullmatch(r"[!-~]+", href) for href in hrefs(text))

    def test_a_text_fits_the_reason(self, dee: Client, path: str, home: Invitation) -> None:
        make_response(home, Answer.ACCEPTED, channel=Channel.FAMILY)
        make_response(home, Answer.DECLINED, channel=Channel.PAPER)
        assert "We got two answers for Samira" in texts(shown(dee, path))[0]
        tap(dee, home, "accepted")
        home.party.day = date(2027, 6, 13)
        revise_party(party=home.party, changed={"day"}, now=NOW)
        ready = texts(shown(dee, path))[0]
        assert "There is a new plan for JJ’s party: Sunday 13 June" in ready


def hrefs(text: str) -> list[str]:
    """Where the taps of the page lead, away from this site."""
    found = re.findall(r'href="((?:sms|tel|https)[^"]*)"', text)
    return [html.unescape(one) for one in found]


def texts(text: str) -> list[str]:
    """The ready texts: of the text message, of the chat, and the one to copy."""
    by_sms = [href.partition("&body=")[2] for href in hrefs(text) if href.startswith("sms:")]
    by_chat = [parse_qs(urlsplit(href).query)["text"][0] for href in hrefs(text) if "wa.me" in href]
    to_copy = re.findall(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    return [
        *(unquote(one) for one in by_sms),
        *by_chat,
        *(html.unescape(one) for one in to_copy),
    ]


class TestFourTaps:
    @pytest.mark.parametrize(
        ("outcome", "words", "tag"),
        [
            ("accepted", "Samira: coming. Saved as by phone, and their reminders stop.", "Coming"),
            ("declined", "Samira: can’t come. Saved as by phone", "Can’t come"),
        ],
    )
    def test_an_answer_is_saved_as_by_phone(
        self, dee: Client, home: Invitation, outcome: str, words: str, tag: str
    ) -> None:
        text = tap(dee, home, outcome)
        assert words in text
        assert f'<a href="/parties/{home.party_id}/homes/{home.pk}/#answer">Change it</a>' in text
        done = text.partition("Done today: 1")[2]
        assert tag in done
        assert "By phone. Today, 12 noon." in done
        assert Response.objects.get().channel == Channel.HOST
        page = shown(dee, f"/parties/{home.party_id}/homes/{home.pk}/")
        assert "by phone, entered by you" in page

    def test_twins_come_both(self, dee: Client, party: Party) -> None:
        twins = make_invitation(party, guests=("Ben", "Bella"), reached=True)
        assert "Ben and Bella: coming." in tap(dee, twins, "accepted")
        assert {guest.answer for guest in twins.guests.all()} == {"accepted"}

    def test_a_message_moves_the_home_down_and_leaves_it_silent(
        self, dee: Client, path: str, home: Invitation, clock: Traveller
    ) -> None:
        make_invitation(home.party, guests=("Leo",), reached=True)
        text = tap(dee, home, "message")
        assert "Samira: you left a message." in text
        assert "Left a message" in text.partition("Done today: 1")[2]
        assert on_the_list(dee, path) == ["Leo"]
        home.refresh_from_db()
        assert home.answer == Answer.SILENT.value
        clock.shift(DAY)
        assert on_the_list(dee, path) == ["Leo", "Samira"]
        assert "Yesterday, 12 noon: you left a message." in shown(dee, path)

    def test_a_message_of_another_host_says_whose(
        self, dee: Client, path: str, home: Invitation, clock: Traveller
    ) -> None:
        ana = make_host(name="Ana <3")
        note_message(
            invitation_id=home.pk, contact=None, host=ana, submission_id=uuid.uuid4(), now=NOW
        )
        assert "By phone, Ana &lt;3. Today, 12 noon." in shown(dee, path)
        clock.shift(DAY)
        assert "Yesterday, 12 noon: Ana &lt;3 left a message." in shown(dee, path)
        Host.objects.filter(pk=ana.pk).delete()
        assert "Yesterday, 12 noon: another host left a message." in shown(dee, path)

    def test_a_wrong_number_is_shown_as_wrong_and_the_next_one_offered(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        make_contact(home, name="Pat", phone="+447700900119")
        yasmin = home.contacts.get(name="Yasmin")
        text = tap(dee, home, wrong(yasmin))
        assert "900118 is marked as wrong. Here is another one." in text
        assert 'href="tel:+447700900118"' not in text
        assert 'href="tel:+447700900119"' in text
        assert "<s>07700\N{NO-BREAK SPACE}900118</s> Yasmin" in text
        assert on_the_list(dee, path) == ["Samira"]
        dashboard = shown(dee, f"/parties/{home.party_id}/")
        assert "tel:+447700900118" not in dashboard
        page = shown(dee, f"/parties/{home.party_id}/homes/{home.pk}/")
        assert "Wrong number" in page

    def test_the_last_wrong_number_asks_for_another(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        text = tap(dee, home, wrong(home.contacts.get()))
        assert "Is there another one? Else share their link." in text
        assert "Write down a number" in text
        contact = home.contacts.get()
        data = {f"c{contact.pk}-name": "Yasmin", f"c{contact.pk}-phone": "07700 900120"}
        dee.post(f"/parties/{home.party_id}/homes/{home.pk}/contacts/{contact.pk}/", data)
        assert 'href="tel:+447700900120"' in shown(dee, path)

    def test_with_two_numbers_each_can_be_the_wrong_one(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        pat = make_contact(home, name="Pat", phone="+447700900119")
        text = shown(dee, path)
        assert "Wrong number: Yasmin" in text
        assert f'value="{wrong(pat)}"' in text
        tap(dee, home, wrong(pat))
        assert [one.name for one in home.contacts.filter(phone_wrong_at=None)] == ["Yasmin"]

    @pytest.mark.parametrize("outcome", ["message", "wrong"])
    def test_a_mistaken_tap_is_taken_back(
        self, dee: Client, path: str, home: Invitation, outcome: str
    ) -> None:
        tap(dee, home, wrong(home.contacts.get()) if outcome == "wrong" else outcome)
        call = Call.objects.get()
        assert f'name="call" value="{call.pk}"' in shown(dee, path)
        back = f"/parties/{home.party_id}/homes/{home.pk}/call/back/"
        text = dee.post(back, {"call": str(call.pk)}, follow=True).content.decode()
        assert "Samira: taken back" in text
        assert 'href="tel:+447700900118"' in text
        assert not Call.objects.exists()

    def test_a_mistaken_answer_is_taken_back_before_the_family_is_told(
        self, dee: Client, path: str, home: Invitation, clock: Traveller
    ) -> None:
        back = f"/parties/{home.party_id}/homes/{home.pk}/call/back/"
        assert "Take it back" in tap(dee, home, "accepted")
        first = Response.objects.get().pk
        text = dee.post(back, {"response": str(first)}, follow=True).content.decode()
        assert "Samira: taken back" in text
        assert on_the_list(dee, path) == ["Samira"]
        assert dee.post(back, {"response": str(first)}).status_code == 404
        tap(dee, home, "accepted")
        clock.shift(timedelta(minutes=11))
        assert "Take it back" not in shown(dee, path)
        late = {"response": str(Response.objects.get().pk)}
        assert "They were told already." in dee.post(back, late, follow=True).content.decode()
        assert Response.objects.exists()

    def test_what_a_family_answered_cannot_be_taken_back(
        self, dee: Client, home: Invitation
    ) -> None:
        response = make_response(home, Answer.ACCEPTED, channel=Channel.FAMILY)
        back = f"/parties/{home.party_id}/homes/{home.pk}/call/back/"
        assert dee.post(back, {"response": str(response.pk)}).status_code == 404

    def test_a_call_of_another_home_cannot_be_taken_back(
        self, dee: Client, home: Invitation
    ) -> None:
        other = make_invitation(home.party, guests=("Leo",))
        tap(dee, home, "message")
        back = f"/parties/{home.party_id}/homes/{other.pk}/call/back/"
        assert dee.post(back, {"call": str(Call.objects.get().pk)}).status_code == 404
        assert dee.post(back, {"call": "9" * 30}).status_code == 404

    @pytest.mark.parametrize("outcome", ["accepted", "message", "wrong"])
    def test_a_second_tap_changes_nothing(
        self, dee: Client, home: Invitation, outcome: str
    ) -> None:
        said = wrong(home.contacts.get()) if outcome == "wrong" else outcome
        once = str(uuid.uuid4())
        tap(dee, home, said, submission_id=once)
        tap(dee, home, said, submission_id=once)
        assert Call.objects.count() + Response.objects.count() == 1

    def test_a_number_that_was_corrected_meanwhile_is_not_marked(
        self, dee: Client, home: Invitation
    ) -> None:
        said = wrong(home.contacts.get())
        home.contacts.update(phone="+447700900121")
        assert "Somebody has corrected this number." in tap(dee, home, said)
        assert home.contacts.get().phone_wrong_at is None

    @pytest.mark.parametrize(
        "outcome", ["", "silent", "wrong", "wrong 0", "wrong x +44", "accepted'--", "left_message"]
    )
    def test_anything_else_stores_nothing(
        self, dee: Client, home: Invitation, outcome: str
    ) -> None:
        tap(dee, home, outcome)
        assert not Call.objects.exists()
        assert not Response.objects.exists()
        assert home.contacts.get().phone_wrong_at is None

    def test_a_grown_up_of_another_home_is_not_marked(self, dee: Client, home: Invitation) -> None:
        other = make_invitation(home.party, guests=("Leo",), emails=())
        theirs = make_contact(other, phone="+447700900122")
        tap(dee, home, wrong(theirs))
        theirs.refresh_from_db()
        assert theirs.phone_wrong_at is None

    def test_after_a_tap_the_next_home_is_on_top(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        ids = [make_invitation(home.party, guests=(name,), emails=()).pk for name in "ABC"]
        text = shown(dee, f"{path}?home={ids[0]}")
        assert 'id="h-now">A</h2>' in text
        assert f'name="next" value="{ids[1]}"' in text
        data = {"outcome": "message", "submission_id": str(uuid.uuid4()), "next": str(ids[1])}
        answer = dee.post(f"/parties/{home.party_id}/homes/{ids[0]}/call/", data)
        assert answer["Location"] == f"{path}?home={ids[1]}#now"

    def test_the_last_one_goes_back_to_the_first(
        self, dee: Client, path: str, home: Invitation
    ) -> None:
        data = {"outcome": "message", "next": "0"}
        answer = dee.post(f"/parties/{home.party_id}/homes/{home.pk}/call/", data)
        assert answer["Location"] == f"{path}#now"

    def test_what_the_family_said_since_is_not_the_hosts_call(
        self, dee: Client, path: str, home: Invitation, clock: Traveller
    ) -> None:
        tap(dee, home, "accepted")
        clock.shift(timedelta(minutes=5))
        make_response(home, Answer.DECLINED, channel=Channel.FAMILY, now=NOW + timedelta(minutes=5))
        assert "Done today" not in shown(dee, path)


class TestFavourite:
    def test_a_star_is_given_and_taken(self, dee: Client, path: str, home: Invitation) -> None:
        star = f"/parties/{home.party_id}/homes/{home.pk}/favourite/"
        answer = dee.post(star, {"favourite": "yes", "list": "yes"})
        assert answer["Location"] == f"{path}?home={home.pk}#now"
        text = shown(dee, path)
        assert 'aria-pressed="true"' in text
        assert "<b>★ Samira</b>" in text
        dee.post(star, {"favourite": "yes"})
        home.refresh_from_db()
        assert home.favourite
        answer = dee.post(star, {"favourite": "no"})
        assert answer["Location"] == f"/parties/{home.party_id}/homes/{home.pk}/"
        home.refresh_from_db()
        assert not home.favourite

    def test_the_homes_page_has_it_too(self, dee: Client, home: Invitation) -> None:
        text = shown(dee, f"/parties/{home.party_id}/homes/{home.pk}/")
        assert "JJ would miss Samira most" in text
        assert 'aria-pressed="false"' in text


class TestManyHomes:
    def test_the_queries_are_the_same_for_any_number_of_homes(
        self, dee: Client, path: str, party: Party
    ) -> None:
        counts = []
        for number in (10, 60):
            for index in range(number):
                home = make_invitation(party, guests=(f"Kid {index}",), reached=bool(index % 2))
                make_contact(home, name="Pat", phone="+447700900119")
                if index % 3 == 0:
                    Call.objects.create(
                        invitation=home, outcome=Outcome.LEFT_MESSAGE.value, host=party.host,
                        created_at=NOW - DAY * (index % 2),
                    )  # fmt: skip
                if index % 5 == 0:
                    make_response(home, Answer.ACCEPTED, channel=Channel.HOST)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert dee.get(path).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= MOST_QUERIES

    def test_twenty_are_shown_in_full_and_the_others_one_tap_away(
        self, dee: Client, path: str, party: Party
    ) -> None:
        for number in range(50):
            make_invitation(party, guests=(f"Kid {number}",), emails=())
        text = shown(dee, path)
        assert text.count("What did they say?") == 21
        assert "Show 29 more" in text
        assert len(on_the_list(dee, path)) == 50
        assert shown(dee, f"{path}?show=40").count("What did they say?") == 41
        assert "more</a>" not in shown(dee, f"{path}?show=60")
        assert dee.get(f"{path}?show=x&home=-1").status_code == 200


def test_the_dashboard_leads_to_it(dee: Client, path: str, home: Invitation) -> None:
    assert f'href="{path}"' in shown(dee, f"/parties/{home.party_id}/")
