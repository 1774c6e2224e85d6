"""The rules for passwords: those of NIST SP 800-63B, revision 4, section 3.1.1.2.

A password that may be the only factor has at least 15 characters; at least 64 have to be allowed; nothing is asked of
the kinds of characters; what an attacker would try first is refused: the names at hand, repetitions and rows of keys.
"""

from __future__ import annotations

import re
import secrets
import unicodedata

from services.identity.directory.domain.errors import PasswordUnfit

SHORTEST = 15
# As long as any phrase; bounded since every character is work before it is known who sent it.
LONGEST = 128
# What remains of a password when everything expected is taken out of it has to be as long as NIST's shortest password
# that comes with a second factor: 8 characters.
_REMAINDER = 8
_EXPECTED = ("malha", "password", "passwort", "senha", "admin", "login", "welcome", "letmein", "changeme", "secret")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_SHORTEST_ROW = 4
_WORD = re.compile(r"[^\W_]{3,}")
_REPETITION = re.compile(r"(.{1,8}?)\1{2,}", re.DOTALL)
_ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else
_ONE_TIME_GROUPS, _ONE_TIME_LETTERS = 4, 6


def normalised(password: str) -> str:
    """The password in the one form that its look-alikes share (NFC), however a keyboard composed it."""
    return unicodedata.normalize("NFC", password)


def check(password: str, *names: str) -> None:
    """Returns if the password may be chosen by somebody who has these `names`.

    Raises:
        PasswordUnfit: it may not; the error says why.
    """
    text = normalised(password)
    if len(text) < SHORTEST:
        raise PasswordUnfit(f"a password has at least {SHORTEST} characters; a few words make a good one")
    if len(text) > LONGEST:
        raise PasswordUnfit(f"a password has at most {LONGEST} characters")
    if len(_unexpected(text.casefold(), names)) < _REMAINDER:
        raise PasswordUnfit(
            "this password is among the first that others would try: choose one that says less about you"
        )


def one_time_password() -> str:
    """A password to begin with, of 118 bits, easy to read out."""
    groups = (
        "".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(_ONE_TIME_LETTERS)) for _ in range(_ONE_TIME_GROUPS)
    )
    return "-".join(groups)


def _unexpected(text: str, names: tuple[str, ...]) -> str:
    """`text` without what somebody who knows the names, or keyboards, would expect in it."""
    words = {word for name in names for word in _WORD.findall(name.casefold())} | set(_EXPECTED)
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    for row in _ROWS:
        for run in (row, row[::-1]):
            text = _without_runs(text, run)
    return _REPETITION.sub(r"\1", text)


def _without_runs(text: str, row: str) -> str:
    """`text` without every piece of `row` that has at least four characters; the longest are taken first."""
    for length in range(len(row), _SHORTEST_ROW - 1, -1):
        for start in range(len(row) - length + 1):
            text = text.replace(row[start : start + length], "")
    return text
