"""Seals values for columns: AES-256-GCM beneath a key-encryption key, bound to the place where they belong.

A sealed value has a key of its own, which is itself sealed by the primary key-encryption key: to change that one, the
value need not be touched. Both layers are bound to table, column and row, so that a value that is copied to another
place does not open there.

    version 1 | length of key id | key id | nonce 12 | sealed key 48 | nonce 12 | sealed value, 16 longer than the value
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.runtime.secrets.keyring import KEY_BYTES, KeyRing

_VERSION = 1
_NONCE = 12
_TAG = 16
_SEALED_KEY = KEY_BYTES + _TAG


class SealBroken(Exception):
    """A sealed value does not open here: it was changed, moved to another place, or its key is gone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs. `row` tells the row from all others of the table, across all tenants."""

    table: str
    column: str
    row: str

    def associated_data(self) -> bytes:
        """The place in bytes; no two places have the same."""
        parts = [part.encode() for part in ("malha", self.table, self.column, self.row)]
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Vault:
    """Seals and opens."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def __repr__(self) -> str:
        return f"Vault({self._ring!r})"

    def seal(self, value: bytes, place: Place) -> bytes:
        """`value`, readable only at `place` and only with the primary key."""
        own = os.urandom(KEY_BYTES)
        where = place.associated_data()
        nonce = os.urandom(_NONCE)
        return self._head(own, where) + nonce + AESGCM(own).encrypt(nonce, value, where)

    def open(self, sealed: bytes, place: Place) -> bytes:
        """What was sealed for `place`.

        Raises:
            SealBroken: nothing was, or not so.
        """
        parts, where = _Parts.of(sealed), place.associated_data()
        own = self._own_key(parts, where)
        try:
            return AESGCM(own).decrypt(parts.nonce, parts.value, where)
        except InvalidTag:
            raise SealBroken from None

    def renew(self, sealed: bytes, place: Place) -> bytes | None:
        """The same value beneath the primary key; None if it is there already.

        Raises:
            SealBroken: it does not open.
        """
        parts, where = _Parts.of(sealed), place.associated_data()
        if parts.key_id == self._ring.current().primary:
            return None
        return self._head(self._own_key(parts, where), where) + parts.nonce + parts.value

    def digest(self, purpose: str, value: bytes) -> bytes:
        """A hash of `value` that nobody can make, or try guesses on, without the primary key. It changes with that key:
        only for what is compared within a day or so."""
        keys = self._ring.current()
        own = hmac.digest(keys.by_id[keys.primary], b"malha digest\0" + purpose.encode(), "sha256")
        return hmac.digest(own, value, "sha256")

    def _head(self, own: bytes, where: bytes) -> bytes:
        keys = self._ring.current()
        name, nonce = keys.primary.encode(), os.urandom(_NONCE)
        sealed = AESGCM(keys.by_id[keys.primary]).encrypt(nonce, own, where)
        return bytes([_VERSION, len(name)]) + name + nonce + sealed

    def _own_key(self, parts: _Parts, where: bytes) -> bytes:
        key = self._ring.current().by_id.get(parts.key_id)
        if key is None:
            raise SealBroken
        try:
            return AESGCM(key).decrypt(parts.key_nonce, parts.sealed_key, where)
        except InvalidTag:
            raise SealBroken from None


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    key_id: str
    key_nonce: bytes
    sealed_key: bytes
    nonce: bytes
    value: bytes

    @classmethod
    def of(cls, sealed: bytes) -> Self:
        if len(sealed) < 2 or sealed[0] != _VERSION:
            raise SealBroken
        start = 2 + sealed[1]
        ends = (start + _NONCE, start + _NONCE + _SEALED_KEY, start + 2 * _NONCE + _SEALED_KEY)
        if len(sealed) < ends[2] + _TAG:
            raise SealBroken
        try:
            key_id = sealed[2:start].decode("ascii")
        except UnicodeDecodeError:
            raise SealBroken from None
        return cls(
            key_id, sealed[start : ends[0]], sealed[ends[0] : ends[1]], sealed[ends[1] : ends[2]], sealed[ends[2] :]
        )
