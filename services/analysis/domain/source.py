"""Sources as they were sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from services.analysis.domain.limits import MAX_BYTES

__all__ = ["MAX_BYTES", "SourceFile"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One Python file: `content` is either its bytes, in the encoding that they declare, or its text.

    A text may hold what no encoding can carry (lone surrogates); it is then refused with an encoding error.
    """

    path: str
    content: bytes | str

    @property
    def is_text(self) -> bool:
        """Whether the source came as text, so that a coding line in it says nothing."""
        return isinstance(self.content, str)

    def data(self) -> bytes:
        """The bytes as they were sent; for a text its UTF-8 form."""
        content = self.content
        return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content

    def sha256(self) -> str:
        """The hash that `Report.content_sha256` shows: 64 lower-case hexadecimal digits."""
        return hashlib.sha256(self.data()).hexdigest()

    def fingerprint(self) -> bytes:
        """SHA-256 that also tells text from bytes, since the same bytes can mean other characters."""
        return hashlib.sha256((b"t" if self.is_text else b"b") + self.data()).digest()
