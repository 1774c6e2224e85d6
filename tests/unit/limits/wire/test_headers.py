"""Header blocks: the examples of RFC 7541, another library's encoder, and whatever else may arrive."""

from __future__ import annotations

import hpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.limits.wire import replies
from services.limits.wire.frames import Code, ConnectionFault
from services.limits.wire.headers import HeaderDecoder
from services.limits.wire.huffman import HuffmanFault, decode

_TO_256 = "3fe101"
_HOST, _COOKIE = "www.example.com", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
_LOCATION = "https://www.example.com"
_BEFORE, _AFTER = "Mon, 21 Oct 2013 20:13:21 GMT", "Mon, 21 Oct 2013 20:13:22 GMT"
_GET = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", _HOST)]
_REQUESTS = [
    _GET,
    [*_GET, ("cache-control", "no-cache")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/index.html"), (":authority", _HOST),
     ("custom-key", "custom-value")],
]  # fmt: skip
_ANSWERS = [
    [(":status", "302"), ("cache-control", "private"), ("date", _BEFORE), ("location", _LOCATION)],
    [(":status", "307"), ("cache-control", "private"), ("date", _BEFORE), ("location", _LOCATION)],
    [(":status", "200"), ("cache-control", "private"), ("date", _AFTER), ("location", _LOCATION),
     ("content-encoding", "gzip"), ("set-cookie", _COOKIE)],
]  # fmt: skip
_ALL = frozenset(name for fields in (*_REQUESTS, *_ANSWERS) for name, _ in fields) | {"password"}
# Appendix C: single fields, requests and answers, without and with Huffman's code.
_EXAMPLES = {
    "C.2.1": ([[("custom-key", "custom-header")]], ["400a637573746f6d2d6b65790d637573746f6d2d686561646572"]),
    "C.2.2": ([[(":path", "/sample/path")]], ["040c2f73616d706c652f70617468"]),
    "C.2.3": ([[("password", "secret")]], ["100870617373776f726406736563726574"]),
    "C.2.4": ([[(":method", "GET")]], ["82"]),
    "C.3": (_REQUESTS, [
        "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ]),
    "C.4": (_REQUESTS, [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ]),
    "C.5": (_ANSWERS, [
        _TO_256 + "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17"
        "68747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48"
        "514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
    ]),
    "C.6": (_ANSWERS, [
        _TO_256 + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8"
        "e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af"
        "27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("example", _EXAMPLES)
def test_the_examples_of_the_standard(example: str) -> None:
    expected, blocks = _EXAMPLES[example]
    decoder = HeaderDecoder(_ALL)
    assert [decoder.decode(bytes.fromhex(block)) for block in blocks] == expected


_NAMES = st.sampled_from([":path", "te", "x-a", "content-type", "traceparent", "user-agent"])
_VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)
_BLOCKS = st.lists(st.lists(st.tuples(_NAMES, _VALUES), max_size=10), max_size=6)


@given(blocks=_BLOCKS, huffman=st.booleans(), sizes=st.lists(st.integers(0, 4096), max_size=3))
def test_what_another_encoder_makes(blocks: list[list[tuple[str, str]]], huffman: bool, sizes: list[int]) -> None:
    encoder, wanted = hpack.Encoder(), frozenset({":path", "te", "x-a", "content-type", "traceparent", "user-agent"})
    decoder = HeaderDecoder(wanted)
    for number, fields in enumerate(blocks):
        if number < len(sizes):
            encoder.header_table_size = sizes[number]
        assert decoder.decode(encoder.encode(fields, huffman=huffman)) == fields


@given(_BLOCKS)
def test_without_a_table_a_value_that_nobody_wants_is_not_looked_at(blocks: list[list[tuple[str, str]]]) -> None:
    encoder, decoder = hpack.Encoder(), HeaderDecoder(frozenset({":path"}))
    encoder.header_table_size = 0
    decoder.forbid_table()
    for fields in blocks:
        got = decoder.decode(encoder.encode(fields))
        assert [name for name, _ in got] == [name for name, _ in fields]
        assert [v for name, v in got if name == ":path"] == [v for name, v in fields if name == ":path"]


@given(st.lists(st.binary(max_size=60), max_size=6), st.booleans())
def test_whatever_arrives_is_read_or_ends_the_connection(blocks: list[bytes], forbidden: bool) -> None:
    decoder = HeaderDecoder(frozenset({":path"}))
    if forbidden:
        decoder.forbid_table()
    try:
        for block in blocks:
            decoder.decode(block)
    except ConnectionFault as fault:
        assert fault.code is Code.COMPRESSION_ERROR


@pytest.mark.parametrize(
    "block",
    [
        "80",
        "be",
        "40",
        "4001",
        "400161",
        "40016105",
        "ff8080808080",
        "3fe21f",
        "8220",
        "408381ffff0161",
        "0085ffffffff",
    ],
)
def test_blocks_that_no_encoder_makes(block: str) -> None:
    with pytest.raises(ConnectionFault) as raised:
        HeaderDecoder(_ALL).decode(bytes.fromhex(block))
    assert raised.value.code is Code.COMPRESSION_ERROR


def test_a_table_that_was_given_up_is_given_up() -> None:
    decoder = HeaderDecoder(_ALL)
    decoder.decode(bytes.fromhex(_EXAMPLES["C.3"][1][0]))
    decoder.forbid_table()
    with pytest.raises(ConnectionFault):
        decoder.decode(b"\x82")  # which does not say so
    decoder = HeaderDecoder(_ALL)
    decoder.forbid_table()
    assert decoder.decode(b"\x20\x82") == [(":method", "GET")]
    assert decoder.decode(b"\x40\x02te\x01x\x82") == [("te", None), (":method", "GET")]
    with pytest.raises(ConnectionFault):
        decoder.decode(b"\xbe")


def test_no_block_has_more_fields_than_anybody_needs() -> None:
    with pytest.raises(ConnectionFault) as raised:
        HeaderDecoder(_ALL).decode(b"\x82" * 300)
    assert raised.value.code is Code.ENHANCE_YOUR_CALM


@given(st.binary(max_size=80))
def test_huffman_strings(text: bytes) -> None:
    coded = hpack.huffman.HuffmanEncoder(
        hpack.huffman_constants.REQUEST_CODES, hpack.huffman_constants.REQUEST_CODES_LENGTH
    ).encode(text)
    assert decode(coded) == text


@pytest.mark.parametrize("coded", ["ff", "00", "fffffffc", "f1e3c2e5f23a6ba0ab90f4ffff"])
def test_strings_that_end_as_none_does(coded: str) -> None:
    with pytest.raises(HuffmanFault):
        decode(bytes.fromhex(coded))


@given(st.lists(st.tuples(_NAMES, st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=400))))
def test_what_we_send_is_read_by_another_decoder(fields: list[tuple[str, str]]) -> None:
    decoder = hpack.Decoder(max_header_list_size=2**20)
    assert [(str(name), str(value)) for name, value in decoder.decode(replies.block(fields))] == fields
