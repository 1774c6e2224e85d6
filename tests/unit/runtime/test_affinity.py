"""A server keeps to its processor; what it starts does not have to."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from services.runtime import affinity

pytestmark = pytest.mark.skipif(not affinity.available(), reason="this system does not say which processors it has")

_KEEPING = """
import os, subprocess, sys, threading
from pathlib import Path
from services.runtime import affinity

before = os.sched_getaffinity(0)
stay = threading.Event()
threading.Thread(target=stay.wait, daemon=True).start()
affinity.keep_to(10**6)
assert os.sched_getaffinity(0) == before, "a processor that is not there"
affinity.keep_to(max(before))
threading.Thread(target=stay.wait, daemon=True).start()
threads = [int(task.name) for task in Path("/proc/self/task").iterdir()]
assert len(threads) >= 3
assert all(os.sched_getaffinity(thread) == {max(before)} for thread in threads)
child = subprocess.Popen(["sleep", "60"])
assert os.sched_getaffinity(child.pid) == {max(before)}
affinity.let_go(child.pid)
assert os.sched_getaffinity(child.pid) == before
child.kill()
child.wait()
affinity.let_go(child.pid)
"""


def test_all_threads_keep_to_one_processor_and_a_child_is_let_go() -> None:
    done = subprocess.run([sys.executable, "-c", _KEEPING], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_process_that_keeps_to_nothing_leaves_its_children_alone() -> None:
    own = os.sched_getaffinity(0)
    with subprocess.Popen(["sleep", "60"]) as child:
        affinity.let_go(child.pid)
        assert os.sched_getaffinity(child.pid) == own
        child.kill()
