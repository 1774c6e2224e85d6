"""`python -m tests.support.load_process EDGE CA MIX RATE`: calls at a steady rate until its standard input is closed.

A process of its own, so that whoever hurts the mesh meanwhile does not slow the calls down. It writes `flowing` when
the first calls have ended, and at the end a JSON document for `tests.support.load.Report`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

import grpc
import uvloop

from tests.support import load_calls
from tests.support.load_calls import Calls

# As many ended calls as show that all connections stand.
_FLOWING = 50
# Failures that are told one by one.
_SHOWN = 40


class Load:
    """Calls begin at their time, whatever became of those before (an open loop); a call's time counts from there."""

    def __init__(self, calls: Calls, mix: dict[str, int], rate: float) -> None:
        self._calls = calls
        self._rate = rate
        order = [kind for kind, share in mix.items() for _ in range(share)]
        random.Random(1).shuffle(order)
        self._order = order
        self._began = 0.0
        self._ended = 0
        self.seconds = 0.0
        self.milliseconds: dict[str, list[float]] = {kind: [] for kind in mix}
        self.failures: list[dict[str, object]] = []
        self.failed: Counter[str] = Counter()
        self.stop = asyncio.Event()

    async def run(self) -> None:
        """Calls until told to stop, then waits for the last answers."""
        running: set[asyncio.Task[None]] = set()
        self._began = time.perf_counter()
        number = 0
        while not self.stop.is_set():
            due = self._began + number / self._rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self._one(self._order[number % len(self._order)], due))
            running.add(task)
            task.add_done_callback(running.discard)
            number += 1
        self.seconds = time.perf_counter() - self._began
        await asyncio.gather(*running)

    async def _one(self, kind: str, due: float) -> None:
        try:
            await self._calls.of(kind)()
        except Exception as error:
            self.failed[kind] += 1
            took = round(time.perf_counter() - due, 3)
            self.failures.append(
                {"kind": kind, "at": round(due - self._began, 3), "seconds": took, "error": _told(error)}
            )
        self.milliseconds[kind].append((time.perf_counter() - due) * 1000)
        self._ended += 1
        if self._ended == _FLOWING:
            _tell("flowing")


def _told(error: Exception) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"
    return f"{type(error).__name__}: {error}"


async def main(edge: str, ca_file: str, mix: str, rate: str) -> None:
    """Runs the load and tells what became of it."""
    async with Calls(edge, Path(ca_file), uuid.uuid4().hex) as calls:
        load = Load(calls, getattr(load_calls, mix), float(rate))
        told = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        told.add_done_callback(lambda _: load.stop.set())
        await load.run()
        value, changes = await calls.counted()
    document = {
        "seconds": load.seconds,
        "milliseconds": load.milliseconds,
        "failed": load.failed,
        "failures": load.failures[:_SHOWN],
        "repeated": calls.repeated,
        "acknowledged": calls.acknowledged,
        "value": value,
        "changes": changes,
    }
    _tell(json.dumps(document))


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
