"""`malha up` itself: start, prove, announce, serve until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from typing import TYPE_CHECKING, Any

from services.limits.domain.errors import PolicyUnusable
from services.mesh import announce, binaries, smoke, welcome
from services.mesh.figures.members import Members
from services.mesh.figures.watch import Figures
from services.mesh.layout import Layout, StateFolderUnusable
from services.mesh.rpc import server
from services.mesh.supervisor import lock
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.mesh import Mesh
from services.mesh.supervisor.ports import PortTaken
from services.mesh.traces.store import TraceStore

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Topology

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SmokeFailed(Exception):
    """Everything started, yet the first call through the edge failed."""


EXPECTED = (
    StateFolderUnusable, lock.AlreadyRunning, binaries.BinaryMissing, PortTaken, PolicyUnusable, StartFailed,
    SmokeFailed,
)  # fmt: skip
"""What `up` raises when a mesh cannot be; the texts are for a person."""


async def up(shape: Topology, settings: MeshSettings, say: Callable[[str], None], *, logged: bool = False) -> None:
    """Run the mesh until a stop signal; raises AlreadyRunning, PortTaken, StartFailed, BinaryMissing, SmokeFailed.

    When it is `logged` what is said, secrets are left to be told by somebody else: see `welcome`.
    """
    layout = Layout(settings.root)
    layout.create()
    with lock.held(layout.lock), _stop_event() as stop:
        server.log_to_file(layout, settings)
        mesh = Mesh(shape, settings, binaries.find(settings.binaries), say)
        try:
            await mesh.open()
            figures = Figures(Members(mesh.parts))
            async with server.serving(mesh.operations, TraceStore(), figures, layout, settings) as address:
                keeping = asyncio.create_task(figures.keep(), name="figures")
                try:
                    if await _unless(stop, _start(mesh, address, say)):
                        if not logged:
                            welcome.show(layout, say)
                        await stop.wait()
                finally:
                    keeping.cancel()
            say("stopping: running calls may end first")
            began = time.monotonic()
        finally:
            await mesh.stop()
        say(f"stopped after {time.monotonic() - began:.1f} s")


async def _start(mesh: Mesh, address: str, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    shape, settings = mesh.parts.shape, mesh.parts.settings
    say(f"state in {settings.root}")
    await mesh.start(address)
    try:
        lines = await asyncio.to_thread(smoke.run, shape, settings)
    except Exception as error:
        raise SmokeFailed(f"the smoke call through the edge failed: {error}") from error
    for line in lines:
        say(line)
    say(f"ready after {time.monotonic() - began:.1f} s")
    for line in announce.lines(shape, settings):
        say(line)
    mesh.prove()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run `work` to its end, or drop it when `stop` is set first; whether it came to its end."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        working.result()
        return True
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return False


@contextlib.contextmanager
def _stop_event() -> Iterator[asyncio.Event]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
