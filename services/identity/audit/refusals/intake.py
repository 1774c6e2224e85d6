"""Takes what Envoy tells: what is equal to something that was told before is counted without being read again."""

from __future__ import annotations

from typing import Final

from malha.identity.v1.refusal_pb2 import Refusal, ReportRefusalsRequest

from services.identity.audit.refusals.methods import Methods
from services.identity.audit.refusals.reading import entry
from services.identity.audit.refusals.tally import Repeated, Tally

# The facts that no two refusals share come last: the request's id and the trace's.
_OWN: Final = 2
# To read one takes about 30 microseconds, to recognise one about 5.
_MOST_READ: Final = 20_000


class Intake:
    """Hands refusals to a tally.

    At most 20,000 in a window are read, which takes about six hundredths of a processor; what is left then is counted,
    and the count is an entry of the platform's log. An address that is bounded to 1,000 calls a second does not come as
    far as that.
    """

    def __init__(self, tally: Tally, methods: Methods, most_read: int = _MOST_READ) -> None:
        self._tally = tally
        self._methods = methods
        self._most_read = most_read
        self._window = tally.window
        self._read = 0
        # By the hash of its facts, which nobody can choose: the facts themselves may be long.
        self._known: dict[int, Repeated] = {}

    def take(self, request: ReportRefusalsRequest) -> None:
        """Takes a batch; never waits."""
        if self._window != self._tally.window:
            self._window, self._read = self._tally.window, 0
            self._known.clear()
        for origin in request.origins:
            for group in origin.groups:
                for refusal in group.refusals:
                    self._take(refusal)

    def _take(self, refusal: Refusal) -> None:
        facts = hash(tuple([each.value.text for each in refusal.attributes][:-_OWN]))
        if (repeated := self._known.get(facts)) is not None:
            repeated.count += 1
        elif self._read >= self._most_read:
            self._tally.leave_out()
        else:
            self._read += 1
            if (repeated := self._tally.add(entry(refusal, self._methods))) is not None:
                self._known[facts] = repeated
