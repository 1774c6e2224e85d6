"""`malha down`: stops a mesh whether its supervisor lives or was killed."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from services.mesh.supervisor import lock, pidfile

if TYPE_CHECKING:
    from services.mesh.layout import Layout

_PATIENCE_SECONDS = 90.0


def stop_mesh(layout: Layout) -> bool:
    """Stop what runs in the state folder; returns whether anything did."""
    pid = lock.holder(layout.lock)
    if pid is None:
        return bool(pidfile.stop_leftovers(layout.run))
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + _PATIENCE_SECONDS
    while lock.holder(layout.lock) == pid:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
            pidfile.stop_leftovers(layout.run)
            break
        time.sleep(0.05)
    return True
