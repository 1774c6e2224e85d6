"""Why something cannot be analysed. Each error has, as attributes, what its contract's reason lists as metadata."""

from __future__ import annotations

import codecs
from typing import Self
from uuid import UUID

from services.analysis.domain.limits import MAX_BYTES, MAX_DEPTH
from services.runtime.exceptions import DomainError


class AnalysisError(DomainError):
    """An analysis that cannot be done, for a reason that is the request's."""


class SourceError(AnalysisError):
    """A source that cannot be analysed. `line` and `column` count from 1, in code points; both are 0 where the error
    is about the source as a whole."""

    def __init__(self, path: str, line: int = 0, column: int = 0) -> None:
        super().__init__(path, line, column)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.describe()}"

    def describe(self) -> str:
        """What is wrong, in a few words, without the place."""
        raise NotImplementedError

    def renamed(self, path: str) -> Self:
        """The same error of an equal source at `path`."""
        twin = type(self).__new__(type(self))
        vars(twin).update(vars(self) | {"path": path})
        return twin


class SourceEncodingInvalid(SourceError):
    """The bytes are not text in `encoding`, the declared one; or the declared one is not known or contradicts the
    byte-order mark."""

    def __init__(self, path: str, line: int, column: int, encoding: str) -> None:
        super().__init__(path, line, column)
        self.encoding = encoding

    def describe(self) -> str:
        """What is wrong."""
        try:
            codecs.lookup(self.encoding)
        except (LookupError, ValueError):
            return f"unknown encoding {self.encoding!r}"
        return f"not readable as {self.encoding}"


class SourceNullCharacter(SourceError):
    """There is a null character."""

    def describe(self) -> str:
        """What is wrong."""
        return "null character"


class SourceSyntaxInvalid(SourceError):
    """The source does not parse as Python of the target version; `detail` is the parser's message."""

    def __init__(self, path: str, line: int, column: int, detail: str) -> None:
        super().__init__(path, line, column)
        self.detail = detail

    def describe(self) -> str:
        """What is wrong."""
        return self.detail


class SourceTooDeep(SourceError):
    """The source nests deeper than `limit`."""

    def __init__(self, path: str, line: int, column: int, limit: int = MAX_DEPTH) -> None:
        super().__init__(path, line, column)
        self.limit = limit

    def describe(self) -> str:
        """What is wrong."""
        return f"nested deeper than {self.limit}"


class SourceTooLarge(SourceError):
    """The source has more than `limit` bytes."""

    def __init__(self, path: str, limit: int = MAX_BYTES) -> None:
        super().__init__(path)
        self.limit = limit

    def describe(self) -> str:
        """What is wrong."""
        return f"larger than {self.limit} bytes"


class SourceTimedOut(SourceError):
    """The analysis took more than `limit_ms` milliseconds."""

    def __init__(self, path: str, limit_ms: int) -> None:
        super().__init__(path)
        self.limit_ms = limit_ms

    def describe(self) -> str:
        """What is wrong."""
        return f"not analysed within {self.limit_ms} ms"


class SourceTooComplex(SourceError):
    """The analysis needed more than `limit` bytes of memory, or brought its worker down."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__(path)
        self.limit = limit

    def describe(self) -> str:
        """What is wrong."""
        return f"not analysed within {self.limit} bytes of memory"


class ProjectStreamInvalid(AnalysisError):
    """The messages of a project came in an order that is not allowed; `path` is empty where no file is concerned."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail


class ProjectTooLarge(AnalysisError):
    """A project exceeds `limit`, such as `100000 files`."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class ReportNotFound(DomainError):
    """There is no report with this id."""

    def __init__(self, report: UUID) -> None:
        super().__init__(str(report))
        self.report = report


class RuleNotFound(DomainError):
    """There is no rule with this id."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule
