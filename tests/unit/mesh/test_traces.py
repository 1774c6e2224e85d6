"""Spans come in from anybody's OpenTelemetry, are bounded in number and size, and are told by trace."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2 as otlp_pb2

from services.mesh.traces import otlp
from services.mesh.traces.convert import span_to_proto, summary_to_proto
from services.mesh.traces.span import Kind, Span, summary
from services.mesh.traces.store import Limits, TraceNotFound, TraceStore

MS = 1_000_000
BEGAN = 1_700_000_000_000_000_000


def span(
    trace: int, number: int, parent: int = 0, *, start: int = 0, length: int = 1, failed: bool = False, **known: str
) -> Span:
    """A span whose times are milliseconds after some moment."""
    begin = BEGAN + start * MS
    return Span(
        f"{trace:032x}", f"{number:016x}", f"{parent:016x}" if parent else "", "echo", "echo-0", f"span {number}",
        Kind.SERVER, begin, begin + length * MS, failed, tuple(known.items()),
    )  # fmt: skip


def exported(*spans: otlp_pb2.Span, **resource: str) -> ExportTraceServiceRequest:
    """An export of one resource."""
    attributes = [KeyValue(key=key.replace("_", "."), value=AnyValue(string_value=v)) for key, v in resource.items()]
    group = otlp_pb2.ResourceSpans(resource=Resource(attributes=attributes))
    group.scope_spans.add().spans.extend(spans)
    return ExportTraceServiceRequest(resource_spans=[group])


def sent(**fields: object) -> otlp_pb2.Span:
    """A span as it is sent."""
    known = {"trace_id": b"\x01" * 16, "span_id": b"\x02" * 8, "name": "work"}
    return otlp_pb2.Span(**{**known, **fields})  # type: ignore[arg-type]


def attribute(key: str, **value: object) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(**value))  # type: ignore[arg-type]


class TestStore:
    def test_a_trace_is_told_by_the_start_of_its_spans(self) -> None:
        store = TraceStore()
        store.add([span(1, 2, 1, start=5), span(2, 9)])
        store.add([span(1, 1, start=0, length=10)])
        assert [one.name for one in store.get(f"{1:032x}")] == ["span 1", "span 2"]

    def test_what_was_not_kept_is_not_found(self) -> None:
        with pytest.raises(TraceNotFound, match=r"0{31}7"):
            TraceStore().get(f"{7:032x}")

    def test_a_span_that_is_sent_again_is_kept_once(self) -> None:
        store = TraceStore()
        store.add([span(1, 1), span(1, 1)])
        store.add([span(1, 1)])
        assert (store.spans, len(store.get(f"{1:032x}"))) == (1, 1)

    def test_the_oldest_trace_goes_when_there_are_too_many_spans(self) -> None:
        store = TraceStore(Limits(spans=4))
        for trace in (1, 2, 3):
            store.add([span(trace, 1), span(trace, 2)])
        with pytest.raises(TraceNotFound):
            store.get(f"{1:032x}")
        assert (len(store.get(f"{3:032x}")), store.spans, store.dropped) == (2, 4, 2)

    def test_the_oldest_trace_goes_when_they_are_too_large(self) -> None:
        store = TraceStore(Limits(size=1_000_000))
        for trace in range(100):
            store.add([span(trace, 1, text="x" * 100_000)])
            assert store.size <= 1_000_000
        assert [kept.trace_id for kept in store.latest(1)] == [f"{99:032x}"]

    def test_one_trace_cannot_push_out_all_others(self) -> None:
        store = TraceStore(Limits(spans_of_a_trace=10))
        store.add([span(1, 1)])
        store.add(span(2, number) for number in range(1, 1000))
        assert len(store.get(f"{2:032x}")) == 10
        assert store.get(f"{1:032x}")
        assert store.dropped == 989

    def test_the_estimate_of_memory_is_not_below_the_truth(self) -> None:
        tracemalloc.start()
        try:
            store = TraceStore()
            before = tracemalloc.get_traced_memory()[0]
            for trace in range(1, 301):
                attributes = {f"key.{trace}.{n}": f"value {trace} {n}" for n in range(8)}
                store.add(span(trace, number, **attributes) for number in range(1, 6))
            used = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert used <= store.size <= 4 * used

    @given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2000)), max_size=80))
    def test_the_sums_are_those_of_what_is_kept(self, arrivals: list[tuple[int, int, int]]) -> None:
        store = TraceStore(Limits(spans=12, size=12_000, spans_of_a_trace=5))
        for trace, number, text in arrivals:
            store.add([span(trace, number, text="x" * text)])
        kept = store.latest(100)
        assert store.spans == sum(one.spans for one in kept) <= 12
        assert store.size <= 12_000
        assert all(one.spans <= 5 for one in kept)

    def test_the_latest_are_listed_newest_first_and_by_what_is_asked(self) -> None:
        store = TraceStore()
        store.add([span(1, 1, start=0, length=50), span(1, 2, 1, start=10, failed=True)])
        store.add([span(3, 1, start=300, length=1)])
        store.add([span(2, 1, start=200, length=30)])
        assert [int(one.trace_id, 16) for one in store.latest(10)] == [3, 2, 1]
        assert [int(one.trace_id, 16) for one in store.latest(1)] == [2]
        assert [int(one.trace_id, 16) for one in store.latest(10, failed=True)] == [1]
        assert [int(one.trace_id, 16) for one in store.latest(10, min_ns=30 * MS)] == [2, 1]

    def test_a_question_that_fits_nothing_is_quick_in_a_full_store(self) -> None:
        store = TraceStore()
        store.add(span(trace, number) for trace in range(1, 10_001) for number in range(1, 6))
        began = time.perf_counter()
        assert store.latest(10, failed=True) == store.latest(10, min_ns=10 * MS) == ()
        assert time.perf_counter() - began < 0.2


class TestSummary:
    def test_a_trace_is_as_long_as_from_its_first_span_to_its_last_end(self) -> None:
        found = summary([span(1, 2, 1, start=5, length=40), span(1, 1, start=0, length=10)])
        assert (found.name, found.duration_ns, found.spans, found.failed) == ("span 1", 45 * MS, 2, False)

    def test_without_the_first_span_the_earliest_stands_for_it(self) -> None:
        found = summary([span(1, 3, 2, start=7), span(1, 2, 1, start=5), span(1, 5, 4, start=9)])
        assert found.name == "span 2"

    def test_a_clock_that_went_back_makes_no_negative_time(self) -> None:
        assert summary([span(1, 1, start=5, length=-3)]).duration_ns == 0
        assert span_to_proto(span(1, 1, length=-3)).duration.ToNanoseconds() == 0

    def test_parents_in_a_ring_are_survived(self) -> None:
        assert summary([span(1, 1, 2), span(1, 2, 1)]).spans == 2

    def test_it_is_told_in_the_words_of_the_contract(self) -> None:
        message = summary_to_proto(summary([span(1, 1, start=1, length=2, failed=True)]))
        assert message.trace_id == f"{1:032x}"
        assert message.start_time.ToNanoseconds() == BEGAN + MS
        assert (message.duration.ToNanoseconds(), message.spans, message.failed) == (2 * MS, 1, True)
        told = span_to_proto(span(1, 1, 7, code="2"))
        assert (told.parent_span_id, told.kind, dict(told.attributes)) == (f"{7:016x}", "SERVER", {"code": "2"})


class TestOtlp:
    def test_a_span_keeps_what_it_is(self) -> None:
        fault = otlp_pb2.Status(code=otlp_pb2.Status.STATUS_CODE_ERROR, message="a user's secret")
        (found,) = otlp.spans(
            exported(
                sent(
                    parent_span_id=b"\x03" * 8, kind=otlp_pb2.Span.SPAN_KIND_CLIENT, status=fault,
                    start_time_unix_nano=7, end_time_unix_nano=9, attributes=[attribute("n", int_value=3)],
                ),
                service_name="envoy-edge", service_instance_id="",
            )
        )  # fmt: skip
        assert found == Span(
            "01" * 16, "02" * 8, "03" * 8, "edge", "", "work", Kind.CLIENT, 7, 9, True, (("n", "3"),)
        )  # fmt: skip

    def test_the_version_that_served_is_known(self) -> None:
        served = sent(kind=otlp_pb2.Span.SPAN_KIND_SERVER)
        (found, other) = otlp.spans(exported(served, sent(), service_version="1.2.3"))
        assert (found.attributes, other.attributes) == ((("service.version", "1.2.3"),), ())

    def test_a_workload_can_tell_of_itself_only(self) -> None:
        request = exported(sent(), service_name="analysis", service_instance_id="analysis-0")
        assert [found.service for found in otlp.spans(request, "echo")] == ["echo"]

    @pytest.mark.parametrize(
        "ids",
        [{"trace_id": b""}, {"trace_id": b"\x01" * 15}, {"trace_id": b"\0" * 16}, {"span_id": b""}, {"span_id": b"1"}],
    )
    def test_what_has_no_valid_ids_is_left_out(self, ids: dict[str, bytes]) -> None:
        assert list(otlp.spans(exported(sent(**ids), sent()))) == list(otlp.spans(exported(sent())))

    def test_every_kind_of_value_becomes_text_of_a_bounded_length(self) -> None:
        nested = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="deep")]))
        for _ in range(20):
            nested = AnyValue(array_value=ArrayValue(values=[nested]))
        values = [
            attribute("text", string_value="x" * 5_000), attribute("bool", bool_value=True),
            attribute("float", double_value=0.5), attribute("bytes", bytes_value=b"\xff" * 5_000),
            attribute("list", array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue(string_value="b")])),
            attribute("map", kvlist_value=KeyValueList(values=[attribute("a", int_value=1)])),
            attribute("none"), KeyValue(key="nested", value=nested), attribute("k" * 1_000, int_value=1),
        ]  # fmt: skip
        (found,) = otlp.spans(exported(sent(attributes=values, name="n" * 1_000)))
        texts = dict(found.attributes)
        assert (texts["bool"], texts["float"], texts["list"], texts["none"]) == ("true", "0.5", "1, b", "")
        assert texts["bytes"].startswith("ffff")
        assert max(len(text) for pair in found.attributes for text in pair) <= 1_024
        assert len(found.name) == 256

    def test_attributes_beyond_64_are_left_out(self) -> None:
        (found,) = otlp.spans(exported(sent(attributes=[attribute(f"k{n}", int_value=n) for n in range(1_000)])))
        assert len(found.attributes) == 64

    def test_what_users_sent_in_a_url_or_an_exception_is_left_out(self) -> None:
        failure = otlp_pb2.Span.Event(
            name="exception",
            attributes=[
                attribute("exception.type", string_value="ValueError"),
                attribute("exception.message", string_value="swordfish"),
                attribute("exception.stacktrace", string_value="swordfish"),
            ],
        )
        url = attribute("http.url", string_value="http://localhost/v1/echo:cached?message=swordfish")
        (found,) = otlp.spans(exported(sent(attributes=[url], events=[failure])))
        assert found.attributes == (
            ("http.url", "http://localhost/v1/echo:cached"),
            ("exception.type", "ValueError"),
        )
