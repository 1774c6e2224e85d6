"""Structured logs: one JSON object a line, with the ids of the call that it belongs to."""

import logging
import logging.handlers
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import msgspec
import structlog
from structlog.typing import Processor

from services.runtime.call import current_or_none
from services.runtime.settings import RuntimeSettings

_encode = msgspec.json.Encoder(enc_hook=str).encode


def configure_logging(settings: RuntimeSettings) -> None:
    """Sends everything logged by structlog or the standard library to the settings' file, or to standard output."""
    handler = _handler(settings)
    shared: list[Processor] = [
        _add_call_ids,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.value.upper())
    level = logging.getLevelNamesMapping()[settings.log_level.value.upper()]
    structlog.configure(
        processors=[
            _Named(settings.component, settings.replica),
            _add_call_ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_HandlerFactory(handler),
        cache_logger_on_first_use=False,
    )


class _Named:
    """Adds which process speaks."""

    def __init__(self, component: str, replica: str) -> None:
        self._names = {"component": component, "replica": replica}

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        event.update(self._names)
        return event


class _HandlerFactory:
    """Makes loggers that hand finished lines to one handler, which rotates and locks."""

    def __init__(self, handler: logging.StreamHandler[Any]) -> None:
        self._logger = _LineLogger(handler)

    def __call__(self, *args: Any) -> "_LineLogger":
        return self._logger


class _LineLogger:
    """Writes a finished line through the handler, without the cost of the standard library's records."""

    def __init__(self, handler: logging.StreamHandler[Any]) -> None:
        self._handler = handler

    def msg(self, line: str) -> None:
        record = _Line(line)
        handler = self._handler
        handler.acquire()
        try:
            if isinstance(handler, logging.handlers.RotatingFileHandler) and handler.shouldRollover(record):
                handler.doRollover()
            handler.stream.write(line + "\n")
            handler.stream.flush()
        finally:
            handler.release()

    debug = info = warning = error = critical = exception = log = msg


class _Line(logging.LogRecord):
    """The least that a rotating handler asks of a record: its text."""

    def __init__(self, line: str) -> None:
        super().__init__("", logging.INFO, "", 0, line, None, None)


def _handler(settings: RuntimeSettings) -> logging.StreamHandler[Any]:
    if settings.log_file is None:
        return logging.StreamHandler(sys.stdout)
    settings.log_file.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        settings.log_file, maxBytes=settings.log_file_bytes, backupCount=settings.log_file_count, encoding="utf-8"
    )


def _add_call_ids(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    call = current_or_none()
    if call is not None:
        event["request_id"] = call.request_id
        if call.trace_id:
            event["trace_id"] = call.trace_id
            event["span_id"] = call.span_id
    return event


def _render(logger: Any, method: str, event: Mapping[str, Any]) -> str:
    return _encode(event).decode()
