"""Keys, logs, endpoints, locks and process records on disk."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from services.mesh import pki
from services.mesh.supervisor import lock, pidfile
from services.mesh.supervisor.logfile import open_log, rotate

if TYPE_CHECKING:
    from pathlib import Path


def test_certificates_are_made_once_kept_private_and_renewed_in_time(tmp_path: Path) -> None:
    assert pki.ensure(tmp_path)
    assert not pki.ensure(tmp_path)
    for name in ("ca.key", "edge.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    authority = (tmp_path / "ca.pem").read_bytes()
    assert pki.ensure(tmp_path, datetime.now(UTC) + timedelta(days=380))
    assert (tmp_path / "ca.pem").read_bytes() == authority


def test_a_certificate_of_another_authority_is_replaced(tmp_path: Path) -> None:
    pki.ensure(tmp_path)
    (tmp_path / "ca.pem").unlink()
    assert pki.ensure(tmp_path)
    assert not pki.ensure(tmp_path)


def test_a_log_is_rotated_under_a_writer_that_keeps_it_open(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    with os.fdopen(open_log(path), "wb", buffering=0) as writer:
        writer.write(b"first\n" * 10)
        assert rotate(path, limit=10)
        writer.write(b"second\n")
    assert path.read_bytes() == b"second\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"first\n" * 10
    assert not rotate(path, limit=10)


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock.held(path):
        assert lock.holder(path) is not None
        with pytest.raises(lock.AlreadyRunning), lock.held(path):
            pass
    assert lock.holder(path) is None


def test_leftovers_are_stopped_and_a_reused_process_id_is_not(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    record = pidfile.write(tmp_path, "sleeper", child.pid, signal.SIGTERM)
    assert record is not None
    assert record.alive()
    stranger = pidfile.Record("sleeper", child.pid, record.started - 100, signal.SIGTERM)
    assert not stranger.alive()
    assert pidfile.stop_leftovers(tmp_path) == ["sleeper"]
    assert child.wait(5) == -signal.SIGTERM
    assert pidfile.read_all(tmp_path) == []
