"""Names, addresses and numbers as people type them, and as others try to break them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guests.lists import (
    EmailProblem,
    NameProblem,
    PhoneProblem,
    clean_email,
    clean_name,
    clean_phone,
    display_email,
    email_key,
    mixes_scripts,
    suggest_email,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ANY_TEXT = st.text(st.characters(codec=None, categories=None))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        pytest.param("O'Neil", "O'Neil", id="apostrophe"),
        pytest.param("Zoë", "Zoë", id="accent"),
        pytest.param("Zoe\u0308", "Zoë", id="composed to NFC"),
        pytest.param("D’Artagnan-Łukasz", "D’Artagnan-Łukasz", id="typographic apostrophe"),
        pytest.param("李小龙", "李小龙", id="Chinese"),
        pytest.param("نور", "نور", id="Arabic"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="Persian joiner kept"),
        pytest.param(FAMILY, FAMILY, id="family emoji keeps its joiners"),
        pytest.param(
            "<script>alert(1)</script>", "<script>alert(1)</script>", id="markup as typed"
        ),
        pytest.param('"><img onerror>', '"><img onerror>', id="broken markup as typed"),
        pytest.param("{{7*7}}", "{{7*7}}", id="template braces as typed"),
        pytest.param("{% load %}", "{% load %}", id="template tag as typed"),
        pytest.param("%(x)s", "%(x)s", id="percent format as typed"),
        pytest.param("{0.__class__}", "{0.__class__}", id="brace format as typed"),
        pytest.param("Mia\r\nBcc: v@x", "Mia Bcc: v@x", id="line break becomes a space"),
        pytest.param("Mia\r\nBcc: a@example.org", "Mia Bcc: a@example.org", id="address kept"),
        pytest.param("Mia\u2028Leo\u2029Ben\u0085Ida", "Mia Leo Ben Ida", id="Unicode line ends"),
        pytest.param("\u202eMia\u202c \u2066x\u2069", "Mia x", id="bidi controls removed"),
        pytest.param("M\u200bi\ufeffa\u00ad", "Mia", id="zero width removed"),
        pytest.param("Mia\u200d", "Mia", id="joiner that joins nothing"),
        pytest.param("  Mia \t Rose\u00a0B ", "Mia Rose B", id="whitespace collapsed"),
        pytest.param("Hye-jin", "Hye-jin", id="hyphen"),
        pytest.param("Phượng", "Phượng", id="stacked Vietnamese marks"),
        pytest.param("J. R.", "J. R.", id="initials"),
        pytest.param("x" * 50, "x" * 50, id="50 characters"),
    ],
)
def test_a_name_is_kept_as_it_was_meant(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param(" \t\n\u00a0", "empty", id="whitespace only"),
        pytest.param("\u200b", "empty", id="zero width only"),
        pytest.param("\u202e\u2066", "empty", id="bidi only"),
        pytest.param("\u3164\u2800", "empty", id="letters that show nothing"),
        pytest.param("\ud800", "bad_characters", id="lone surrogate"),
        pytest.param("Mia\udc00", "bad_characters", id="surrogate after a name"),
        pytest.param("Mi\0a", "bad_characters", id="NUL"),
        pytest.param("x" * 51, "too_long", id="51 characters"),
        pytest.param("x" * 101, "too_long", id="101 characters"),
        pytest.param("x" * 10**6, "too_long", id="a million characters"),
        pytest.param("Z" + "\u0335" * 50, "too_many_marks", id="zalgo"),
        pytest.param("http://evil.tld call +1-900-555-0100", "web_address", id="link and number"),
        pytest.param("see www.evil.tld", "web_address", id="www"),
        pytest.param("Win at evil.com", "web_address", id="bare domain"),
        pytest.param("Call +1-900-555-0100", "long_number", id="phone number"),
        pytest.param("0 7 7 0 0 9 0 0", "long_number", id="spaced digits"),
        pytest.param("???", "no_letters", id="punctuation only"),
    ],
)
def test_a_name_that_cannot_be_one_is_refused(raw: str, code: str) -> None:
    with pytest.raises(NameProblem) as refused:
        clean_name(raw)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("raw", "email"),
    [
        pytest.param("a@b.co\n", "a@b.co", id="line break at the end"),
        pytest.param(" a@x.com ", "a@x.com", id="spaces around"),
        pytest.param("\u200eanna@example.org\ufeff", "anna@example.org", id="invisible around"),
        pytest.param("Anna.B@Example.ORG", "Anna.B@example.org", id="only the domain is lowered"),
        pytest.param("a+tag@x.com", "a+tag@x.com", id="tag"),
        pytest.param("o'neil@example.com", "o'neil@example.com", id="apostrophe"),
        pytest.param("a@bücher.example", "a@xn--bcher-kva.example", id="umlaut domain"),
        pytest.param("a@BÜCHER.example", "a@xn--bcher-kva.example", id="umlaut in capitals"),
        pytest.param("a@straße.example", "a@xn--strae-oqa.example", id="sharp s is not ss"),
        pytest.param("a@例子。example", "a@xn--fsqu00a.example", id="ideographic full stop"),
        pytest.param("a@my.example", "a@my.example", id="example domain of demonstrations"),
        pytest.param("l" * 64 + "@example.org", "l" * 64 + "@example.org", id="local part of 64"),
    ],
)
def test_an_address_is_normalised(raw: str, email: str) -> None:
    assert clean_email(raw) == email


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("anna", "not_an_address", id="no at"),
        pytest.param("@x.com", "not_an_address", id="no local part"),
        pytest.param("anna@", "not_an_address", id="no domain"),
        pytest.param("a@b.co\r\nBcc: x@y.z", "not_an_address", id="header injection"),
        pytest.param("a@b,c@d.com", "not_an_address", id="two with a comma"),
        pytest.param("a;b", "not_an_address", id="semicolon"),
        pytest.param("Bob <a@x.com>", "not_an_address", id="display name"),
        pytest.param("<a@x.com>", "not_an_address", id="angle brackets"),
        pytest.param("a b@x.com", "not_an_address", id="space inside"),
        pytest.param('"a b"@x.com', "not_an_address", id="quoted local part"),
        pytest.param("a..b@x.com", "not_an_address", id="two dots"),
        pytest.param(".a@x.com", "not_an_address", id="leading dot"),
        pytest.param("a.@x.com", "not_an_address", id="dot before at"),
        pytest.param("a@localhost", "not_public", id="localhost"),
        pytest.param("a@b", "not_public", id="no dot"),
        pytest.param("a@printer.local", "not_public", id="local"),
        pytest.param("a@x.localhost", "not_public", id="under localhost"),
        pytest.param("a@x.test", "not_public", id="test"),
        pytest.param("a@x.invalid", "not_public", id="invalid"),
        pytest.param("a@x.internal", "not_public", id="internal"),
        pytest.param("a@[127.0.0.1]", "literal_domain", id="literal"),
        pytest.param("a@127.0.0.1", "bad_domain", id="bare IP address"),
        pytest.param("a@-x.com", "bad_domain", id="leading hyphen"),
        pytest.param("a@x-.com", "bad_domain", id="trailing hyphen"),
        pytest.param("a@x.com.", "bad_domain", id="trailing dot"),
        pytest.param("a@x.c", "bad_domain", id="one-letter top"),
        pytest.param("a@x..com", "bad_domain", id="empty label"),
        pytest.param("a@xn--zz--.com", "bad_domain", id="broken punycode"),
        pytest.param("a@a\u2764b.com", "bad_domain", id="symbol in the domain"),
        pytest.param("l" * 65 + "@x.com", "too_long", id="local part of 65"),
        pytest.param("a@" + "x" * 63 + (".y" * 100) + ".com", "too_long", id="longer than 254"),
        pytest.param("a" * 10**6 + "@x.com", "too_long", id="a million characters"),
        pytest.param("ü@x.com", "non_ascii_local", id="needs SMTPUTF8"),
        pytest.param("abuse@x.com", "role_account", id="abuse"),
        pytest.param("Postmaster@x.com", "role_account", id="postmaster"),
        pytest.param("a\0@x.com", "bad_characters", id="NUL"),
        pytest.param("a\ud800@x.com", "bad_characters", id="surrogate"),
    ],
)
def test_an_address_that_cannot_get_mail_is_refused(raw: str, code: str) -> None:
    with pytest.raises(EmailProblem) as refused:
        clean_email(raw)
    assert refused.value.code == code


def test_addresses_are_compared_without_case_and_with_their_tags_and_dots() -> None:
    assert email_key(clean_email("A@X.COM")) == email_key(clean_email("a@x.com"))
    assert email_key(clean_email("a+tag@x.com")) != email_key(clean_email("a@x.com"))
    assert email_key(clean_email("a.b@gmail.com")) != email_key(clean_email("ab@gmail.com"))


def test_a_domain_is_shown_in_its_own_alphabet() -> None:
    assert display_email(clean_email("a@bücher.example")) == "a@bücher.example"
    assert display_email("a@example.org") == "a@example.org"


@pytest.mark.parametrize(
    ("email", "better"),
    [
        pytest.param("k@gmial.com", "k@gmail.com", id="letters swapped"),
        pytest.param("k@hotmial.co.uk", "k@hotmail.co.uk", id="British"),
        pytest.param("k@gmail.con", "k@gmail.com", id="con"),
        pytest.param("k@my-school.ogr", "k@my-school.org", id="top of any domain"),
        pytest.param("k@gmail.com", "", id="right"),
        pytest.param("k@example.org", "", id="example"),
        pytest.param("k@anything.example", "", id="unknown domain"),
    ],
)
def test_a_slip_of_the_finger_is_suggested_and_nothing_else(email: str, better: str) -> None:
    assert suggest_email(email) == better


def test_a_domain_that_mixes_alphabets_is_noticed() -> None:
    assert mixes_scripts(clean_email("a@ex\u0430mple.org"))
    assert not mixes_scripts(clean_email("a@bücher.example"))
    assert not mixes_scripts(clean_email("a@пример.example"))


@pytest.mark.parametrize(
    ("raw", "region", "phone"),
    [
        pytest.param("07700 900118", "GB", "+447700900118", id="national"),
        pytest.param("+44 7700 900123", "US", "+447700900123", id="prefix beats the region"),
        pytest.param("(020) 7946-0018", "GB", "+442079460018", id="brackets and hyphen"),
        pytest.param("030 901820", "DE", "+4930901820", id="German"),
        pytest.param("\u202a+44 7700 900123\u202c", "GB", "+447700900123", id="copied with bidi"),
        pytest.param("0044 7700 900123", "GB", "+447700900123", id="00 prefix"),
    ],
)
def test_a_number_becomes_one_that_every_phone_can_dial(raw: str, region: str, phone: str) -> None:
    assert clean_phone(raw, region) == phone


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("call me", "not_a_number", id="words"),
        pytest.param("900118", "not_a_number", id="without its area"),
        pytest.param("1" * 61, "not_a_number", id="much too long"),
        pytest.param("07700\0900118", "bad_characters", id="NUL"),
        pytest.param("\ud800", "bad_characters", id="surrogate"),
    ],
)
def test_a_number_that_cannot_be_dialled_is_refused(raw: str, code: str) -> None:
    with pytest.raises(PhoneProblem) as refused:
        clean_phone(raw, "GB")
    assert refused.value.code == code


@settings(deadline=None)
@given(ANY_TEXT)
def test_cleaning_accepts_or_refuses_any_text_and_is_stable(raw: str) -> None:
    try:
        name = clean_name(raw)
    except NameProblem:
        pass
    else:
        assert clean_name(name) == name
        assert len(name) <= 50
        name.encode()
    try:
        email = clean_email(raw)
    except EmailProblem:
        pass
    else:
        assert clean_email(email) == email
    try:
        phone = clean_phone(raw)
    except PhoneProblem:
        pass
    else:
        assert clean_phone(phone) == phone


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_an_accepted_address_is_plain_ascii_without_spaces(local: str, domain: str) -> None:
    try:
        email = clean_email(f"{local}@{domain}.org")
    except EmailProblem:
        return
    assert email.isascii()
    assert email.isprintable()
    assert " " not in email
    assert len(email) <= 254
    assert clean_email(display_email(email)) == email
