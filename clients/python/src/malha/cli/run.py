"""Sends files to the mesh and hands their outcomes on in the order of the files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from malha.cli.discovery import Found, read
from malha.cli.outcomes import Failure, Outcome, failure_of
from malha.errors import MalhaError, Unavailable, from_status

if TYPE_CHECKING:
    from malha.analysis.v1 import analysis_service_pb2 as pb
    from malha.analysis.v1 import report_pb2, source_pb2
    from malha.client import Client

_ATTEMPTS: Final = 5
_FIRST_PAUSE: Final = 0.5


class ProjectRun:
    """Analyses the files of a project in one stream, and goes on with the rest in another when the mesh loses one.

    Outcomes reach `emit` in the order of `files`, however they come, so that the output is the same in every run; only
    those that overtook others are held.

    Attributes:
        report: the name of the project's report; empty until the run is over, and when it took several streams.
        finished: how many files have an outcome.
    """

    def __init__(
        self,
        client: Client,
        files: Sequence[Found],
        options: source_pb2.AnalysisOptions,
        label: str,
        emit: Callable[[Outcome], None],
    ) -> None:
        self._client = client
        self._options = options
        self._label = label
        self._emit = emit
        self._files = files
        self._position = {found.sent: index for index, found in enumerate(files)}
        self._done = [False] * len(files)
        self._early: dict[int, Outcome] = {}
        self._next = 0
        self.report = ""
        self.finished = 0

    def run(self, progress: Callable[[], None]) -> None:
        """Runs to the end; `progress` is called whenever more files are done.

        Raises:
            malha.MalhaError: the mesh does not answer, or refuses the project.
        """
        for found in self._files:
            if found.failure:
                self._settle(found, found.failure)
        attempt, streams = 1, 0
        while self._waiting():
            before = self.finished
            streams += 1
            try:
                self._stream(progress)
                break
            except Unavailable as error:
                # Without any sign of the mesh there is nothing to wait for; with one, a replica was lost on the way.
                if (self.finished == before and not error.reason) or attempt == _ATTEMPTS:
                    raise
                time.sleep(_pause(error, attempt))
                attempt = attempt + 1 if self.finished == before else 1
        if streams > 1:
            self.report = ""
        for found in self._waiting():
            self._settle(found, Failure("INTERNAL", "the mesh gave no result for this file", "INTERNAL"))
        progress()

    def _stream(self, progress: Callable[[], None]) -> None:
        waiting = self._waiting()
        # What the sending thread could not read: settled here, so that only one thread touches the output.
        unread: list[tuple[Found, Failure]] = []
        messages = self._client.analysis.analyze_project(
            _contents(waiting, unread), label=self._label, options=self._options, expected_files=len(waiting)
        )
        with closing(messages):  # type: ignore[type-var]
            for message in messages:
                self._take(message)
                progress()
        for found, failure in unread:
            self._settle(found, failure)

    def _take(self, message: pb.AnalyzeProjectResponse) -> None:
        for result in message.results:
            index = self._position.get(result.path)
            if index is None:
                continue
            is_report = result.WhichOneof("outcome") == "report"
            self._settle(self._files[index], result.report if is_report else failure_of(from_status(result.error)))
        if message.HasField("report"):
            self.report = message.report.name

    def _waiting(self) -> list[Found]:
        return [found for found, done in zip(self._files, self._done, strict=True) if not done]

    def _settle(self, found: Found, result: report_pb2.Report | Failure) -> None:
        index = self._position[found.sent]
        if self._done[index]:
            return
        self._done[index] = True
        self.finished += 1
        self._early[index] = Outcome(found.shown, result, found.file)
        while (outcome := self._early.pop(self._next, None)) is not None:
            self._emit(outcome)
            self._next += 1


def analyse_one(client: Client, path: str, shown: str, content: bytes, options: source_pb2.AnalysisOptions) -> Outcome:
    """Analyses one source by itself.

    Raises:
        malha.MalhaError: the mesh does not answer, or refuses the call for another reason than the source.
    """
    try:
        report = client.analysis.analyze_source(path=path, content=content, options=options)
    except MalhaError as error:
        if not error.reason.startswith("SOURCE_"):
            raise
        return Outcome(shown, failure_of(error), content=content)
    return Outcome(shown, report, content=content)


def _contents(files: Sequence[Found], unread: list[tuple[Found, Failure]]) -> Iterator[tuple[str, bytes]]:
    for found in files:
        content = read(found)
        if isinstance(content, Failure):
            unread.append((found, content))
        else:
            yield found.sent, content


def _pause(error: MalhaError, attempt: int) -> float:
    if error.retry_after is not None:
        return min(error.retry_after.total_seconds(), 10.0)
    return _FIRST_PAUSE * 2.0 ** (attempt - 1)
