"""When a connection ends that nobody ends otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from services.limits.wire import frames
from services.limits.wire.frames import LARGEST_WINDOW, Code

if TYPE_CHECKING:
    from services.limits.wire.connection import Connection
    from services.limits.wire.streams import Streams

# All in seconds.
_FIRST_WORDS: Final = 5.0  # until the peer has said that it speaks HTTP/2
_SILENCE: Final = 20.0  # then the peer is asked whether it is there
_NO_ECHO: Final = 10.0  # and if it does not say, it is not
_STUCK: Final = 10.0  # for which a peer may read nothing while there is too much for it
_FAREWELL: Final = 1.0  # between the announcement that no call is taken any more, and when it holds
_LAST_CALLS: Final = 10.0  # what calls that are under way then get
_LINGER: Final = 0.5  # for which a peer can hear why the connection has ended
_LEAVING: Final = b"leaving\0"
_THERE: Final = b"anybody\0"


class Lifetime:
    """Watches one connection; somebody has to call `tend` every now and then."""

    def __init__(self, connection: Connection, streams: Streams, now: float, seconds: float) -> None:
        """It takes new calls for `seconds`. All times are those of the event loop."""
        self._connection = connection
        self._streams = streams
        self._began = now
        self._ends = now + seconds
        self._heard = now
        self._asked = False
        self._stuck_since = math.inf
        self._told = math.inf
        self._left_at = math.inf
        self._ended_at = math.inf

    def heard(self, now: float) -> None:
        """The peer sent something."""
        self._heard, self._asked = now, False

    def stuck(self, now: float) -> None:
        """The peer does not read."""
        self._stuck_since = now

    def moving(self) -> None:
        """The peer reads again."""
        self._stuck_since = math.inf

    def linger(self, now: float) -> None:
        """Nothing is read or said any more."""
        self._ended_at = now

    def say_goodbye(self, now: float) -> None:
        """Announces that no call is taken any more; those that are on their way still are."""
        if not self._connection.configured:
            self._connection.end(Code.NO_ERROR)
        elif self._told == math.inf:
            self._told = now
            self._connection.send(
                frames.goaway(LARGEST_WINDOW, Code.NO_ERROR) + frames.frame(frames.PING, 0, 0, _LEAVING)
            )

    def echoed(self, payload: bytes) -> None:
        """The peer answered a ping: what it sent before it knew of the announcement is here."""
        if payload == _LEAVING and self._told != math.inf:
            self.leave()

    def tend(self, now: float) -> None:
        """Does what is due."""
        connection = self._connection
        overdue = now - self._stuck_since > _STUCK or now - self._left_at > _LAST_CALLS
        if overdue or now - self._ended_at > _LINGER:
            connection.abort()
        elif self._ended_at != math.inf:
            return
        elif not connection.configured:
            if now - self._began > _FIRST_WORDS:
                connection.end(Code.SETTINGS_TIMEOUT, "no settings in time")
        elif now - self._heard > _SILENCE + _NO_ECHO:
            connection.abort()
        else:
            self._streams.end_late()
            if now - self._heard > _SILENCE and not self._asked:
                self._asked = True
                connection.send(frames.frame(frames.PING, 0, 0, _THERE))
            if now > self._ends:
                self.say_goodbye(now)
            if now - self._told > _FAREWELL:
                self.leave()
        if self._streams.closed and self._left_at == math.inf:
            self._left_at = now

    def leave(self) -> None:
        """No call is taken any more, by the server's will or by the client's; the connection ends with the last one."""
        if not self._streams.closed:
            self._connection.leave()
