"""A key to sign mail with, made for one run of the tests. Guards nothing."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence

_INTEGER, _SEQUENCE = 0x02, 0x30
_BITS = 512  # of each prime
_ROUNDS = 24


def make_key() -> tuple[bytes, bytes]:
    """An RSA key of 1024 bits: the private half as PEM, the public one as a DKIM record has it."""
    exponent = 65537
    while True:
        one, other = _prime(), _prime()
        if one != other and (one - 1) % exponent and (other - 1) % exponent:
            break
    secret = pow(exponent, -1, (one - 1) * (other - 1))
    numbers = [
        *(0, one * other, exponent, secret, one, other),
        *(secret % (one - 1), secret % (other - 1), pow(other, -1, one)),
    ]
    pem = base64.encodebytes(_sequence(numbers))
    private = (
        b"-----BEGIN RSA PRIVATE " + b"KEY-----\n" + pem + b"-----END RSA PRIVATE " + b"KEY-----\n"
    )
    return private, base64.b64encode(_sequence([one * other, exponent]))


def _prime() -> int:
    while True:
        # Both upper bits set: the product has its full length.
        number = random.getrandbits(_BITS) | (3 << (_BITS - 2)) | 1
        if all(number % small for small in range(3, 2000, 2)) and _is_prime(number):
            return number


def _is_prime(number: int) -> bool:
    """By Miller and Rabin."""
    odd, twos = number - 1, 0
    while not odd % 2:
        odd, twos = odd // 2, twos + 1
    for _ in range(_ROUNDS):
        power = pow(random.randrange(2, number - 1), odd, number)
        if power in (1, number - 1):
            continue
        if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def _sequence(numbers: Sequence[int]) -> bytes:
    return _tagged(
        _SEQUENCE,
        b"".join(_tagged(_INTEGER, one.to_bytes(one.bit_length() // 8 + 1)) for one in numbers),
    )


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content
