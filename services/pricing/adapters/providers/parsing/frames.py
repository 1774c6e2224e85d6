"""What a source and its worker process say to each other: length-prefixed msgpack frames."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.requests import Document, Fetched
from services.pricing.adapters.providers.settings import FetchSettings
from services.pricing.domain.offers import Offer
from services.pricing.domain.readings import Interruption, Rejected, SourceFailure, Validator

PREFIX = 4
"""Bytes of the length, big-endian, before each frame."""


class Task(msgspec.Struct, frozen=True, tag="parse"):
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


class Fetch(msgspec.Struct, frozen=True, tag="fetch"):
    """A document to fetch into a file. Settings and addresses are those of the first such message."""

    document: Document
    target: Path
    known: Validator
    settings: FetchSettings
    addresses: Addresses


class Received(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """How far a document is that is being fetched: bytes so far and in all."""

    received: int
    total: int | None


class Brought(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """A document is there; None when it is what was known."""

    fetched: Fetched | None


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


Message = Task | Fetch
Answer = Part | Done | Failed | Received | Brought


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError


def _rich(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)
_MESSAGES: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message, dec_hook=_rich)
_ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer, dec_hook=_rich)


def encode(message: Message | Answer) -> bytes:
    """The frame, with its length."""
    data = _ENCODER.encode(message)
    return len(data).to_bytes(PREFIX, "big") + data


def decode_message(data: bytes) -> Message:
    """The message of a frame, without its length."""
    return _MESSAGES.decode(data)


def decode_answer(data: bytes) -> Answer:
    """The answer of a frame, without its length."""
    return _ANSWERS.decode(data)
