"""What a source and its parser process say to each other: length-prefixed msgpack frames."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.pricing.domain.offers import Offer
from services.pricing.domain.readings import Interruption, Rejected, SourceFailure

PREFIX = 4
"""Bytes of the length, big-endian, before each frame."""


class Task(msgspec.Struct, frozen=True):
    """A document to parse. The process keeps what it learns from one for the next, until it ends."""

    parser: str
    """As `parsing.worker` knows it."""
    path: str
    """Empty for what is made of the documents so far."""
    encoding: str
    """`gzip`, or empty for none."""
    largest: int
    """Bytes that it may have after decompression."""
    document: str
    """The URL, for sources and rejected rows."""
    observed_at: datetime
    region: str = ""
    regions: tuple[str, ...] = ()
    """The only ones that are asked for; empty for all."""


class Part(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """Some of what is in a document; the counts are of the document so far."""

    offers: list[Offer]
    rejected: list[Rejected]
    out_of_scope: dict[str, int]
    """Since the last part."""
    interruptions: list[Interruption]
    rows: int
    rows_accepted: int
    rows_rejected: int
    rows_out_of_scope: int


class Done(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """The document was read to its end."""

    following: str = ""
    """The next page's address or token, where there is one."""
    published_at: datetime | None = None


class Failed(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """The document cannot be read."""

    why: SourceFailure
    detail: str


Answer = Part | Done | Failed

_ENCODER = msgspec.msgpack.Encoder()
_TASKS = msgspec.msgpack.Decoder(Task)
_ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def encode(message: Task | Answer) -> bytes:
    """The frame, with its length."""
    data = _ENCODER.encode(message)
    return len(data).to_bytes(PREFIX, "big") + data


def decode_task(data: bytes) -> Task:
    """The task of a frame, without its length."""
    return _TASKS.decode(data)


def decode_answer(data: bytes) -> Answer:
    """The answer of a frame, without its length."""
    return _ANSWERS.decode(data)
