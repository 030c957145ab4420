"""SHA-256 without OpenSSL, which hashlib loads first: 2.4 ms, a hundredth of a scan, for nothing else of it.

As the standard library's random does for its seeds.
"""

try:
    from _sha2 import sha256  # type: ignore[import-not-found]  # since Python 3.12
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:  # a Python that has OpenSSL's alone
        from hashlib import sha256


def sha256_hex(data: bytes) -> str:
    """Give the digest in hex."""
    digest: str = sha256(data).hexdigest()
    return digest
