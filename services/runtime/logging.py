"""Structured logs: one JSON object a line, with the ids of the call that it belongs to."""

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

import msgspec
import structlog
from structlog.typing import Processor

from services.runtime.call import current_or_none
from services.runtime.call_log import CallLog
from services.runtime.log_file import BufferedSink, LineSink, RotatingFile, StandardOutput
from services.runtime.settings import RuntimeSettings

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure_logging(settings: RuntimeSettings) -> None:
    """Sends everything logged by structlog or the standard library to the settings' file, or to standard output."""
    sink = BufferedSink(_sink(settings))
    level = logging.getLevelNamesMapping()[settings.log_level.value.upper()]
    calls = CallLog(sink, settings.component, settings.replica) if level <= logging.INFO else None
    shared: list[Processor] = [
        _Named(settings.component, settings.replica),
        _add_call_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_LoggerFactory(sink, calls),
        cache_logger_on_first_use=False,
    )
    handler = _SinkHandler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                lambda logger, method, event: _encode(event).decode(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def call_log() -> CallLog | None:
    """Where calls that succeed are recorded; None when the level leaves them out or logging is not configured."""
    factory = structlog.get_config()["logger_factory"]
    return factory.calls if isinstance(factory, _LoggerFactory) else None


class _Named:
    """Adds which process speaks."""

    def __init__(self, component: str, replica: str) -> None:
        self._names = {"component": component, "replica": replica}

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.update(self._names)
        return event


class _LineLogger:
    """What structlog hands its finished lines to."""

    def __init__(self, sink: LineSink) -> None:
        self.msg = self.debug = self.info = self.warning = self.error = self.critical = self.exception = sink.write


class _LoggerFactory:
    """Gives every module the same line logger."""

    def __init__(self, sink: LineSink, calls: CallLog | None) -> None:
        self._logger = _LineLogger(sink)
        self.calls = calls

    def __call__(self, *args: Any) -> _LineLogger:
        return self._logger


class _SinkHandler(logging.Handler):
    """Brings the records of the standard library's loggers into the same sink."""

    def __init__(self, sink: LineSink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._sink.write(self.format(record).encode() + b"\n")
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        self._sink.close()
        super().close()


def _sink(settings: RuntimeSettings) -> LineSink:
    if settings.log_file is None:
        return StandardOutput()
    return RotatingFile(settings.log_file, settings.log_file_bytes, settings.log_file_count)


def _add_call_ids(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    call = current_or_none()
    if call is not None:
        event["request_id"] = call.request_id
        if call.trace_id:
            event["trace_id"] = call.trace_id
            event["span_id"] = call.span_id
    return event


def _render(logger: Any, method: str, event: Mapping[str, Any]) -> bytes:
    return _encode(event) + b"\n"
