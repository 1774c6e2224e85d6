"""One line for each call that succeeded, at a small part of the price of an ordinary record."""

import asyncio
import json
import time

from services.runtime.call import Call
from services.runtime.log_file import BufferedSink

# How long a line may wait to be written, in seconds.
FLUSH_SECONDS = 0.1


class CallLog:
    """Writes the same line that structlog would, from parts that are rendered once for each method and caller.

    Only from the event loop's thread. Lines wait in the sink's buffer for `FLUSH_SECONDS` at most; a process that is
    killed loses those of that time.
    """

    def __init__(self, sink: BufferedSink, component: str, replica: str) -> None:
        self._sink = sink
        self._names = {"component": component, "replica": replica}
        self._heads: dict[tuple[str, str], str] = {}
        self._flush_at = 0.0
        self._second = 0
        self._date = ""

    def succeeded(self, call: Call, seconds: float) -> None:
        """Records a call that ended with OK after `seconds`."""
        path, caller = call.method.path, call.caller
        head = self._heads.get((path, caller)) or self._add_head(path, caller)
        # An id has only characters that JSON takes as they are: `Call` checks the caller's.
        ids = f'"request_id":"{call.request_id}"'
        if call.trace_id:
            ids += f',"trace_id":"{call.trace_id}","span_id":"{call.span_id}"'
        now = time.time()
        self._sink.write_later(f'{head}{ids},"seconds":{seconds:.6f},"timestamp":"{self._timestamp(now)}"}}\n')
        if now > self._flush_at:
            self._flush_at = now + FLUSH_SECONDS
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flush_at = 0.0
        self._sink.flush()

    def _add_head(self, path: str, caller: str) -> str:
        record = {"event": "call", "level": "info", **self._names, "method": path, "caller": caller, "code": "OK"}
        head = self._heads[path, caller] = json.dumps(record, separators=(",", ":"))[:-1] + ","
        return head

    def _timestamp(self, now: float) -> str:
        """The moment as RFC 3339 in UTC, to the microsecond; the date is rendered once a second."""
        second = int(now)
        if second != self._second:
            self._second = second
            self._date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._date}.{int((now - second) * 1_000_000):06d}Z"
