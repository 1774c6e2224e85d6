"""How processes that have time stay out of the way of those who answer."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import platform
import signal
import time
from pathlib import Path
from typing import ClassVar, Final

_NICE: Final = 19
_AUTOGROUP: Final = Path("/proc/self/autogroup")
_AGAIN_SECONDS: Final = 0.1
_TRIES: Final = 5
_SLICE_NANOSECONDS: Final = 100_000
_SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274}
"""The number of the system call: the C library has had a function for it since glibc 2.41 only."""
_WORK_SECONDS: Final = 0.001
_REST_MICROSECONDS: Final = 200


def give_way() -> None:
    """Run when nobody else wants to, on one processor: whoever asks for prices goes first, and does not wait for a
    slice to end. This process becomes the first of a session of its own, and what it begins from here on gives way,
    too.

    `nice` alone leaves a waking server waiting for milliseconds, until the slice of this process is over. And a process
    that may run anywhere is moved to each processor that falls idle: then those who wake find none that is free.
    """
    with contextlib.suppress(PermissionError):  # it is the first of a group already, such as of its session
        os.setsid()
    os.nice(_NICE)
    if hasattr(os, "SCHED_IDLE"):
        _short_slices()
        _group_gives_way()
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        # What is begun from here on inherits both; and the same choice again keeps all of it on one processor.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        _rest_often()


class _SchedAttr(ctypes.Structure):
    """`struct sched_attr` in its first form; see sched_setattr(2)."""

    _fields_: ClassVar = [
        ("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64), ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32), ("runtime", ctypes.c_uint64), ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    ]  # fmt: skip


def _short_slices() -> None:
    """Makes the slices of this process as short as Linux lets them be (since 6.12), whatever its policy is later.

    Whoever has just got a processor keeps it for a slice, 1.4 ms or more, when one wakes that has had more than its
    share lately. Towards other groups that is so for what gives way, too. Where it cannot be said, nothing changes.
    """
    number = _SCHED_SETATTR.get(platform.machine())
    if number is None:
        return
    wanted = _SchedAttr(size=ctypes.sizeof(_SchedAttr), policy=os.SCHED_OTHER, nice=_NICE, runtime=_SLICE_NANOSECONDS)
    ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wanted), 0)


def _group_gives_way() -> None:
    """Where Linux groups processes by session ("The autogroup feature" in sched(7)), what a process gives way to is its
    own group: towards all others the group counts, which must then give way itself. A server that has woken waits for
    a process of SCHED_IDLE otherwise, like for any other."""
    if os.getsid(0) != os.getpid():
        return  # the group is not ours alone
    for _ in range(_TRIES):
        try:
            _AUTOGROUP.write_text(str(_NICE))
        except BlockingIOError:
            time.sleep(_AGAIN_SECONDS)  # the kernel takes one in a tenth of a second from all who are not root
        except OSError:
            return  # there are no such groups
        else:
            return


def _rest_often() -> None:
    """Makes this process stand still for a moment after every millisecond (docs/adr/0029).

    Who has had more than its share lately does not get the processor when it wakes, and Linux looks again at its next
    tick only, up to 4 ms later. With this, it waits for about a millisecond, unless native code keeps the interpreter.
    """
    # With the interpreter's lock, so that no thread goes on meanwhile.
    rest = ctypes.PyDLL(None).usleep

    def in_turn(*_: object) -> None:
        rest(_REST_MICROSECONDS)
        # Not by itself at an interval: where the processor is taken, it would be due again before it is done.
        signal.setitimer(signal.ITIMER_REAL, _WORK_SECONDS)

    signal.signal(signal.SIGALRM, in_turn)
    # An interpreter that ends gives up its handlers first; what comes after that would kill it.
    atexit.register(signal.signal, signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, _WORK_SECONDS)
