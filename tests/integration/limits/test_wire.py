"""What the limiter's server makes of frames: calls, refusals of calls, and ends of connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from services.limits.wire import frames
from services.limits.wire.frames import Code, frame, goaway, reset, window_update
from services.limits.wire.gate import LARGEST_MESSAGE
from tests.integration.limits.raw_client import BREAK, HOLD, Raw, Served, connected, details, serving, status
from tests.support.waiting import eventually


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as running:
        yield running


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Raw]:
    async with connected(served) as raw:
        yield raw


async def test_a_call_is_answered_with_head_message_and_trailers(served: Served, client: Raw) -> None:
    client.ask(1, b"what")
    kinds = [(await client.on(1))[:2] for _ in range(3)]
    ended = frames.END_HEADERS | frames.END_STREAM
    assert kinds == [(frames.HEADERS, frames.END_HEADERS), (frames.DATA, 0), (frames.HEADERS, ended)]
    assert served.handled("OK") == 1
    assert served.running == 0


async def test_the_settings_come_first_and_are_acknowledged(client: Raw) -> None:
    first, second = await client.frame(), await client.until(frames.SETTINGS)
    assert first is not None and first[0] == frames.SETTINGS and not first[1]
    assert dict(frames.read_settings(first[3])) == {
        frames.HEADER_TABLE_SIZE: 0,
        frames.MAX_CONCURRENT_STREAMS: 64,
        frames.MAX_HEADER_LIST_SIZE: 16_384,
    }
    assert second[1] == frames.ACK


async def test_a_client_may_use_a_table_until_it_knows_better(served: Served) -> None:
    async with connected(served, greet=False) as client:
        client.send(frames.PREFACE, frames.settings([]))
        for stream in (1, 3, 5):
            client.ask(stream)
            assert (await client.outcome(stream))[1] == b"hello"
        client.send(frame(frames.SETTINGS, frames.ACK, 0))
        client.encoder.header_table_size = 0
        assert await client.serves(7)


async def test_padding_priority_and_pieces_change_nothing(client: Raw) -> None:
    block = client.head(1)[9:]
    flags = frames.PADDED | frames.WITH_PRIORITY
    client.send(frame(frames.HEADERS, flags, 1, b"\3" + b"\0\0\0\0\7" + block[:10] + b"\0\0\0"))
    client.send(frame(frames.CONTINUATION, 0, 1, block[10:20]))
    client.send(frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[20:]))
    body = client.body(1)[9:]
    client.send(frame(frames.PRIORITY, 0, 1, b"\0\0\0\0\7"), frame(0xAB, 0xFF, 1, b"what nobody knows"))
    client.send(frame(frames.DATA, frames.PADDED, 1, b"\2" + body[:3] + b"\0\0"))
    client.send(frame(frames.DATA, frames.END_STREAM, 1, body[3:]))
    assert (await client.outcome(1))[1] == b"hello"


async def test_trailers_of_a_request_end_it(client: Raw) -> None:
    client.send(client.head(1), client.body(1, flags=0))
    trailers = client.encoder.encode([("x-a", "b")])
    client.send(frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, 1, trailers))
    assert (await client.outcome(1))[1] == b"hello"


async def test_a_ping_is_echoed(client: Raw) -> None:
    client.send(frame(frames.PING, 0, 0, b"12345678"))
    assert (await client.until(frames.PING)) == (frames.PING, frames.ACK, 0, b"12345678")


@pytest.mark.parametrize(
    ("changes", "http", "grpc"),
    [
        ({":path": "/test.Wire/None"}, "200", "UNIMPLEMENTED"),
        ({"content-type": "application/json"}, "415", None),
        ({"content-type": "application/grpc-web"}, "415", None),
        ({"content-type": "application/grpc+proto"}, "200", "OK"),
        ({":method": "GET"}, "405", None),
        ({"x-long": "x" * 16_000, "x-longer": "x" * 4_000}, "431", None),
        ({":path": BREAK}, "200", "INTERNAL"),
    ],
)
async def test_heads(client: Raw, changes: dict[str, str], http: str, grpc: str | None) -> None:
    client.send(*client.pieces(1, changes), client.body(1))
    fields, _ = await client.outcome(1)
    assert fields[":status"] == http
    assert (status(fields).name if "grpc-status" in fields else None) == grpc
    assert "secret" not in str(fields)
    assert await client.serves(3)


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b"", "INVALID_ARGUMENT", "MALFORMED_REQUEST"),
        (b"\0\0\0\0\5hell", "INVALID_ARGUMENT", "MALFORMED_REQUEST"),
        (b"\0\0\0\0\0\0\0\0\0\0", "INVALID_ARGUMENT", "MALFORMED_REQUEST"),
        (b"\7\0\0\0\0", "INVALID_ARGUMENT", "MALFORMED_REQUEST"),
        (b"\1\0\0\0\2xx", "UNIMPLEMENTED", "MALFORMED_REQUEST"),
        (b"\0\x7f\0\0\0x", "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE"),
    ],
)
async def test_bodies_that_are_no_message(client: Raw, body: bytes, code: str, reason: str) -> None:
    client.send(client.head(1, {"x-request-id": "of-a-test"}), frame(frames.DATA, frames.END_STREAM, 1, body))
    fields, _ = await client.outcome(1)
    assert status(fields).name == code
    info = details(fields)
    assert (info.reason, info.metadata["request_id"]) == (reason, "of-a-test")
    assert await client.serves(3)


async def test_a_message_that_is_too_large_is_refused_before_it_has_arrived(client: Raw) -> None:
    size = (LARGEST_MESSAGE + 1).to_bytes(4, "big")
    client.send(client.head(1), frame(frames.DATA, 0, 1, b"\0" + size + b"x"))
    assert status((await client.outcome(1))[0]).name == "RESOURCE_EXHAUSTED"
    assert (await client.until(frames.RST_STREAM))[3] == bytes(4)
    client.send(frame(frames.DATA, frames.END_STREAM, 1, b"x" * 1000))
    assert await client.serves(3)


@pytest.mark.parametrize(
    "changes",
    [{"connection": "close"}, {"te": "gzip"}, {"X-Upper": "x"}, {":unknown": "x"}, {":path": ""}, {"bad name": "x"}],
)
async def test_a_malformed_head_ends_its_stream_only(client: Raw, changes: dict[str, str]) -> None:
    client.send(client.head(1, changes), client.body(1))
    assert (await client.until(frames.RST_STREAM))[3] == Code.PROTOCOL_ERROR.to_bytes(4, "big")
    assert await client.serves(3)


async def test_what_was_reset_is_not_answered_and_not_counted_as_running(served: Served, client: Raw) -> None:
    client.ask(1, **{":path": HOLD})
    await eventually(lambda: len(served.held) == 1)
    client.send(reset(1, Code.CANCEL))
    await eventually(lambda: served.handled("CANCELLED", "Hold") == 1)
    served.held[0].answer(b"late")
    served.held[0].fail(ValueError("later"))
    assert await client.serves(3)
    assert served.running == 0


async def test_more_streams_than_announced_are_refused_and_may_be_tried_again(served: Served, client: Raw) -> None:
    for number in range(65):
        client.send(client.head(2 * number + 1))
    got = await client.until(frames.RST_STREAM)
    assert (got[2], got[3]) == (129, Code.REFUSED_STREAM.to_bytes(4, "big"))
    client.send(client.body(1))
    assert (await client.outcome(1))[1] == b"hello"


async def test_more_calls_than_can_be_served_are_told_so(served: Served, client: Raw) -> None:
    for number in range(33):
        client.ask(2 * number + 1, **{":path": HOLD})
    fields, _ = await client.outcome(65)
    assert status(fields).name == "RESOURCE_EXHAUSTED"
    served.held[0].answer(b"done")
    assert (await client.outcome(1))[1] == b"done"
    assert await client.serves(67)


async def test_an_answer_goes_as_far_as_the_windows_and_then_waits(served: Served) -> None:
    async with connected(served, greet=False) as client:
        client.greet([(frames.INITIAL_WINDOW_SIZE, 3)])
        client.ask(1, b"0123456789")
        assert (await client.until(frames.DATA))[3] == b"\0\0\0"
        client.send(window_update(1, 4))
        assert (await client.until(frames.DATA))[3] == b"\0\x0a01"
        client.send(frames.settings([(frames.INITIAL_WINDOW_SIZE, 5)]))
        assert (await client.until(frames.DATA))[3] == b"23"
        client.send(window_update(1, 100))
        assert (await client.until(frames.DATA))[3] == b"456789"
        assert (await client.until(frames.HEADERS))[1] & frames.END_STREAM


async def test_an_answer_waits_for_the_window_of_the_connection_too(served: Served) -> None:
    async with connected(served, greet=False) as client:
        client.greet([(frames.INITIAL_WINDOW_SIZE, 2**20)])
        size, stream = 16_000, 1
        for _ in range(5):
            client.ask(stream, b"x" * size)
            stream += 2
        got = 0
        while got < frames.FIRST_WINDOW:
            got += len((await client.until(frames.DATA))[3])
        assert got == frames.FIRST_WINDOW
        client.send(window_update(0, 1_000_000))
        fields, _ = await client.outcome(9)
        assert fields["grpc-status"] == "0"
        assert await client.serves(11)


async def test_credit_for_what_was_read_comes_back(client: Raw) -> None:
    await client.until(frames.WINDOW_UPDATE)  # the greeting's
    client.send(window_update(0, 2**30))
    for number in range(40):
        client.ask(2 * number + 1, b"x" * 16_000)
        assert len((await client.outcome(2 * number + 1))[1]) == 16_000
    assert client.credit >= 500_000


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (lambda c: frame(frames.PING, 0, 1, bytes(8)), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.PING, 0, 0, b"short"), Code.FRAME_SIZE_ERROR),
        (lambda c: frame(frames.SETTINGS, frames.ACK, 0, b"x"), Code.FRAME_SIZE_ERROR),
        (lambda c: frame(frames.SETTINGS, 0, 3), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.SETTINGS, 0, 0, b"\0\4\xff\xff\xff\xff"), Code.FLOW_CONTROL_ERROR),
        (lambda c: frame(frames.PUSH_PROMISE, 0, 1, bytes(8)), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.DATA, 0, 0, b"x"), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.DATA, 0, 1, b"x"), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.RST_STREAM, 0, 1, bytes(4)), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.RST_STREAM, 0, 1, bytes(3)), Code.FRAME_SIZE_ERROR),
        (lambda c: window_update(1, 5), Code.PROTOCOL_ERROR),
        (lambda c: window_update(0, 0), Code.PROTOCOL_ERROR),
        (lambda c: window_update(0, 2**31 - 1), Code.FLOW_CONTROL_ERROR),
        (lambda c: c.head(2), Code.PROTOCOL_ERROR),
        (lambda c: c.head(0), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.CONTINUATION, frames.END_HEADERS, 1), Code.PROTOCOL_ERROR),
        (lambda c: c.head(1, flags=0) + frame(frames.PING, 0, 0, bytes(8)), Code.PROTOCOL_ERROR),
        (lambda c: c.head(1, flags=0) + frame(frames.CONTINUATION, 0, 3), Code.PROTOCOL_ERROR),
        (lambda c: c.head(1, flags=0) + frame(frames.CONTINUATION, 0, 1) * 8, Code.ENHANCE_YOUR_CALM),
        (lambda c: frame(frames.HEADERS, frames.END_HEADERS, 1, b"\xff\xff\xff"), Code.COMPRESSION_ERROR),
        (lambda c: frame(frames.HEADERS, frames.PADDED | frames.END_HEADERS, 1, b"\5x"), Code.PROTOCOL_ERROR),
        (lambda c: frame(frames.HEADERS, frames.WITH_PRIORITY, 1, b"xx"), Code.FRAME_SIZE_ERROR),
        (lambda c: frame(frames.DATA, 0, 1, bytes(16_385)), Code.FRAME_SIZE_ERROR),
        (lambda c: frame(frames.GOAWAY, 0, 0, b"x"), Code.FRAME_SIZE_ERROR),
    ],
)
async def test_what_no_client_may_do_ends_the_connection(
    served: Served, client: Raw, sent: Callable[[Raw], bytes], code: Code
) -> None:
    client.send(sent(client))
    assert await client.farewell() is code
    await eventually(lambda: served.running == 0)


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n\r\n", frames.PREFACE + frame(frames.PING, 0, 0, bytes(8))])
async def test_what_does_not_begin_as_http2_ends_at_once(served: Served, first: bytes) -> None:
    async with connected(served, greet=False) as client:
        client.send(first)
        assert await client.farewell() is Code.PROTOCOL_ERROR


async def test_a_client_that_leaves_hears_the_end_of_its_calls(served: Served, client: Raw) -> None:
    client.ask(1, **{":path": HOLD})
    await eventually(lambda: len(served.held) == 1)
    client.send(goaway(0, Code.NO_ERROR))
    client.send(client.head(3))
    assert (await client.until(frames.RST_STREAM))[3] == Code.REFUSED_STREAM.to_bytes(4, "big")
    served.held[0].answer(b"done")
    assert (await client.outcome(1))[1] == b"done"
    assert await client.frame() is None
