"""The worker process: reads tasks from standard input, writes answers to standard output, until its input ends.

Started as `python -m services.pricing.adapters.providers.parsing.worker PROVIDER MEMORY GIVES_WAY`.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Mapping
from io import FileIO
from typing import BinaryIO

from services.pricing.adapters.priority import give_way
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import Unreadable
from services.pricing.adapters.providers.parsing.downloads import Downloads
from services.pricing.adapters.providers.parsing.frames import (
    PREFIX,
    Answer,
    Done,
    Failed,
    Fetch,
    Task,
    decode_message,
    encode,
)
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import SourceFailure

Parser = Callable[[Task, Collector], Done]
"""Reads a document into the collector. Raises Unreadable."""


def parsers(provider: Provider) -> Mapping[str, Parser]:
    """The parsers of a provider's documents, by name; they share what they learn."""
    # Each process needs one provider's tables only.
    if provider is Provider.AWS:
        from services.pricing.adapters.providers.aws.parsers import AwsParsers

        return AwsParsers().by_name()
    if provider is Provider.AZURE:
        from services.pricing.adapters.providers.azure.parsers import AzureParsers

        return AzureParsers().by_name()
    from services.pricing.adapters.providers.gcp.parsers import GcpParsers

    return GcpParsers().by_name()


def perform(provider: Provider, table: Mapping[str, Parser], task: Task, send: Callable[[Answer], None]) -> None:
    """Answer a task: parts, and at last that it is done or has failed."""
    collector = Collector(provider, task, send)
    try:
        done = table[task.parser](task, collector)
    except Unreadable as error:
        send(Failed(error.why, error.detail))
    except MemoryError:
        send(Failed(SourceFailure.TOO_LARGE, "more memory than a document may need"))
    else:
        collector.flush()
        send(done)


def main(provider: Provider, memory: int, *, gives_way: bool) -> None:
    """Serve tasks; `memory` limits the address space of this process."""
    tasks, answers = sys.stdin.buffer, FileIO(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing but frames may go to the source
    if gives_way:
        give_way()
    table = parsers(provider)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Downloads() as downloads:
        while (frame := _read(tasks)) is not None:
            message = decode_message(frame)
            if isinstance(message, Fetch):
                downloads.perform(message, lambda answer: _write(answers, encode(answer)))
            else:
                perform(provider, table, message, lambda answer: _write(answers, encode(answer)))


def _read(stream: BinaryIO) -> bytes | None:
    prefix = stream.read(PREFIX)
    if len(prefix) < PREFIX:
        return None
    return stream.read(int.from_bytes(prefix, "big"))


def _write(stream: FileIO, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        view = view[stream.write(view) or 0 :]


if __name__ == "__main__":
    main(Provider(sys.argv[1]), int(sys.argv[2]), gives_way=sys.argv[3] == "yes")
