"""Cleaning of email addresses and phone numbers. Used by the pasted lists and the site's forms."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

import phonenumbers

from parties.names import RAW_MAX, has_broken_characters

LOCAL_MAX, ADDRESS_MAX = 64, 254  # RFC 5321, in octets
PHONE_RAW_MAX = 60

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
# RFC 6761, 6762, 7686, 9476 and ICANN's .internal. Not .example and example.org: nothing is ever
# delivered there, and every demonstration uses them.
SPECIAL_TOPS = frozenset(
    {"alt", "arpa", "internal", "invalid", "local", "localhost", "onion", "test"}
)
ROLES = frozenset(
    {"abuse", "postmaster", "hostmaster", "mailer-daemon", "noc", "noreply", "no-reply"}
    | {"donotreply", "do-not-reply"}
)
_MISTYPED = {
    wrong: right
    for right, slips in {
        "gmail.com": "gmial.com gamil.com gmai.com gmal.com gmil.com gnail.com gmaill.com "
        "ggmail.com gmail.co gmail.cm gmail.om gmail.co.uk gmsil.com gmail.comm",
        "googlemail.com": "googelmail.com gogglemail.com googlemial.com",
        "hotmail.com": "hotmial.com hotmai.com hotmal.com hotnail.com homail.com "
        "hotmail.co hotamil.com",
        "hotmail.co.uk": "hotmial.co.uk hotmai.co.uk hotmail.couk",
        "outlook.com": "outlok.com outloo.com outllok.com oulook.com outlook.co outlool.com",
        "yahoo.com": "yaho.com yahooo.com yhaoo.com yaoo.com yahho.com yahoo.co",
        "yahoo.co.uk": "yaho.co.uk yahooo.co.uk yahoo.couk",
        "icloud.com": "iclod.com icoud.com iclould.com icluod.com icloud.co",
        "web.de": "wbe.de wed.de web.dee",
        "gmx.de": "gxm.de gmx.dee",
        "t-online.de": "tonline.de t-onlin.de t-online.dee",
    }.items()
    for wrong in slips.split()
}
_MISTYPED_TOPS = {
    "con": "com",
    "cmo": "com",
    "ocm": "com",
    "comm": "com",
    "vom": "com",
    "ogr": "org",
    "orgg": "org",
    "nte": "net",
    "nett": "net",
    "dee": "de",
}


class EmailProblemCode(StrEnum):
    """Why an email address is refused."""

    EMPTY = "empty"
    BAD_CHARACTERS = "bad_characters"
    NOT_AN_ADDRESS = "not_an_address"
    NON_ASCII_LOCAL = "non_ascii_local"  # needs SMTPUTF8, which few mail servers speak
    TOO_LONG = "too_long"
    BAD_DOMAIN = "bad_domain"
    LITERAL_DOMAIN = "literal_domain"  # an IP address in brackets
    NOT_PUBLIC = "not_public"  # no dot, or a name that never leaves a house
    ROLE_ACCOUNT = "role_account"  # read by no parent


class EmailProblem(ValueError):
    """An email address that is refused; `code` says why."""

    def __init__(self, code: EmailProblemCode) -> None:
        super().__init__(code.value)
        self.code = code


class PhoneProblemCode(StrEnum):
    """Why a phone number is refused."""

    EMPTY = "empty"
    BAD_CHARACTERS = "bad_characters"
    NOT_A_NUMBER = "not_a_number"


class PhoneProblem(ValueError):
    """A phone number that is refused; `code` says why."""

    def __init__(self, code: PhoneProblemCode) -> None:
        super().__init__(code.value)
        self.code = code


def clean_email(raw: str) -> str:
    """The address to store: trimmed, local part as typed, domain in lower-case punycode.

    Raises EmailProblem. Compare addresses by `email_key`, show them by `display_email`.
    """
    if len(raw) > RAW_MAX:
        raise EmailProblem(EmailProblemCode.TOO_LONG)
    if has_broken_characters(raw):
        raise EmailProblem(EmailProblemCode.BAD_CHARACTERS)
    text = "".join(char for char in raw if unicodedata.category(char) != "Cf").strip()
    if not text:
        raise EmailProblem(EmailProblemCode.EMPTY)
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise EmailProblem(EmailProblemCode.NOT_AN_ADDRESS)
    _check_local(local)
    address = f"{local}@{_clean_domain(domain)}"
    if len(address) > ADDRESS_MAX:
        raise EmailProblem(EmailProblemCode.TOO_LONG)
    return address


def email_key(email: str) -> str:
    """What two spellings of one cleaned address have in common: no dot games, tags kept."""
    return email.lower()


def display_email(email: str) -> str:
    """A cleaned address for people: its domain as it is written in its own alphabet."""
    local, _, domain = email.rpartition("@")
    return f"{local}@{'.'.join(_decode(label) for label in domain.split('.'))}"


def suggest_email(email: str) -> str:
    """What a cleaned address was probably meant to be, or "" where nothing looks wrong."""
    local, _, domain = email.rpartition("@")
    better = _MISTYPED.get(domain, "")
    if not better:
        rest, _, top = domain.rpartition(".")
        better = f"{rest}.{_MISTYPED_TOPS[top]}" if top in _MISTYPED_TOPS else ""
        better = _MISTYPED.get(better, better)
    return f"{local}@{better}" if better else ""


def mixes_scripts(email: str) -> bool:
    """Whether a part of the domain mixes alphabets, as addresses that pretend do."""
    domain = display_email(email).rpartition("@")[2]
    return any(len(_alphabets(label)) > 1 for label in domain.split("."))


def clean_phone(raw: str, region: str = "GB") -> str:
    """The number in E.164; one without a country prefix belongs to `region`.

    Raises PhoneProblem for what cannot be dialled.
    """
    if has_broken_characters(raw):
        raise PhoneProblem(PhoneProblemCode.BAD_CHARACTERS)
    text = "".join(char for char in raw if unicodedata.category(char) != "Cf").strip()
    if not text:
        raise PhoneProblem(PhoneProblemCode.EMPTY)
    if len(text) > PHONE_RAW_MAX:
        raise PhoneProblem(PhoneProblemCode.NOT_A_NUMBER)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise PhoneProblem(PhoneProblemCode.NOT_A_NUMBER) from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise PhoneProblem(PhoneProblemCode.NOT_A_NUMBER)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _check_local(local: str) -> None:
    if not local.isascii():
        letters = all(char.isalnum() or not char.isspace() for char in local)
        code = EmailProblemCode.NON_ASCII_LOCAL if letters else EmailProblemCode.NOT_AN_ADDRESS
        raise EmailProblem(code)
    if not _LOCAL.fullmatch(local):
        raise EmailProblem(EmailProblemCode.NOT_AN_ADDRESS)
    if len(local) > LOCAL_MAX:
        raise EmailProblem(EmailProblemCode.TOO_LONG)
    if local.lower() in ROLES:
        raise EmailProblem(EmailProblemCode.ROLE_ACCOUNT)


def _clean_domain(domain: str) -> str:
    if domain.startswith("["):
        raise EmailProblem(EmailProblemCode.LITERAL_DOMAIN)
    if len(domain) > ADDRESS_MAX:
        raise EmailProblem(EmailProblemCode.TOO_LONG)
    plain = unicodedata.normalize("NFKC", domain.replace("\u3002", ".")).lower()
    labels = [_encode(label) for label in plain.split(".")]
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise EmailProblem(EmailProblemCode.BAD_DOMAIN)
    if len(labels) < 2 or labels[-1] in SPECIAL_TOPS:
        raise EmailProblem(EmailProblemCode.NOT_PUBLIC)
    if not _TOP.fullmatch(labels[-1]):
        raise EmailProblem(EmailProblemCode.BAD_DOMAIN)
    return ".".join(labels)


def _encode(label: str) -> str:
    """A label as it goes over the wire (RFC 5891): "ß" stays itself, unlike in IDNA of 2003."""
    if label.isascii():
        if label.startswith("xn--") and _decode(label) == label:
            raise EmailProblem(EmailProblemCode.BAD_DOMAIN)
        return label
    if not all(_in_label(char) for char in label):
        raise EmailProblem(EmailProblemCode.BAD_DOMAIN)
    return "xn--" + label.encode("punycode").decode("ascii")


def _decode(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    if decoded.isascii() or not all(_in_label(char) for char in decoded):
        return label
    return decoded


def _in_label(char: str) -> bool:
    return char == "-" or unicodedata.category(char)[0] in "LMN"


def _alphabets(label: str) -> set[str]:
    """The European alphabets in a label: the ones whose letters look like each other's."""
    found = set()
    for char in label:
        name = unicodedata.name(char, "").split(" ", 1)[0]
        if name in ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"):
            found.add(name)
    return found
