"""A whole list: what is merged, what stays apart, and what no text can do."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guests.lists import NoteCode, ProblemCode, ReadContact, read_list

CLASS_CHAT = Path(__file__).with_name("jj_class_chat.txt")
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
SCRAPS = (
    *("Mia", "Noah", " mum ", " dad ", "'s", "(", ")", ";", ",", "\n", "\t", "\r\n", "&", " and "),
    *("anna@example.org", "tom@example.org", "07700 900118", "+44", "[12/05, 18:22] Jo: ", "- "),
    *("1) ", "<", ">", "|", ":", "@", "…", "–", "thanks", "李", "نور", "\u200d", "\ud800", "\0"),
    *("\u202e", "e\u0301", "name,email\n", "{", "]", "/", "=", "+", " "),
)
CHAT_LIKE = st.lists(st.sampled_from(SCRAPS), max_size=40).map("".join)


def test_the_class_chat_of_jj_is_read_as_22_households_with_23_children() -> None:
    reading = read_list(CLASS_CHAT.read_text(encoding="utf-8"))
    assert [
        (
            household.lines,
            household.guests,
            [tuple(filter(None, _all(c))) for c in household.contacts],
        )
        for household in reading.households
    ] == [
        ((2,), ("Noah",), [("Priya", "priya@example.com", "+447700900123")]),
        ((5,), ("Mia",), [("anna@example.com",)]),
        ((6,), ("Clara",), [("Ines", "ines@example.org")]),
        ((7,), ("Efe",), [("deniz@example.org",)]),
        ((8,), ("Elsie",), [("beth@example.net",)]),
        ((9,), ("Freya",), [("Lara", "lara@example.net")]),
        ((10,), ("Hugo",), [("anna.tim@example.org",)]),
        ((12,), ("Ben", "Bella"), [("tessa.ortmann@example.net",)]),
        ((13,), ("Noor",), [("amal.h@example.org",), ("sami.h@example.org",)]),
        ((14,), ("Ana María",), [("maria.lopez@example.org",)]),
        ((15,), ("Zoë",), [("Jean-Luc", "jeanluc@example.com")]),
        ((16,), ("Łukasz",), [("Ewa", "ewa.nowak@example.org")]),
        ((17,), ("Iris",), [("joana@example.org",)]),
        ((17,), ("Kofi",), [("abena@example.net",)]),
        ((17,), ("Luca",), [("Sergio", "sergio@example.org")]),
        ((18,), ("André",), [("Chloé", "chloe@example.org")]),
        ((19,), ("李小龙",), [("mei@example.com",)]),
        ((20,), ("Søren",), [("lone@example.org", "+447700900456")]),
        ((21,), ("Dylan",), [("Siân", "sian@example.org")]),
        ((22,), ("Aaliyah",), [("Yusuf", "yusuf@example.net")]),
        ((23,), ("Samira",), [("+447700900118",)]),
        ((24,), ("Tomasz",), []),
    ]
    assert reading.children == 23
    assert reading.lines_read == 23
    assert [problem.line for problem in reading.problems] == [1, 3, 25]
    assert not reading.duplicates
    assert [(h.guests[0], n.code.value) for h in reading.households for n in h.notes] == [
        ("Ben", "twins"),
        ("Noor", "two_homes"),
        ("Samira", "no_address"),
        ("Tomasz", "no_address"),
    ]


def _all(contact: ReadContact) -> tuple[str, str, str]:
    return (contact.name, contact.email, contact.phone)


def test_the_same_line_twice_is_one_household_and_says_so() -> None:
    reading = read_list("Mia anna@example.org\nLeo k@example.org\nmia - Anna@Example.org")
    assert [household.guests for household in reading.households] == [("Mia",), ("Leo",)]
    assert reading.households[0].lines == (1, 3)
    assert reading.households[0].has(NoteCode.DUPLICATE)
    assert [(d.line, d.same_as) for d in reading.duplicates] == [(3, 1)]


def test_different_children_at_one_address_are_one_household() -> None:
    reading = read_list("Ben tessa@example.net\nBella Tessa@example.net")
    assert [household.guests for household in reading.households] == [("Ben", "Bella")]
    assert reading.households[0].lines == (1, 2)
    assert len(reading.households[0].contacts) == 1
    assert reading.households[0].has(NoteCode.TWINS)
    assert not reading.duplicates


def test_children_who_share_only_one_of_two_homes_stay_apart_and_say_so() -> None:
    reading = read_list("Ben: t@example.org, x@example.org\nBella: t@example.org")
    assert [household.guests for household in reading.households] == [("Ben",), ("Bella",)]
    assert all(household.has(NoteCode.SAME_ADDRESS) for household in reading.households)


def test_a_second_line_adds_the_other_home_of_the_same_child() -> None:
    reading = read_list("Noor amal@example.org\nNoor amal@example.org sami@example.org")
    (noor,) = reading.households
    assert [contact.email for contact in noor.contacts] == ["amal@example.org", "sami@example.org"]


def test_mum_on_one_line_and_dad_on_another_are_two_homes_of_one_child() -> None:
    reading = read_list("Dylan (mum) siobhan@example.org\nMia a@b.co\nDylan (dad Pat) 07700 900231")
    dylan = reading.households[0]
    assert (dylan.lines, dylan.guests) == ((1, 3), ("Dylan",))
    assert dylan.contacts == (
        ReadContact(email="siobhan@example.org"),
        ReadContact(name="Pat", phone="+447700900231"),
    )
    assert dylan.has(NoteCode.TWO_HOMES)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Mia anna@example.org\nMia lea@example.org", id="nothing says so"),
        pytest.param("Mia (mum) a@example.org\nMia (mum) b@example.org", id="two mothers"),
        pytest.param(
            "Mia Bauer (mum) a@example.org\nMia Kaya (dad) b@example.org", id="two surnames"
        ),
        pytest.param(
            "Mia (mum) a@example.org\nMia (dad) b@example.org\nMia (mum) c@example.org",
            id="a third one",
        ),
        pytest.param("Mia\nMia a@example.org; Leo", id="one without an address"),
    ],
)
def test_two_children_of_one_name_are_never_merged_on_a_guess(text: str) -> None:
    namesakes = [h for h in read_list(text).households if "Mia" in h.guests]
    assert len(namesakes) > 1
    assert all(household.has(NoteCode.SAME_NAME) for household in namesakes)
    assert all(len(household.contacts) < 2 for household in namesakes)


def test_initials_keep_two_children_of_one_name_apart() -> None:
    reading = read_list("Mia K. anna@example.org\nMia S. lea@example.org")
    assert [household.guests for household in reading.households] == [("Mia K.",), ("Mia S.",)]
    assert not any(household.has(NoteCode.SAME_NAME) for household in reading.households)


def test_an_address_below_a_name_belongs_to_it() -> None:
    reading = read_list("Mia\nanna@example.org\n\nNoah\npriya@example.org\n07700 900123\nTomasz\n")
    assert [(h.lines, h.guests, h.contacts) for h in reading.households] == [
        ((1, 2), ("Mia",), (ReadContact(email="anna@example.org"),)),
        ((4, 5, 6), ("Noah",), (ReadContact(email="priya@example.org", phone="+447700900123"),)),
        ((7,), ("Tomasz",), ()),
    ]


def test_an_address_after_a_blank_line_belongs_to_nobody_yet() -> None:
    reading = read_list("Tomasz\n\nanna@example.org")
    assert [household.guests for household in reading.households] == [("Tomasz",), ()]
    assert reading.households[1].has(NoteCode.NO_CHILD)


def test_who_posts_the_whole_list_is_not_taken_for_every_parent() -> None:
    reading = read_list(
        "[12/05, 18:22] Anna: Mia anna@example.org\n"
        "[12/05, 18:23] Anna: Leo katrin@example.org\n"
        "[12/05, 18:24] Priya: Noah post@example.org"
    )
    assert [h.contacts[0].name for h in reading.households] == ["Anna", "", "Priya"]


def test_a_heading_tells_the_parent_from_the_child() -> None:
    table = "Parent;Child;Email\nHye-jin;Grace;gh@example.org"
    (grace,) = read_list(table).households
    assert grace.guests == ("Grace",)
    assert grace.contacts == (ReadContact("Hye-jin", "gh@example.org"),)
    assert not grace.notes


def test_a_mistyped_address_is_kept_as_written_and_the_better_one_is_offered() -> None:
    (leo,) = read_list("Leo <katrin.bauer@gmial.com>").households
    assert leo.contacts[0].email == "katrin.bauer@gmial.com"
    (note,) = leo.notes
    assert (note.value, note.about) == ("katrin.bauer@gmail.com", "katrin.bauer@gmial.com")
    assert leo.needs_a_look


def test_the_surname_of_a_child_is_left_out_and_said() -> None:
    (leo,) = read_list("Leo Bauer k@example.org").households
    assert leo.guests == ("Leo",)
    assert [(n.code, n.value, n.about) for n in leo.notes] == [
        (NoteCode.NAME_SHORTENED, "Leo Bauer", "Leo")
    ]
    assert not leo.needs_a_look


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("x" * 1_000_001, ProblemCode.TEXT_TOO_LONG, id="more than a megabyte"),
        pytest.param("x" * 60_000, ProblemCode.LINE_TOO_LONG, id="an endless line"),
        pytest.param("Mia " * 400, ProblemCode.LINE_TOO_LONG, id="an endless household"),
        pytest.param("Mi\0a a@b.co", ProblemCode.BAD_CHARACTERS, id="NUL"),
        pytest.param("Mia\ud800 a@b.co", ProblemCode.BAD_CHARACTERS, id="surrogate"),
        pytest.param("ok\n" * 2_001, ProblemCode.TOO_MANY_LINES, id="too many lines"),
        pytest.param("anna@localhost", ProblemCode.UNUSABLE_ADDRESS, id="only a bad address"),
        pytest.param("Mia" + "x" * 60, ProblemCode.UNUSABLE_NAME, id="only a bad name"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_line(text: str, code: ProblemCode) -> None:
    reading = read_list(text)
    assert not reading.households
    assert reading.problems[-1].code == code
    assert len(reading.problems[-1].text) <= 200


def test_the_501st_household_is_a_problem() -> None:
    rows = "\n".join(f"Mia m{number}@example.org" for number in range(501))
    reading = read_list(rows)
    assert len(reading.households) == 500
    assert [(p.line, p.code) for p in reading.problems] == [(501, ProblemCode.TOO_MANY_HOUSEHOLDS)]


def test_a_bad_line_leaves_the_others_alone() -> None:
    reading = read_list("Mia anna@example.org\nLe\0o k@example.org\nNoah priya@example.org")
    assert [household.guests for household in reading.households] == [("Mia",), ("Noah",)]
    assert [problem.line for problem in reading.problems] == [2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_every_kind_of_line_end_counts(end: str) -> None:
    reading = read_list(end.join(["Mia a@example.org", "", "Leo b@example.org"]))
    assert [household.lines for household in reading.households] == [(1,), (3,)]


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, CHAT_LIKE))
def test_any_text_is_read_without_an_error(text: str) -> None:
    reading = read_list(text)
    for household in reading.households:
        assert household.guests or household.contacts
        assert len(household.contacts) <= 3
        assert all(contact.email or contact.phone for contact in household.contacts)
        assert all(guest == guest.strip() and 0 < len(guest) <= 50 for guest in household.guests)
        assert all("@" in contact.email for contact in household.contacts if contact.email)
        for said in (*household.guests, *(note.value for note in household.notes)):
            said.encode()
    for problem in reading.problems:
        problem.text.encode()
        assert problem.text.isprintable() or not problem.text.isascii()


@settings(deadline=None)
@given(CHAT_LIKE)
def test_no_address_is_made_up(text: str) -> None:
    shown = text.replace("\u200d", "").replace("\u202e", "")
    for household in read_list(text).households:
        for contact in household.contacts:
            assert contact.email.partition("@")[0] in shown


def test_the_work_grows_with_the_rows_and_not_with_their_square() -> None:
    few, many = _rows(50), _rows(500)
    assert len(read_list(many).households) == 500
    ratio = min(_seconds(many) / _seconds(few) for _ in range(5))
    assert ratio < 30  # ten times the rows; their square would be a hundred


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("Mia," * 12_000, id="commas"),
        pytest.param(("ab cd@e,f;" * 4_999 + "\n") * 20, id="half addresses"),
        pytest.param("\n".join(["Mia m@example.org"] * 2_000), id="one line again and again"),
        pytest.param("\n".join(f"A m@x.org, k{n}@x.org" for n in range(2_000)), id="one address"),
        pytest.param("[12/05" * 8_000, id="brackets"),
        pytest.param("(" * 900 + "\n" + "a" + "\u0301\u0316" * 24_000, id="marks"),
        pytest.param(("1 " * 499 + ",") * 45, id="digits"),
    ],
)
def test_hostile_text_is_read_in_time(hostile: str) -> None:
    assert _seconds(hostile) < 30  # of work; a second or so on a quiet machine


def _rows(number: int) -> str:
    return "\n".join(
        f"Kid (mum Priya) priya{n}@example.com +44 7700 9{n:05}" for n in range(number)
    )


def _seconds(text: str) -> float:
    started = time.process_time()
    read_list(text)
    return time.process_time() - started
