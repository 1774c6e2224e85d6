"""A file that is read again whenever it has changed, and taken over only when it is good."""

from collections.abc import Collection, Mapping
from pathlib import Path

from services.runtime.flags.definition import Flag, FlagsInvalid, parse

_LARGEST_BYTES = 1024 * 1024

# What tells two states of a file apart: when it was written, how long it is, which one it is; None where there is none.
_State = tuple[int, int, int] | None


class FlagsFile:
    """The flags in a file. Where there is no file there are no flags."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._read: _State = None
        self._seen: _State = None

    def load(self, switches: Collection[str] = ()) -> Mapping[str, Flag]:
        """What the file says now; raises FlagsInvalid."""
        self._read = self._seen = self._state()
        if self.path is None or self._read is None:
            return {}
        try:
            with self.path.open("rb") as file:
                content = file.read(_LARGEST_BYTES + 1)
            if len(content) > _LARGEST_BYTES:
                raise FlagsInvalid(f"larger than {_LARGEST_BYTES} bytes")
            return parse(content.decode(), switches)
        except (OSError, UnicodeDecodeError) as error:
            raise FlagsInvalid(f"not readable: {type(error).__name__}") from None

    def changed(self) -> bool:
        """Whether the file differs from what was last read and is as it was at the last look.

        Editors empty a file, or take it away, before they write it: what is halfway there would read as fewer flags.
        """
        before, self._seen = self._seen, self._state()
        return self._seen == before and self._seen != self._read

    def _state(self) -> _State:
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError:
            # Something that cannot be looked at is no absence: reading it will tell why.
            return (0, 0, 0)
        return found.st_mtime_ns, found.st_size, found.st_ino
