"""API keys: `mk_<prefix>_<secret>`. The prefix is shown and looked up, the secret is kept as a hash only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.directory.domain.subjects import SubjectName

# 60 bits name a key, so that chance makes no twins; 260 bits are out of reach of every guess, so that a plain hash
# keeps them (NIST SP 800-63B asks for a slow one below 112 bits).
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PREFIX_LETTERS = 12
_SECRET_LETTERS = 52
PREFIX = re.compile(rf"[a-z2-7]{{{_PREFIX_LETTERS}}}")
_KEY = re.compile(rf"mk_([a-z2-7]{{{_PREFIX_LETTERS}}})_([a-z2-7]{{{_SECRET_LETTERS}}})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of `owner`. `scopes` is what it is cut down to, None for everything that its owner may do. It is good until
    `expire_time` and until it is revoked; `last_use_time` is right to the hour."""

    id: UUID
    tenant: str
    owner: SubjectName
    prefix: str
    display_name: str
    scopes: frozenset[str] | None
    create_time: datetime
    expire_time: datetime
    last_use_time: datetime | None
    revoke_time: datetime | None

    @property
    def session(self) -> str:
        """The session that all tokens belong to which are obtained with the key."""
        return self.id.hex

    def usable(self, now: datetime) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoke_time is None and now < self.expire_time


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A key as its owner gets to see it, once."""

    prefix: str
    secret: str

    @property
    def text(self) -> str:
        """The whole key."""
        return f"mk_{self.prefix}_{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is stored of the secret."""
        return _digest(self.secret)

    def __repr__(self) -> str:
        return f"NewKey({self.prefix})"

    @classmethod
    def make(cls) -> NewKey:
        """A key that nobody has."""
        return cls(_letters(_PREFIX_LETTERS), _letters(_SECRET_LETTERS))


def opens(text: str, prefix: str, digest: bytes) -> bool:
    """Whether `text` is the secret with this hash, or the whole key with this prefix and that secret. Takes as long
    whatever it is."""
    whole = _KEY.fullmatch(text)
    secret = whole[2] if whole else text
    named = whole is None or hmac.compare_digest(whole[1], prefix)
    return hmac.compare_digest(_digest(secret), digest) and named


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
