"""Spans of what a call asks of its dependencies, beneath the span of the call itself."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace


def start(name: str, attributes: Mapping[str, str | int]) -> trace.Span | None:
    """A client span beneath the current one; None, at no cost, where nothing is traced."""
    current = trace.get_current_span()
    if not current.is_recording():
        return None
    # The provider of the process: whoever made the current span has set it.
    tracer = trace.get_tracer("malha")
    return tracer.start_span(name, kind=trace.SpanKind.CLIENT, attributes=attributes)


def end(span: trace.Span, error: BaseException | None = None) -> None:
    """Ends a span; with `error`, whose text may hold what a user sent and is not told, as failed."""
    if error is not None:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(trace.StatusCode.ERROR)
    span.end()


@contextmanager
def asking(name: str, attributes: Mapping[str, str | int]) -> Iterator[None]:
    """A client span around the block, where anything is traced; failed when the block raises, cancellation included."""
    span = start(name, attributes)
    if span is None:
        yield
        return
    try:
        yield
    except BaseException as error:
        end(span, error)
        raise
    end(span)
