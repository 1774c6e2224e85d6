"""Ctrl-C while calls are under way."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc


Pause = Callable[[float], None]
"""Waits for some seconds; raises KeyboardInterrupt as soon as Ctrl-C is pressed, or at once if it has been."""


@contextmanager
def closing(channel: grpc.Channel) -> Iterator[Pause]:
    """Closes `channel` after the body; on Ctrl-C at once, and the body ends with KeyboardInterrupt.

    A body that waits between calls does so with what it is given.

    An exception that a signal throws into the middle of gRPC can leave a call half begun, and closing its channel then
    waits for ever. So the signal only wakes a thread that closes the channel, which ends every call on it. A second
    Ctrl-C acts as it does everywhere.
    """
    if not _ours_to_handle():
        with channel:
            yield time.sleep
        return
    pressed = False
    # Its put() may interrupt anything, itself included, which no lock or event allows.
    wake: SimpleQueue[bool] = SimpleQueue()
    rouse: SimpleQueue[bool] = SimpleQueue()

    def note(*_: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        wake.put(True)
        rouse.put(True)

    def pause(seconds: float) -> None:
        if not pressed:
            with suppress(Empty):
                rouse.get(timeout=seconds)
        # A body that goes on would call on a channel that is being closed, and might take that for an outage to wait
        # for.
        if pressed:
            raise KeyboardInterrupt

    def close_when_pressed() -> None:
        if wake.get():
            channel.close()

    closer = threading.Thread(target=close_when_pressed, name="closes-on-interrupt", daemon=True)
    closer.start()
    signal.signal(signal.SIGINT, note)
    try:
        yield pause
    except Exception:
        if not pressed:
            raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        wake.put(False)
        channel.close()
    if pressed:
        raise KeyboardInterrupt


def _ours_to_handle() -> bool:
    """Not in a thread, nor where somebody ignores the signal or has a use for it."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    return in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler
