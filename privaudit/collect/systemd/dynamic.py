"""The user that `DynamicUser=` makes where none is named, systemd.exec(5): the unit's, or a hash."""

import re

_KEY = bytes.fromhex("581aafe628584e96b44ef53b8c9207ec")
"""Of systemd's hash; a constant of its source, the same everywhere."""
_STRICT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,30}")
_MASK = (1 << 64) - 1


def user_of(prefix: str) -> str:
    """Name the user; prefix: what stands before the `@` or the type in the unit's name."""
    if _STRICT.fullmatch(prefix):
        return prefix
    return f"_du{siphash(prefix.encode('utf-8', 'surrogateescape'), _KEY):016x}"


def siphash(data: bytes, key: bytes) -> int:
    """SipHash-2-4 of Aumasson and Bernstein (2012); key: 16 bytes."""
    low, high = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    state = [
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    ]
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        block = int.from_bytes(padded[start : start + 8], "little")
        state[3] ^= block
        _rounds(state, 2)
        state[0] ^= block
    state[2] ^= 0xFF
    _rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rounds(state: list[int], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a = (a + b) & _MASK
        b = _turned(b, 13) ^ a
        a = _turned(a, 32)
        c = (c + d) & _MASK
        d = _turned(d, 16) ^ c
        a = (a + d) & _MASK
        d = _turned(d, 21) ^ a
        c = (c + b) & _MASK
        b = _turned(b, 17) ^ c
        c = _turned(c, 32)
    state[:] = a, b, c, d


def _turned(value: int, bits: int) -> int:
    return ((value << bits) | (value >> (64 - bits))) & _MASK
