"""Secrets that are planted in order to be looked for where they must not be."""

from __future__ import annotations

import base64
import secrets
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class _Secret:
    name: str
    forms: tuple[bytes, ...]
    at_rest: bool


@dataclass
class Planted:
    """What is looked for: as it is, and in the forms that it takes on the way."""

    _secrets: list[_Secret] = field(default_factory=list)

    def plant(self, name: str, *, at_rest: bool = False) -> str:
        """A new text that occurs nowhere else; `at_rest`: the database may hold it, since that is what it is for."""
        value = f"swordfish{secrets.token_hex(10)}"
        self.know(name, value, at_rest=at_rest)
        return value

    def know(self, name: str, value: str, *, at_rest: bool = False) -> None:
        """Look for a secret that somebody else made."""
        assert len(value) >= 10, f"{name} is too short to be told from chance"
        self._secrets.append(_Secret(name, tuple(_forms(value)), at_rest))

    def leaks(self, place: str, content: bytes, *, at_rest: bool = False) -> list[str]:
        """Which secrets stand in `content`, with what is around them; `at_rest`: it is what the database holds."""
        return [
            f"{secret.name} in {place}: ...{content[max(0, at - 80) : at].decode(errors='replace')}<here>"
            for secret in self._secrets
            if not (at_rest and secret.at_rest)
            for form in secret.forms
            if (at := content.find(form)) >= 0
        ]

    @property
    def names(self) -> list[str]:
        """What is looked for."""
        return [secret.name for secret in self._secrets]


def _forms(value: str) -> Iterator[bytes]:
    raw = value.encode()
    yield raw
    yield raw.hex().encode()
    if (quoted := urllib.parse.quote(value).encode()) != raw:
        yield quoted
    # Within a longer text, base64 of a part depends on where the part begins; its ends depend on what is beside it.
    for offset in range(3):
        yield base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4]
