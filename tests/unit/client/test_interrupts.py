"""Ctrl-C ends a verb, whatever its call is doing at that moment."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from concurrent import futures
from typing import TYPE_CHECKING

import grpc
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Presses at moments spread over a call; each press must end its own calls, and close its own channel.
_PRESSING = """
import random, signal, sys, threading, time
import grpc
from malha.cli import interrupts

signal.signal(signal.SIGINT, signal.default_int_handler)
rng = random.Random(7)
pressed = 0
for _ in range(int(sys.argv[2])):
    channel = grpc.insecure_channel(sys.argv[1])
    timer = threading.Timer(rng.uniform(0, 0.02), signal.raise_signal, (signal.SIGINT,))
    try:
        with interrupts.closing(channel):
            timer.start()
            while True:
                channel.unary_unary("/test/Unary")(b"")
                for _ in channel.unary_stream("/test/Stream")(b""):
                    pass
    except KeyboardInterrupt:
        pressed += 1
    timer.join()
print(pressed)
"""


@pytest.fixture
def server() -> Iterator[str]:
    def stream(_request: bytes, _context: grpc.ServicerContext) -> Iterator[bytes]:
        yield from [b""] * 3

    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(lambda request, _context: request),
        "Stream": grpc.unary_stream_rpc_method_handler(stream),
    }
    serving = grpc.server(futures.ThreadPoolExecutor(2))
    serving.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", handlers),))
    port = serving.add_insecure_port("127.0.0.1:0")
    serving.start()
    yield f"127.0.0.1:{port}"
    serving.stop(None)


def test_every_press_ends_the_calls_and_no_close_hangs(server: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PRESSING, server, "60"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "60\n", "")


def test_an_error_of_the_body_is_its_own() -> None:
    from malha.cli import interrupts

    channel = grpc.insecure_channel("127.0.0.1:1")
    with pytest.raises(ZeroDivisionError), interrupts.closing(channel):
        _ = 1 / 0
    with pytest.raises(ValueError, match="closed"):
        channel.unary_unary("/test/Unary")(b"")


def test_a_body_that_takes_the_first_interruption_for_an_outage_is_not_made_to_wait_again() -> None:
    from malha.cli import interrupts

    with pytest.raises(KeyboardInterrupt), interrupts.closing(grpc.insecure_channel("127.0.0.1:1")) as pause:
        signal.raise_signal(signal.SIGINT)
        with contextlib.suppress(KeyboardInterrupt):
            pause(300)
        pause(300)
