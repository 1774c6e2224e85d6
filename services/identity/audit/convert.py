"""Entries and what was found of their chain, as the contract has them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from malha.identity.v1 import audit_service_pb2 as pb
from sqlalchemy import Row

from services.runtime.audit.chain import Break, Progress

_DECISIONS: Mapping[str, pb.Decision.ValueType] = {
    "ALLOWED": pb.DECISION_ALLOWED,
    "REFUSED": pb.DECISION_REFUSED,
    "LOST": pb.DECISION_LOST,
}
_TEXTS = (
    "reason", "action", "resource", "method", "subject", "kind", "client", "caller", "network", "request_id",
    "trace_id",
)  # fmt: skip
_HEADER = ("name", "time", "decision", *_TEXTS, "details", "strand", "sequence", "hash")
# What a spreadsheet may take for the beginning of a formula, the full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - these very characters


def entry_to_proto(row: Row[Any]) -> pb.AuditEntry:
    """The entry."""
    texts = {name: getattr(row, name) for name in _TEXTS}
    entry = pb.AuditEntry(
        name=f"auditEntries/{row.id}",
        decision=_DECISIONS[row.decision],
        details=json.loads(row.details),
        strand=row.strand,
        sequence=row.sequence,
        hash=row.hash,
        **texts,
    )
    entry.time.FromDatetime(row.time)
    return entry


def progress_to_proto(progress: Progress, *, done: bool = False) -> pb.VerifyChainResponse:
    """How far the look is."""
    breaks = [_break(found) for found in progress.breaks]
    return pb.VerifyChainResponse(verified=progress.verified, breaks=breaks, done=done)


def json_lines(rows: Sequence[Row[Any]]) -> bytes:
    """The entries, each on a line."""
    messages = (MessageToDict(entry_to_proto(row), preserving_proto_field_name=True) for row in rows)
    return "".join(f"{json.dumps(message, ensure_ascii=False)}\n" for message in messages).encode()


def csv_header() -> bytes:
    """The names of the columns."""
    return _csv([_HEADER])


def csv_lines(rows: Sequence[Row[Any]]) -> bytes:
    """The entries, each on a line, and nothing in them that a spreadsheet would run."""
    return _csv([[_harmless(value) for value in _values(row)] for row in rows])


def _break(found: Break) -> pb.ChainBreak:
    fault = pb.ChainFault.Value(f"CHAIN_FAULT_{found.fault}")
    return pb.ChainBreak(strand=found.strand, sequence=found.sequence, fault=fault)


def _values(row: Row[Any]) -> list[str]:
    texts = [getattr(row, name) for name in _TEXTS]
    place = [str(row.strand), str(row.sequence), row.hash.hex()]
    return [f"auditEntries/{row.id}", row.time.isoformat(), row.decision, *texts, row.details, *place]


def _harmless(value: str) -> str:
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


def _csv(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
