"""One line as people write it, and what is understood. Each row can be checked by eye."""

from __future__ import annotations

import pytest

from guests.lists import read_list

Contact = tuple[str, str, str]
Row = tuple[tuple[str, ...], list[Contact], set[str]]


def understood(text: str) -> list[Row]:
    """Children, contacts and codes of notes of each household."""
    return [
        (
            household.guests,
            [(contact.name, contact.email, contact.phone) for contact in household.contacts],
            {note.code.value for note in household.notes},
        )
        for household in read_list(text).households
    ]


ONE_HOUSEHOLD: dict[str, Row] = {
    "Mia - anna@example.com": (
        ("Mia",),
        [("", "anna@example.com", "")],
        set(),
    ),
    "Noah (mum Priya) priya@example.com +44 7700 900123": (
        ("Noah",),
        [("Priya", "priya@example.com", "+447700900123")],
        set(),
    ),
    "Noor; amal.h@example.org, sami.h@example.org": (
        ("Noor",),
        [("", "amal.h@example.org", ""), ("", "sami.h@example.org", "")],
        {"two_homes"},
    ),
    "Ben + Bella Ortmann  tessa.ortmann@example.net": (
        ("Ben", "Bella"),
        [("", "tessa.ortmann@example.net", "")],
        {"name_shortened", "twins"},
    ),
    "Leo Bauer <katrin.bauer@gmial.com>": (
        ("Leo",),
        [("", "katrin.bauer@gmial.com", "")],
        {"looks_mistyped", "name_shortened"},
    ),
    "Ana María: maria.lopez@example.org": (
        ("Ana María",),
        [("", "maria.lopez@example.org", "")],
        set(),
    ),
    "[12/05, 18:22] Priya: Noah priya@example.com": (
        ("Noah",),
        [("Priya", "priya@example.com", "")],
        set(),
    ),
    "- Mia anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "1) Mia anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "• Mia – anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Zoë & Łukasz (twins) dad Jan jan@example.org": (
        ("Zoë", "Łukasz"),
        [("Jan", "jan@example.org", "")],
        {"twins"},
    ),
    "Samira 07700 900118": (
        ("Samira",),
        [("", "", "+447700900118")],
        {"no_address"},
    ),
    "Tomasz": (
        ("Tomasz",),
        [],
        {"no_address"},
    ),
    "Mia's mum anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Mia’s mum Anna anna@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Anna (Mia's mum) anna@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Dylan (mum) siobhan@example.org": (
        ("Dylan",),
        [("", "siobhan@example.org", "")],
        set(),
    ),
    "Dylan, Siobhan (mum) siobhan@example.org": (
        ("Dylan",),
        [("Siobhan", "siobhan@example.org", "")],
        set(),
    ),
    "mum of Mia: anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Mama von Mia: anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Grace, Hye-jin, gh@example.org": (
        ("Grace",),
        [("Hye-jin", "gh@example.org", "")],
        {"cannot_tell_names"},
    ),
    "Mia, Anna, anna@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Anna - Mia anna@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        {"cannot_tell_names"},
    ),
    "Mia - Anna anna@example.org, Tom tom@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", ""), ("Tom", "tom@example.org", "")],
        {"two_homes"},
    ),
    "Mia (mum Anna) anna@example.org 07700 900123, (dad Tom) tom@example.org 07700 900124": (
        ("Mia",),
        [
            ("Anna", "anna@example.org", "+447700900123"),
            ("Tom", "tom@example.org", "+447700900124"),
        ],
        {"two_homes"},
    ),
    "Noah: mum Priya, dad Raj priya@example.org raj@example.org": (
        ("Noah",),
        [("Priya", "priya@example.org", ""), ("Raj", "raj@example.org", "")],
        {"two_homes"},
    ),
    "Noah (mum Priya, dad Raj) priya@example.org": (
        ("Noah",),
        [("Priya", "priya@example.org", "")],
        set(),
    ),
    "mia anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Hi, please add Mia, my email is anna@example.org thanks": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Noah is coming! priya@example.org": (
        ("Noah",),
        [("", "priya@example.org", "")],
        set(),
    ),
    "It's Leo's mum, use katrin@example.org": (
        ("Leo",),
        [("", "katrin@example.org", "")],
        set(),
    ),
    "Tomasz (no email)": (
        ("Tomasz",),
        [],
        {"no_address"},
    ),
    "Tomasz - ?": (
        ("Tomasz",),
        [],
        {"no_address"},
    ),
    "李小龙 lee@example.org": (
        ("李小龙",),
        [("", "lee@example.org", "")],
        set(),
    ),
    "نور amal@example.org": (
        ("نور",),
        [("", "amal@example.org", "")],
        set(),
    ),
    "D’Artagnan-Łukasz: jan@example.org": (
        ("D’Artagnan-Łukasz",),
        [("", "jan@example.org", "")],
        set(),
    ),
    "O'Neil - anna@example.org": (
        ("O'Neil",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Mia\tAnna\tanna@example.org\t07700 900123": (
        ("Mia",),
        [("Anna", "anna@example.org", "+447700900123")],
        set(),
    ),
    '"Mia","Anna","anna@example.org"': (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "anna@example.org": (
        (),
        [("", "anna@example.org", "")],
        {"no_child"},
    ),
    "anna@localhost Mia": (
        ("Mia",),
        [],
        {"bad_address", "no_address"},
    ),
    "Mia anna@": (
        ("Mia",),
        [],
        {"bad_address", "no_address"},
    ),
    "Mia K. anna@example.org": (
        ("Mia K.",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Mia (6) anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Ben & Bella's dad tom@example.org": (
        ("Ben", "Bella"),
        [("", "tom@example.org", "")],
        {"twins"},
    ),
    "Mia 07700 900123 / 07700 900124": (
        ("Mia",),
        [("", "", "+447700900123"), ("", "", "+447700900124")],
        {"no_address", "two_homes"},
    ),
    "Mia: mum 07700 900123, dad 07700 900124": (
        ("Mia",),
        [("", "", "+447700900123"), ("", "", "+447700900124")],
        {"no_address", "two_homes"},
    ),
    "Katrin Bauer <katrin.bauer@example.org>": (
        ("Katrin",),
        [("", "katrin.bauer@example.org", "")],
        {"cannot_tell_names", "name_shortened"},
    ),
    "Ben/Bella tessa@example.org": (
        ("Ben",),
        [("Bella", "tessa@example.org", "")],
        {"cannot_tell_names"},
    ),
    "[18:22, 12/05/2026] +44 7700 900123: Noah priya@example.com": (
        ("Noah",),
        [("", "priya@example.com", "+447700900123")],
        set(),
    ),
    "parents Anna and Tom - Mia - family@example.org": (
        ("Mia",),
        [("Anna & Tom", "family@example.org", "")],
        set(),
    ),
    "Mia 🎉 anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Jan jan@example.org": (
        ("Jan",),
        [("", "jan@example.org", "")],
        set(),
    ),
    "Mia anna@example.org (Anna)": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Grace Kim - Hye-jin Kim hj@example.org": (
        ("Grace",),
        [("Hye-jin Kim", "hj@example.org", "")],
        {"name_shortened"},
    ),
    "Noah mum is Priya priya@example.org": (
        ("Noah",),
        [("Priya", "priya@example.org", "")],
        set(),
    ),
    "Leo (Mum: Katrin Bauer, katrin@example.org, 07700900222)": (
        ("Leo",),
        [("Katrin Bauer", "katrin@example.org", "+447700900222")],
        set(),
    ),
    "Leo anna@bücher.example": (
        ("Leo",),
        [("", "anna@xn--bcher-kva.example", "")],
        set(),
    ),
    "Mia,anna@example.org,Anna": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Priya (mum), Noah, priya@example.org": (
        ("Noah",),
        [("Priya", "priya@example.org", "")],
        set(),
    ),
    "maman de Zoé: claire@example.org": (
        ("Zoé",),
        [("", "claire@example.org", "")],
        set(),
    ),
    "Sarah Miller (Emma) sarah.m@example.org": (
        ("Emma",),
        [("Sarah Miller", "sarah.m@example.org", "")],
        {"cannot_tell_names"},
    ),
    "JJ (nut allergy) anna@example.org": (
        ("JJ",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Mia - mum Anna; anna@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Mia; Anna; anna@example.org": (
        ("Mia",),
        [("Anna", "anna@example.org", "")],
        set(),
    ),
    "Efe Yılmaz, deniz@example.org, 07700 900200": (
        ("Efe",),
        [("", "deniz@example.org", "+447700900200")],
        {"name_shortened"},
    ),
    "Mia & Leo - Anna & Tom anna@example.org tom@example.org": (
        ("Mia", "Leo"),
        [("Anna", "anna@example.org", ""), ("Tom", "tom@example.org", "")],
        {"twins", "two_homes"},
    ),
    "Mia – mum Anna O’Neil – anna@example.org – 07700 900 123": (
        ("Mia",),
        [("Anna O’Neil", "anna@example.org", "+447700900123")],
        set(),
    ),
    "Benjamin (Ben) tessa@example.org": (
        ("Benjamin",),
        [("", "tessa@example.org", "")],
        set(),
    ),
    "Ben, Bella (twins) tessa@example.org": (
        ("Ben", "Bella"),
        [("", "tessa@example.org", "")],
        {"twins"},
    ),
    "Nina: anna@example.org": (
        ("Nina",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Mia 07700 9001234567": (
        ("Mia",),
        [],
        {"bad_phone", "no_address"},
    ),
    "child: Mia, mum: Anna, email: anna@example.org, tel: 07700 900123": (
        ("Mia",),
        [("Anna", "anna@example.org", "+447700900123")],
        set(),
    ),
    "Tomasz (no email, ask at school)": (
        ("Tomasz",),
        [],
        {"no_address"},
    ),
    "Tomasz (mum Ewa)": (
        ("Tomasz",),
        [],
        {"no_address"},
    ),
    "Ana / Bea / Cleo": (
        ("Ana", "Bea", "Cleo"),
        [],
        {"cannot_tell_names", "no_address", "twins"},
    ),
    "Mia: anna@example.org tom@example.org c@example.org d@example.org": (
        ("Mia",),
        [("", "anna@example.org", ""), ("", "tom@example.org", ""), ("", "c@example.org", "")],
        {"too_many_contacts", "two_homes"},
    ),
    "[12/05, 18:22] Priya (Noah's mum): priya@example.org": (
        ("Noah",),
        [("Priya", "priya@example.org", "")],
        set(),
    ),
    "[anna@example.org](mailto:anna@example.org) Mia": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Leo van der Berg leo@example.org": (
        ("Leo",),
        [("", "leo@example.org", "")],
        {"name_shortened"},
    ),
    "Anna Schmidt, Mutter von Mia, anna@example.org": (
        ("Mia",),
        [("Anna Schmidt", "anna@example.org", "")],
        set(),
    ),
    "My son Leo will come, katrin@example.org": (
        ("Leo",),
        [("", "katrin@example.org", "")],
        set(),
    ),
    "Mia anna@exаmple.org": (
        ("Mia",),
        [("", "anna@xn--exmple-4nf.org", "")],
        {"mixed_scripts"},
    ),
    "Zoë + مريم：jan@example.org": (
        ("Zoë", "مريم"),
        [("", "jan@example.org", "")],
        {"twins"},
    ),
    "Mia and Leo": (
        ("Mia", "Leo"),
        [],
        {"no_address", "twins"},
    ),
    "👨\u200d👩\u200d👧 anna@example.org": (
        (),
        [("", "anna@example.org", "")],
        {"no_child"},
    ),
    "Mia https://example.org/list anna@example.org": (
        ("Mia",),
        [("", "anna@example.org", "")],
        set(),
    ),
    "Joy Kaur, grandma Simran, simran@example.org": (
        ("Joy",),
        [("Simran", "simran@example.org", "")],
        {"name_shortened"},
    ),
}

SEVERAL_HOUSEHOLDS: dict[str, list[tuple[str, ...]]] = {
    "Mia anna@example.org; Noah priya@example.org; Samira 07700 900118; Tomasz": [
        ("Mia",),
        ("Noah",),
        ("Samira",),
        ("Tomasz",),
    ],
    "Mia anna@example.org, Noah priya@example.org": [("Mia",), ("Noah",)],
    "Mia anna@example.org Noah priya@example.org Leo k@example.org": [
        ("Mia",),
        ("Noah",),
        ("Leo",),
    ],
    "Mia, anna@example.org, Noah, priya@example.org": [("Mia",), ("Noah",)],
    "Mia anna@example.org, Noah p@example.org; Leo k@example.org": [("Mia",), ("Noah",), ("Leo",)],
    "Samira; Tomasz": [("Samira",), ("Tomasz",)],
    "Mia, Noah, Samira, Tomasz": [("Mia",), ("Noah",), ("Samira",), ("Tomasz",)],
    "Ben & Bella t@example.org; Mia (mum Anna; dad Tom) a@example.org": [
        ("Ben", "Bella"),
        ("Mia",),
    ],
    "To: Ann Lee <ann.lee@example.org>, Tom Ray <tom.ray@example.org>": [("Ann Lee",), ("Tom",)],
}

NOBODY = (
    "ok thanks!",
    "see you there",
    "Here is the list:",
    "Thanks, Priya",
    "Happy Birthday Mia",
    "Year 2 Oak",
    "Elm Road 5",
    "ALL THE BEST",
    "Brilliant!",
    "Tomasz?",
    "lovely",
    "Mum",
    "Priya added you",
    "Messages and calls are end-to-end encrypted.",
    "<Media omitted>",
    "£5 each to 12-34-56 12345678",
    "Saturday 12/05/2026 at 14:00",
    "12/05/2026, 18:22 - Tom: Thanks Jo",
    "@Priya what about Noah?",
    "Danke, bis Samstag",
    "🎉🎉🎉",
    "---",
)


@pytest.mark.parametrize(("line", "expected"), ONE_HOUSEHOLD.items(), ids=ONE_HOUSEHOLD.keys())
def test_a_line_is_understood_as_it_was_meant(line: str, expected: Row) -> None:
    assert understood(line) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"), SEVERAL_HOUSEHOLDS.items(), ids=SEVERAL_HOUSEHOLDS.keys()
)
def test_several_households_on_a_line_are_told_apart(
    line: str, expected: list[tuple[str, ...]]
) -> None:
    assert [household.guests for household in read_list(line).households] == expected


@pytest.mark.parametrize("line", NOBODY)
def test_chatter_makes_no_household_and_is_shown_with_its_line(line: str) -> None:
    reading = read_list(f"\n{line}\n")
    assert not reading.households
    assert [(problem.line, problem.code) for problem in reading.problems] == [(2, "nothing_found")]


@pytest.mark.parametrize(
    "line",
    ["Name, Email", "Child;Parent;E-mail;Phone", "Kind, Eltern, Telefon", "Prénom\tNom\tCourriel"],
)
def test_the_heading_of_a_table_is_passed_over(line: str) -> None:
    reading = read_list(line)
    assert not reading.households
    assert not reading.problems
