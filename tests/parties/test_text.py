from __future__ import annotations

import pytest

from parties import text
from parties.text import BadText, Flaw


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        pytest.param("  Zoë ", "Zoë", id="spaces around"),
        pytest.param("Zoe\u0308", "Zoë", id="composed"),
        pytest.param("O'Neil", "O'Neil", id="apostrophe"),
        pytest.param("D’Artagnan-Łukasz", "D’Artagnan-Łukasz", id="typographic"),
        pytest.param("李小龙", "李小龙", id="Chinese"),
        pytest.param("نور", "نور", id="Arabic"),
        pytest.param("👩‍👩‍👧", "👩‍👩‍👧", id="a family emoji keeps its joiners"),
        pytest.param("Mia\r\nBcc: v@x", "Mia Bcc: v@x", id="line breaks become a space"),
        pytest.param("Mia\u2028Ben\x85Leo", "Mia Ben Leo", id="the other line breaks too"),
        pytest.param("\u202eMia\u2066", "Mia", id="bidi overrides go"),
        pytest.param("M\u200bi\ufeffa", "Mia", id="zero width goes"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="kept verbatim"),
        pytest.param("{{7*7}} {% load %} %(x)s", "{{7*7}} {% load %} %(x)s", id="template code"),
        pytest.param("", "", id="empty"),
    ],
)
def test_a_name_is_stored_as_it_was_meant(raw: str, stored: str) -> None:
    assert text.name(raw) == stored


@pytest.mark.parametrize(
    ("raw", "flaw"),
    [
        pytest.param("Mi\0a", Flaw.BROKEN, id="NUL"),
        pytest.param("Mi\ud800a", Flaw.BROKEN, id="half a character"),
        pytest.param("\u200b\u200b", Flaw.NO_LETTERS, id="nothing to see"),
        pytest.param("\u200d", Flaw.NO_LETTERS, id="a joiner alone"),
        pytest.param("!!!", Flaw.NO_LETTERS, id="no letters"),
        pytest.param("Z" + "\u0301" * 50, Flaw.MARKS, id="fifty accents"),
        pytest.param("http://evil.tld call", Flaw.LINK, id="a link"),
        pytest.param("Mia www.evil.example", Flaw.LINK, id="a link without its scheme"),
        pytest.param("win.com", Flaw.LINK, id="a bare domain"),
    ],
)
def test_a_name_that_is_none_is_refused(raw: str, flaw: Flaw) -> None:
    with pytest.raises(BadText) as caught:
        text.name(raw)
    assert caught.value.flaw is flaw


def test_a_paragraph_keeps_its_lines_and_at_most_one_empty_one() -> None:
    assert text.paragraph(" a  b\r\n\r\n\r\n\r\nc\u2028d\n") == "a b\n\nc\nd"


@pytest.mark.parametrize("raw", ["07700 900123", "+44 (0)7700-900.123", "030/123 45", ""])
def test_a_phone_number_stays_as_people_write_it(raw: str) -> None:
    assert text.phone(raw) == raw


@pytest.mark.parametrize("raw", ["call me", "12", "0" * 40, "07700 900123 javascript:x"])
def test_what_nobody_can_dial_is_refused(raw: str) -> None:
    with pytest.raises(BadText):
        text.phone(raw)
