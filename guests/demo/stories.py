"""Three parties as data: who is invited, who answered what, and how many days ago.

First names and example.org addresses only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Any

from parties.words import Answer

YES, NO, MAYBE = Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE


@dataclass(frozen=True, slots=True)
class Home:
    """One household. `contacts` are name, mailbox name at example.org, phone; both may be empty.

    `said` came in `after` days from inviting; `by_phone` through the host.
    """

    guests: tuple[str, ...]
    contacts: tuple[tuple[str, str, str], ...] = ()
    line: str = ""
    said: Answer | None = None
    after: float = 1.0
    by_phone: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One party: so many Saturdays from now, invited so many days ago."""

    saturdays: int
    invited_days_ago: float
    party: dict[str, Any]
    homes: tuple[Home, ...]


def _home(
    child: str, parent: str, said: Answer | None = None, after: float = 1.0, **details: Any
) -> Home:
    return Home((child,), ((parent, parent.lower(), ""),), said=said, after=after, details=details)


JAMIE = Story(
    saturdays=3,
    invited_days_ago=6,
    party={
        "child_name": "Jamie",
        "turns": 7,
        "theme": "dinosaurs",
        "host_is": "Jamie’s mum",
        "host_phone": "+447700900412",
        "starts": time(14),
        "ends": time(16, 30),
        "place": "Larch Street Hall",
        "where_exactly": "8 Larch Street, the green side door",
        "about_child": "His words can be hard to catch. He’ll show you what he means. "
        "Ask him about dinosaurs.",
        "stay_note": "Both are fine. There is tea, and a quiet room.",
        "food_note": "Pizza and cake. Tell us about allergies after you say yes.",
        "enough": 3,
    },
    homes=(
        Home(
            ("Nia", "Theo"),
            (("Amal", "amal", "+447700900101"),),
            line="Nia, Jamie still talks about the tunnel you two dug. "
            "Theo, he has kept the green digger for you.",
            said=YES,
            after=2.2,
            details={"adults": 1, "allergies": "Theo: no nuts", "stays": "stay"},
        ),
        _home("Otto", "Jonas", NO, 1.1, message="We are away that weekend. Have a lovely day!"),
        _home("Isla", "Fern"),
        _home("Kofi", "Abena"),
        _home("Yusuf", "Leyla"),
        Home(
            ("Grace",),
            (("Hye-jin", "hyejin", ""), ("Min", "min", "+447700900102")),
            line="Grace, Jamie has found a fossil, and wants you to see it first.",
        ),
        _home("Pablo", "Sofia"),
        Home(("Ruth",), (("Naomi", "", "+447700900103"),)),
    ),
)

JJ = Story(
    saturdays=1,
    invited_days_ago=12,
    party={
        "child_name": "JJ",
        "turns": 6,
        "theme": "balloons",
        "host_is": "JJ’s mum",
        "host_phone": "+447700900412",
        "starts": time(14),
        "ends": time(16),
        "place": "Victoria Park",
        "where_exactly": "the blue shelter behind the playground",
        "about_child": "JJ loves to run, and to be the dragon.",
        "stay_note": "Please stay if you can. The park is big.",
        "food_note": "Sandwiches, fruit and a big cake.",
        "enough": 5,
    },
    homes=(
        Home(
            ("Noor",),
            (("Amina", "amina", ""), ("Sami", "sami", "")),
            said=YES,
            after=0.4,
            details={"adults": 1, "stays": "stay"},
        ),
        _home("Elsie", "Beth", YES, 2, stays="drop_off", allergies="No nuts"),
        Home(("Leo",), (("Katrin", "katrin", ""),), said=YES, after=4.1, by_phone=True),
        _home("Zain", "Farah", MAYBE, 3),
        _home("Mila", "Vera", NO, 0.2, message="Away that weekend. Happy birthday, JJ!"),
        _home("Sol", "Ines", NO, 5),
        Home(("Ben", "Bella"), (("Tessa", "tessa", "+447700900231"),)),
        _home("Clara", "Marco"),
        Home(("Dylan",), (("Siobhan", "siobhan", ""), ("Pat", "pat", ""))),
        _home("Efe", "Deniz"),
        _home("Freya", "Lara"),
        _home("Hugo", "Anna"),
        _home("Iris", "Joana"),
        _home("Femi", "Tunde"),
        _home("Luca", "Chiara"),
        _home("Maya", "Sofia"),
        _home("Ava", "Dee"),
        _home("Zoë", "Noemie"),
        _home("Arlo", "Kit"),
        _home("Jun", "Mei"),
        Home(("Samira",), (("Hana", "", "+447700900118"),)),
        Home(("Tomasz",)),
    ),
)

M = Story(
    saturdays=2,
    invited_days_ago=8,
    party={
        "child_name": "M",
        "turns": 9,
        "theme": "comic",
        "host_is": "M’s mum",
        "starts": time(15),
        "ends": time(17),
        "place": "Our flat, 14 Harbour Road",
        "where_exactly": "Ring the second bell from the top",
        "about_child": "M talks a lot when it’s about comics, and likes a quiet break in between.",
        "food_note": "Pancakes.",
        "enough": 3,
    },
    homes=(
        Home(("Ada",), (("Grace", "grace", ""),), line="Ada, M has kept the red pen for you."),
        Home(("Priya",), (("Divya", "", "+447700900342"),)),
        Home(("Finn",)),
        Home(("Lotte",)),
        Home(("Amir",), (("Dara", "dara", ""),)),
        Home(("June",), (("Wren", "", "+447700900343"),), said=YES, after=3, by_phone=True),
        Home(("Olu",)),
    ),
)

STORIES = (JAMIE, JJ, M)
