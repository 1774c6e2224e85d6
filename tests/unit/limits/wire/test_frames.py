"""Frames, whatever the pieces in which they arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.limits.wire import frames
from services.limits.wire.frames import PREFACE, Code, ConnectionFault, FrameReader

_FRAMES = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=40)), max_size=8
)


@given(sent=_FRAMES, cuts=st.lists(st.integers(1, 30), max_size=12))
def test_frames_arrive_as_they_were_sent_in_any_pieces(
    sent: list[tuple[int, int, int, bytes]], cuts: list[int]
) -> None:
    raw = PREFACE + b"".join(frames.frame(*each) for each in sent)
    reader, got = FrameReader(), []
    for cut in [*cuts, len(raw)]:
        piece, raw = raw[:cut], raw[cut:]
        got += list(reader.feed(piece))
    got += list(reader.feed(raw))
    assert got == sent


@given(st.binary(min_size=1, max_size=200))
def test_what_does_not_begin_with_the_preface_is_no_http2(data: bytes) -> None:
    reader = FrameReader()
    if PREFACE.startswith(data[: len(PREFACE)]):
        list(reader.feed(data))
    else:
        with pytest.raises(ConnectionFault) as raised:
            list(reader.feed(data))
        assert raised.value.code is Code.PROTOCOL_ERROR


def test_a_frame_that_is_too_large_is_refused_before_it_has_arrived() -> None:
    head = frames.frame(frames.DATA, 0, 1, b"x" * (frames.LARGEST_FRAME + 1))[:9]
    with pytest.raises(ConnectionFault) as raised:
        list(FrameReader().feed(PREFACE + head))
    assert raised.value.code is Code.FRAME_SIZE_ERROR


def test_the_reserved_bit_of_a_stream_means_nothing() -> None:
    head = bytearray(frames.frame(frames.DATA, 0, 5))
    head[5] |= 0x80
    assert list(FrameReader().feed(PREFACE + bytes(head))) == [(frames.DATA, 0, 5, b"")]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\0" * 5, Code.FRAME_SIZE_ERROR),
        (b"\0\4\x80\0\0\0", Code.FLOW_CONTROL_ERROR),
        (b"\0\2\0\0\0\2", Code.PROTOCOL_ERROR),
        (b"\0\5\0\0\x3f\xff", Code.PROTOCOL_ERROR),
        (b"\0\5\1\0\0\0", Code.PROTOCOL_ERROR),
    ],
)
def test_settings_that_cannot_be(payload: bytes, code: Code) -> None:
    with pytest.raises(ConnectionFault) as raised:
        frames.read_settings(payload)
    assert raised.value.code is code


def test_settings_that_nobody_knows_are_read() -> None:
    pairs = [(frames.INITIAL_WINDOW_SIZE, 2**31 - 1), (0xABCD, 2**32 - 1)]
    assert frames.read_settings(frames.settings(pairs)[9:]) == pairs


@given(st.binary(max_size=50), st.integers(0, 255))
def test_padding_is_taken_off_and_nothing_else(payload: bytes, padding: int) -> None:
    padded = bytes((padding,)) + payload + bytes(padding)
    assert frames.unpadded(frames.PADDED, padded) == payload
    assert frames.unpadded(0, padded) == padded


@pytest.mark.parametrize("payload", [b"", b"\1", b"\2x"])
def test_more_padding_than_frame(payload: bytes) -> None:
    with pytest.raises(ConnectionFault):
        frames.unpadded(frames.PADDED, payload)
