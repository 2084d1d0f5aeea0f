"""Pseudonyms that are the same in every import with the same key, and tell nothing without it.

A keyed hash (HMAC-SHA256, RFC 2104) of what the source calls a person. Without the key nobody
can try out known addresses; with it, and only with it, two imports can be joined. Data with
pseudonyms are still personal data for whoever has the key.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import tempfile
from pathlib import Path

from coursework.importers.errors import ImportFailed

KEY_BYTES = 32
_LONGEST_FILE = 1024
_DIGITS = {"p": 12, "a": 12, "t": 12, "c": 16, "m": 16}


def read_key(path: Path) -> bytes:
    """The key in the file, which is made, readable for its owner only, if it does not exist.

    Raises `ImportFailed` if the file holds no key or cannot be read or made.
    """
    try:
        return _held_key(path)
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
    except OSError as error:
        raise ImportFailed(f"the key {path} cannot be read ({error.strerror}): name another file with --key") from None
    try:
        # Of two imports that make the key at the same time, both use that of the first.
        return key if keep_key(path, key) else _held_key(path)
    except OSError as error:
        raise ImportFailed(f"the key {path} cannot be made ({error.strerror}): name another file with --key") from None


def keep_key(path: Path, key: bytes) -> bool:
    """Write the key if there is no file at the path; gives whether it was written. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place, so that neither a full disk nor an import at the same time meets half a key.
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        Path(fresh).unlink()
    return True


def _held_key(path: Path) -> bytes:
    # Not blocking: a pipe in place of the file would have us wait for ever, a device would never end.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        text = file.read(_LONGEST_FILE) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImportFailed(f"{path} holds no key of {KEY_BYTES} bytes in hexadecimal: name another file with --key")
    return key


class Pseudonyms:
    """Gives pseudonyms; without a key it gives back what it gets, for data that are pseudonymous already."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key
        self._people: dict[str, str] = {}

    def person(self, identity: str) -> str:
        """A person: "p" and 12 hexadecimal digits. E-mail addresses are the same in capitals."""
        known = self._people.get(identity)
        if known is None:
            same = identity.lower() if "@" in identity and self._key is not None else identity
            known = self._people[identity] = self._hash("p", same)
        return known

    def conversation(self, identity: str) -> str:
        """A conversation: "c" and 16 digits; there are more of them than people."""
        return self._hash("c", identity)

    def message(self, identity: str) -> str:
        """A message: "m" and 16 digits."""
        return self._hash("m", identity)

    def account(self, identity: str) -> str:
        """An account: "a" and 12 digits."""
        return self._hash("a", identity)

    def team(self, identity: str) -> str:
        """A team: "t" and 12 digits; teams may be named after people."""
        return self._hash("t", identity)

    def _hash(self, kind: str, identity: str) -> str:
        if self._key is None:
            return identity
        digest = hmac.digest(self._key, f"{kind}\0{identity}".encode("utf-8", "surrogatepass"), "sha256")
        return kind + digest.hex()[: _DIGITS[kind]]
