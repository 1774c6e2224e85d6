"""What the audit log keeps of a person, and how much it keeps when it cannot keep up."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from services.runtime.audit import Auditing, Decision, Entry, Writer
from services.runtime.audit import writer as writing
from services.runtime.audit.entry import PLATFORM, network_of
from services.runtime.audit.recording import noted, trail
from services.runtime.auth.principal import ANONYMOUS, Principal, PrincipalKind
from services.runtime.method import Audit, Method, Shape


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"), (" 10.1.2.3 ", "10.1.2.0/24"), ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"), ("::1", "::/48"), ("", ""), ("unknown", ""), ("1.2.3", ""),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)  # fmt: skip
def test_no_single_address_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network


def test_what_no_database_can_hold_is_cut_and_replaced() -> None:
    entry = Entry(
        tenant="acme", action="x" * 500, resource="a\0b\ud800", details={f"k{n:02}": "v" * 999 for n in range(40)}
    )
    made = entry.parameters()
    assert (len(str(made["action"])), made["resource"]) == (256, "ab?")
    details = json.loads(str(made["details"]))
    assert list(details) == [f"k{n:02}" for n in range(16)]
    assert {len(value) for value in details.values()} == {256}


class Log:
    """Stands in for the database: takes entries, or does not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entries: list[Entry] = []
        self.away = False
        monkeypatch.setattr(writing, "UnitOfWork", lambda _engine, tenant: _Unit(tenant))
        monkeypatch.setattr(writing, "write", self._write)

    async def _write(self, work: Any, entries: list[Entry]) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        assert {entry.tenant for entry in entries} <= {work.tenant}
        self.entries += entries


class _Unit:
    def __init__(self, tenant: str) -> None:
        self.tenant = tenant

    async def __aenter__(self) -> "_Unit":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def commit(self) -> None: ...


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    return Log(monkeypatch)


def _writer(capacity: int = 100) -> Writer:
    return Writer(None, CollectorRegistry(), capacity)  # type: ignore[arg-type]


def _refused(subject: str = "users/eve", **more: str) -> Entry:
    return Entry(tenant="acme", action="a.b.c", decision=Decision.REFUSED, reason="R", subject=subject, **more)


async def test_equal_refusals_become_one_entry_with_their_count(log: Log) -> None:
    writer = _writer()
    for _ in range(1000):
        writer.put(_refused())
    writer.put(_refused(network="10.0.0.0/24"))
    for _ in range(2):
        writer.put(Entry(tenant="acme", action="a.b.c"))
    await writer.flush()
    assert [dict(entry.details) for entry in log.entries] == [{"count": "1000"}, {}, {}, {}]


async def test_what_finds_no_room_is_counted_and_told(log: Log) -> None:
    writer = _writer(capacity=3)
    for number in range(10):
        writer.put(_refused(f"users/{number}"))
    writer.put(Entry(tenant="umbra", action="a.b.c"))
    await writer.flush()
    kept = [entry for entry in log.entries if entry.decision is Decision.REFUSED]
    lost = {entry.tenant: entry.details["count"] for entry in log.entries if entry.decision is Decision.LOST}
    assert (len(kept), lost) == (3, {"acme": "7", "umbra": "1"})


async def test_what_the_database_does_not_take_waits(log: Log) -> None:
    writer, log.away = _writer(), True
    writer.put(_refused())
    with pytest.raises(ConnectionRefusedError):
        await writer.flush()
    writer.put(_refused())
    log.away = False
    await writer.flush()
    assert [entry.details for entry in log.entries] == [{"count": "2"}]


async def test_the_end_writes_what_waits(log: Log) -> None:
    writer = _writer()
    await writer.start()
    writer.put(_refused())
    await writer.close()
    assert len(log.entries) == 1


USER = Principal(kind=PrincipalKind.USER, subject="users/ana", tenant="acme", client="cli")


def _call(audit: Audit = Audit.CHANGES, *, reads: bool = False, code: str = "OK", who: Principal | None = USER) -> Any:
    method = Method(
        path="/s/M", service="s", name="M", shape=Shape.UNARY_UNARY, parse=bytes, timeout=1.0, permission="a.b.c",
        audit=audit, reads=reads,
    )  # fmt: skip
    failure = None if code == "OK" else SimpleNamespace(reason="PERMISSION_MISSING")
    return SimpleNamespace(
        method=method, principal=who, code=grpc.StatusCode[code], failure=failure, caller="edge", request_id="r",
        trace_id="t", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.77"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("call", "decision"),
    [
        (_call(), "ALLOWED"),
        (_call(reads=True), None),
        (_call(Audit.EVERY_CALL, reads=True), "ALLOWED"),
        (_call(Audit.NEVER), None),
        (_call(Audit.NEVER, code="PERMISSION_DENIED"), "REFUSED"),
        (_call(reads=True, code="UNAUTHENTICATED", who=None), "REFUSED"),
        (_call(code="NOT_FOUND"), None),
    ],
)
async def test_the_contract_says_which_calls_leave_an_entry(log: Log, call: Any, decision: str | None) -> None:
    writer = _writer()
    stage = Auditing(writer)
    trail.set(None)
    stage.begin(call)
    stage.on_request(call, SimpleNamespace(name="things/1"))
    stage.end(call)
    await writer.flush()
    assert [entry.decision for entry in log.entries] == ([decision] if decision else [])
    for entry in log.entries:
        assert entry.tenant == ("acme" if call.principal else PLATFORM)
        assert entry.network == "203.0.113.0/24"
        assert (entry.caller, entry.request_id, entry.trace_id, entry.action) == ("edge", "r", "t", "a.b.c")
        assert entry.resource == ("things/1" if decision == "ALLOWED" else "")


async def test_what_was_recorded_with_the_change_is_not_noted_again(log: Log) -> None:
    writer = _writer()
    stage, call = Auditing(writer), _call()
    stage.begin(call)
    left = trail.get()
    assert left is not None
    left.recorded = True
    stage.end(call)
    await writer.flush()
    assert log.entries == []


@pytest.mark.parametrize("code", ["OK", "UNAUTHENTICATED"])
@pytest.mark.parametrize("reads", [False, True])
async def test_a_call_that_says_all_is_noted_leaves_no_entry_beside_it(log: Log, code: str, *, reads: bool) -> None:
    writer = _writer()
    stage, call = Auditing(writer), _call(code=code, reads=reads)
    trail.set(None)
    stage.begin(call)
    noted()
    stage.end(call)
    await writer.flush()
    assert log.entries == []


async def test_anonymous_refusals_are_the_platforms(log: Log) -> None:
    writer = _writer()
    trail.set(None)
    Auditing(writer).end(_call(code="PERMISSION_DENIED", who=ANONYMOUS))
    await writer.flush()
    assert [(entry.tenant, entry.kind, entry.subject) for entry in log.entries] == [(PLATFORM, "anonymous", "")]
