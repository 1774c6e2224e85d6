"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for the day it is lost."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
# One step to either side: what RFC 6238 (5.2) recommends for the delay of networks and the drift of clocks.
_DRIFT = 1
_CODE = re.compile(rf"\d{{{DIGITS}}}", re.ASCII)
# 160 bits, as RFC 4226 (R6) recommends.
_SECRET_LETTERS = 32

RECOVERY_CODES = 10
# 120 bits each: above the 112 of NIST SP 800-63B (3.1.2.2) from which on a plain hash keeps them.
_RECOVERY_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_RECOVERY_GROUPS, _RECOVERY_LETTERS = 6, 4
_RECOVERY_LENGTH = _RECOVERY_GROUPS * _RECOVERY_LETTERS


@dataclass(frozen=True, slots=True, repr=False)
class Totp:
    """The authenticator of a user. It counts once it is `confirmed`; `last_step` is the last step whose code was used,
    and no code of it or of an earlier one is taken again."""

    secret: str
    confirmed: bool
    last_step: int

    def __repr__(self) -> str:
        return f"Totp(confirmed={self.confirmed})"

    @classmethod
    def make(cls) -> Totp:
        """One that nobody has confirmed yet."""
        return cls(pyotp.random_base32(_SECRET_LETTERS), confirmed=False, last_step=-1)

    def step_of(self, code: str, now: datetime) -> int | None:
        """The step whose code this is, if it may be used at `now`; a wrong code takes as long as a right one."""
        text = code if _CODE.fullmatch(code) else ""
        generator = pyotp.HOTP(self.secret, digits=DIGITS)
        here = int(now.timestamp()) // STEP_SECONDS
        found = None
        for step in range(max(here - _DRIFT, 0), here + _DRIFT + 1):
            right = hmac.compare_digest(generator.at(step).encode(), text.encode())
            if right and step > self.last_step and found is None:
                found = step
        return found

    def uri(self, account: str, issuer: str) -> str:
        """What an authenticator reads from a QR code."""
        return pyotp.TOTP(self.secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
            name=account, issuer_name=issuer
        )


def make_recovery_codes() -> tuple[str, ...]:
    """Codes that nobody has, as they are shown: `abcd-efgh-…`."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def recovery_digest(code: str) -> bytes | None:
    """What is stored of a recovery code, however it is typed; None for a text that cannot be one."""
    letters = re.sub(r"[\s-]", "", code).lower()
    if len(letters) != _RECOVERY_LENGTH:
        return None
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).digest()


def _recovery_code() -> str:
    return "-".join(
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_LETTERS)) for _ in range(_RECOVERY_GROUPS)
    )
