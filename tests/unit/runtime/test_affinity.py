"""A server's threads keep to its processors; what it starts does not have to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime import affinity

pytestmark = pytest.mark.skipif(not affinity.available(), reason="this system does not say which processors it has")

_SERVER = """
import subprocess, sys, threading
from services.runtime import affinity

stay = threading.Event()
for _ in range(3):
    threading.Thread(target=stay.wait, daemon=True).start()
print("threads", flush=True)
sys.stdin.readline()
threading.Thread(target=stay.wait, daemon=True).start()
child = subprocess.Popen(["sleep", "60"])
try:
    print(child.pid, flush=True)
    sys.stdin.readline()
    affinity.let_go(child.pid)
    print("let go", flush=True)
    sys.stdin.readline()
finally:
    child.kill()
    child.wait()
affinity.let_go(child.pid)
"""


@pytest.fixture
def server() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def _next(server: subprocess.Popen[str]) -> str:
    """Lets the server go on, and returns what it says then."""
    assert server.stdin is not None and server.stdout is not None
    print(file=server.stdin, flush=True)
    return server.stdout.readline().strip()


def _threads(pid: int) -> list[set[int]]:
    return [os.sched_getaffinity(int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()]


def test_all_threads_keep_to_one_processor_and_a_child_is_let_go(server: subprocess.Popen[str]) -> None:
    own = os.sched_getaffinity(0)
    assert server.stdout is not None
    assert server.stdout.readline() == "threads\n"
    affinity.keep(server.pid, {max(own)})
    child = int(_next(server))
    assert _threads(server.pid) == [{max(own)}] * 5
    assert os.sched_getaffinity(child) == {max(own)}
    assert _next(server) == "let go"
    assert os.sched_getaffinity(child) == own
    affinity.keep(server.pid, own)
    assert _threads(server.pid) == [own] * 5
    _next(server)
    assert server.wait() == 0, "a child that has ended needs no processor"


def test_a_process_that_has_ended_keeps_to_nothing() -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    affinity.keep(ended.pid, affinity.available())


def test_a_processor_that_is_not_there_is_kept_to_by_nobody() -> None:
    own = os.sched_getaffinity(0)
    with subprocess.Popen(["sleep", "60"]) as process:
        affinity.keep(process.pid, {10**4})
        assert os.sched_getaffinity(process.pid) == own
        process.kill()


def test_a_process_that_keeps_to_nothing_leaves_its_children_alone() -> None:
    own = os.sched_getaffinity(0)
    with subprocess.Popen(["sleep", "60"]) as child:
        affinity.let_go(child.pid)
        assert os.sched_getaffinity(child.pid) == own
        child.kill()
